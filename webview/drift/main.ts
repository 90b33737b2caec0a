/** Entry of the drift panel's page. */
// First, before any schema is defined.
import '../shared/checkWithoutEval';
import {
  type DriftPanelState,
  type DriftSnapshot,
  type DriftToHost,
  driftPanelState,
  driftSnapshot,
} from '../../src/protocol/drift';
import { exportMenu } from '../shared/exportMenu';
import { startPage } from '../shared/startPage';
import { DriftView } from './driftView';
import { exportRun } from './exportRun';
import './drift.css';

startPage<DriftSnapshot, DriftToHost, DriftPanelState>(
  { incoming: driftSnapshot, state: driftPanelState },
  (root, host) => {
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
    return view;
  },
);
