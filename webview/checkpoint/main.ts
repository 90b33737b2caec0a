/** Entry of the checkpoint preview's page. */
// First, before any schema is defined.
import '../shared/checkWithoutEval';
import {
  type CheckpointPageState,
  type CheckpointToHost,
  checkpointPageState,
  type HostToCheckpoint,
  hostToCheckpoint,
} from '../../src/protocol/checkpointPreview';
import { startPage } from '../shared/startPage';
import { CheckpointView } from './checkpointView';
import './checkpoint.css';

startPage<HostToCheckpoint, CheckpointToHost, CheckpointPageState>(
  { incoming: hostToCheckpoint, state: checkpointPageState },
  (root, host) =>
    new CheckpointView(root, host.state, {
      post: (message) => host.post(message),
      keep: (state) => host.keep(state),
    }),
);
