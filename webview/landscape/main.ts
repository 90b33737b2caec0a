/** Entry of the panel "Loss Landscape": listens to the host, draws what it sends, and tells it what the controls ask for. */
// First, before any schema is defined.
import '../shared/checkWithoutEval';
import {
  type LandscapePageState,
  type LandscapeSnapshot,
  type LandscapeToHost,
  landscapePageState,
  landscapeSnapshot,
} from '../../src/protocol/landscapePanel';
import { adoptChartStyle } from '../shared/adoptChartStyle';
import { registerControls } from '../shared/controls';
import { exportMenu } from '../shared/exportMenu';
import { connectHost, type VsCodeApi } from '../shared/messages';
import { exportLandscape } from './exportLandscape';
import { LandscapeView } from './landscapeView';
import './landscape.css';

declare function acquireVsCodeApi(): VsCodeApi;

function main(): void {
  registerControls();
  adoptChartStyle(document);
  const root = document.getElementById('app');
  if (!root) throw new Error('The page of the panel has no element #app.');
  const host = connectHost<LandscapeSnapshot, LandscapeToHost, LandscapePageState>(
    window,
    acquireVsCodeApi(),
    { incoming: landscapeSnapshot, state: landscapePageState },
    (snapshot) => view.receive(snapshot),
    (reason) => view.missed(reason),
  );
  const menu = exportMenu(document, async (format) => {
    const save = await exportLandscape(view, format);
    if (save) host.post(save);
  });
  const view = new LandscapeView(root, menu, host.state, {
    post: (message) => host.post(message),
    keep: (state) => host.keep(state),
  });
  host.post({ type: 'ready' });
}

main();
