/** Entry of the checkpoint preview's page: listens to the host, draws what it sends, and tells it what the controls ask for. */
// First, before any schema is defined.
import '../shared/checkWithoutEval';
import {
  type CheckpointPageState,
  type CheckpointToHost,
  checkpointPageState,
  type HostToCheckpoint,
  hostToCheckpoint,
} from '../../src/protocol/checkpointPreview';
import { adoptChartStyle } from '../shared/adoptChartStyle';
import { registerControls } from '../shared/controls';
import { connectHost, type VsCodeApi } from '../shared/messages';
import { CheckpointView } from './checkpointView';
import './checkpoint.css';

declare function acquireVsCodeApi(): VsCodeApi;

function main(): void {
  registerControls();
  adoptChartStyle(document);
  const root = document.getElementById('app');
  if (!root) throw new Error('The page of the panel has no element #app.');
  const host = connectHost<HostToCheckpoint, CheckpointToHost, CheckpointPageState>(
    window,
    acquireVsCodeApi(),
    { incoming: hostToCheckpoint, state: checkpointPageState },
    (message) => view.receive(message),
    (reason) => view.missed(reason),
  );
  const view = new CheckpointView(root, host.state, {
    post: (message) => host.post(message),
    keep: (state) => host.keep(state),
  });
  host.post({ type: 'ready' });
}

main();
