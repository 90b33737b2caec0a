/** Entry of the data preview's page: listens to the host, draws what it sends, and tells it what the controls ask for. */
// First, before any schema is defined.
import '../shared/checkWithoutEval';
import {
  type DataPageState,
  type DataSnapshot,
  type DataToHost,
  dataPageState,
  dataSnapshot,
} from '../../src/protocol/dataPanel';
import { adoptChartStyle } from '../shared/adoptChartStyle';
import { registerControls } from '../shared/controls';
import { connectHost, type VsCodeApi } from '../shared/messages';
import { DataPage } from './dataPage';
import './data.css';

declare function acquireVsCodeApi(): VsCodeApi;

function main(): void {
  registerControls();
  adoptChartStyle(document);
  const root = document.getElementById('app');
  if (!root) throw new Error('The page of the panel has no element #app.');
  const host = connectHost<DataSnapshot, DataToHost, DataPageState>(
    window,
    acquireVsCodeApi(),
    { incoming: dataSnapshot, state: dataPageState },
    (message) => {
      host.keep({ choice: message.choice });
      view.receive(message);
    },
    (reason) => view.missed(reason),
  );
  const view = new DataPage(root, (message) => host.post(message));
  host.post({ type: 'ready' });
}

main();
