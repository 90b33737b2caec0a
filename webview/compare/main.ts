/** Entry of the page "Representations": listens to the host, draws what it sends, and tells it what the controls ask for. */
// First, before any schema is defined.
import '../shared/checkWithoutEval';
import {
  type ComparePageState,
  type CompareSnapshot,
  type CompareToHost,
  comparePageState,
  compareSnapshot,
} from '../../src/protocol/comparePanel';
import { adoptChartStyle } from '../shared/adoptChartStyle';
import { registerControls } from '../shared/controls';
import { exportMenu } from '../shared/exportMenu';
import { connectHost, type VsCodeApi } from '../shared/messages';
import { CompareView } from './compareView';
import { exportComparison } from './exportComparison';
import './compare.css';

declare function acquireVsCodeApi(): VsCodeApi;

function main(): void {
  registerControls();
  adoptChartStyle(document);
  const root = document.getElementById('app');
  if (!root) throw new Error('The page of the panel has no element #app.');
  const host = connectHost<CompareSnapshot, CompareToHost, ComparePageState>(
    window,
    acquireVsCodeApi(),
    { incoming: compareSnapshot, state: comparePageState },
    (snapshot) => view.receive(snapshot),
    (reason) => view.missed(reason),
  );
  const menu = exportMenu(document, async (format) => {
    const save = await exportComparison(view, format);
    if (save) host.post(save);
  });
  const view = new CompareView(root, menu, {
    post: (message) => host.post(message),
    keep: (choice) => host.keep({ choice }),
  });
  host.post({ type: 'ready' });
}

main();
