/** Entry of the data preview's page. */
// First, before any schema is defined.
import '../shared/checkWithoutEval';
import {
  type DataPageState,
  type DataSnapshot,
  type DataToHost,
  dataPageState,
  dataSnapshot,
} from '../../src/protocol/dataPanel';
import { startPage } from '../shared/startPage';
import { DataPage } from './dataPage';
import './data.css';

startPage<DataSnapshot, DataToHost, DataPageState>(
  { incoming: dataSnapshot, state: dataPageState },
  (root, host) =>
    new DataPage(root, {
      post: (message) => host.post(message),
      keep: (state) => host.keep(state),
    }),
);
