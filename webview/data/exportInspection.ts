/** What is saved of a data set: the counts as a table, or everything that is known of it. */
import type { Inspection } from '../../src/protocol/inspection';
import type { SaveMessage } from '../../src/protocol/panelExport';
import { csvText } from '../shared/csv';

/** One row a class. */
export function exportCounts({ classes, splits }: Inspection): SaveMessage {
  const head = ['class', ...splits.map(({ name }) => name)];
  const rows = classes.map((name, i) => [
    name,
    ...splits.map(({ classCounts }) => String(classCounts[i] ?? 0)),
  ]);
  return { type: 'save', format: 'csv', content: csvText([head, ...rows]), base64: false };
}

export function exportInspection(inspection: Inspection): SaveMessage {
  return { type: 'save', format: 'json', content: JSON.stringify(inspection, null, 2), base64: false };
}
