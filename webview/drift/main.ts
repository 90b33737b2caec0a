/** Entry of the drift panel's page: listens to the host, draws what it sends, and tells it what the buttons ask for. */
// First, before any schema is defined.
import '../shared/checkWithoutEval';
import {
  type DriftPanelState,
  type DriftToHost,
  driftPanelState,
  driftSnapshot,
} from '../../src/protocol/drift';
import { adoptChartStyle } from '../shared/adoptChartStyle';
import { registerControls } from '../shared/controls';
import { exportMenu } from '../shared/exportMenu';
import { connectHost, type VsCodeApi } from '../shared/messages';
import { DriftView } from './driftView';
import { exportRun } from './exportRun';
import './drift.css';

declare function acquireVsCodeApi(): VsCodeApi;

function main(): void {
  registerControls();
  adoptChartStyle(document);
  const root = document.getElementById('app');
  if (!root) throw new Error('The page of the panel has no element #app.');
  const host = connectHost<ReturnType<typeof driftSnapshot.parse>, DriftToHost, DriftPanelState>(
    window,
    acquireVsCodeApi(),
    { incoming: driftSnapshot, state: driftPanelState },
    (snapshot) => view.receive(snapshot),
    (reason) => view.missed(reason),
  );
  const menu = exportMenu(document, async (format) => {
    const save = await exportRun(view, format);
    if (save) host.post(save);
  });
  const view = new DriftView(root, menu, host.state, {
    cancel: () => host.post({ type: 'cancel' }),
    resume: () => host.post({ type: 'resume' }),
    showLog: () => host.post({ type: 'showLog' }),
    openFolder: () => host.post({ type: 'openFolder' }),
    goToSource: (layer) => host.post({ type: 'goToSource', layer }),
    keep: (state) => host.keep(state),
  });
  setInterval(() => view.tick(), 1000);
  host.post({ type: 'ready' });
}

main();
