/** Entry of the panel "Loss Landscape". */
// First, before any schema is defined.
import '../shared/checkWithoutEval';
import {
  type LandscapePageState,
  type LandscapeSnapshot,
  type LandscapeToHost,
  landscapePageState,
  landscapeSnapshot,
} from '../../src/protocol/landscapePanel';
import { exportMenu } from '../shared/exportMenu';
import { startPage } from '../shared/startPage';
import { exportLandscape } from './exportLandscape';
import { LandscapeView } from './landscapeView';
import './landscape.css';

startPage<LandscapeSnapshot, LandscapeToHost, LandscapePageState>(
  { incoming: landscapeSnapshot, state: landscapePageState },
  (root, host) => {
    const menu = exportMenu(document, async (format) => {
      const save = await exportLandscape(view, format);
      if (save) host.post(save);
    });
    const view = new LandscapeView(root, menu, host.state, {
      post: (message) => host.post(message),
      keep: (state) => host.keep(state),
    });
    return view;
  },
);
