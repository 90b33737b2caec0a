/** Entry of the page "Representations". */
// First, before any schema is defined.
import '../shared/checkWithoutEval';
import {
  type ComparePageState,
  type CompareSnapshot,
  type CompareToHost,
  comparePageState,
  compareSnapshot,
} from '../../src/protocol/comparePanel';
import { exportMenu } from '../shared/exportMenu';
import { startPage } from '../shared/startPage';
import { CompareView } from './compareView';
import { exportComparison } from './exportComparison';
import './compare.css';

startPage<CompareSnapshot, CompareToHost, ComparePageState>(
  { incoming: compareSnapshot, state: comparePageState },
  (root, host) => {
    const menu = exportMenu(document, async (format) => {
      const save = await exportComparison(view, format);
      if (save) host.post(save);
    });
    const view = new CompareView(root, menu, {
      post: (message) => host.post(message),
      keep: (choice) => host.keep({ choice }),
    });
    return view;
  },
);
