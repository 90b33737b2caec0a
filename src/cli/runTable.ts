/** The figures of one or more runs side by side, for a terminal. */
import type { FinetuneResult } from '../protocol/runs';
import { alignColumns } from './textTable';

export interface NamedRun {
  readonly name: string;
  readonly result: FinetuneResult;
}

const figure = (value: number | null, digits = 3): string => (value === null ? '-' : value.toFixed(digits));

/** Every figure by its name; null ones are shown as "-". */
function rowsOf(runs: readonly NamedRun[]): [label: string, ...values: string[]][] {
  const row = (label: string, value: (result: FinetuneResult) => string): [string, ...string[]] => [
    label,
    ...runs.map(({ result }) => value(result)),
  ];
  // Of several labels an image every figure is one of the labels, not of the images.
  const several = runs.length > 0 && runs.every(({ result }) => result.task === 'multi-label');
  const rows = [
    ['', ...runs.map(({ name }) => name)] as [string, ...string[]],
    row(several ? 'accuracy of the labels (test)' : 'accuracy (test)', ({ test }) => figure(test.accuracy)),
    row('balanced accuracy', ({ test }) => figure(test.balancedAccuracy)),
    row(several ? 'AUC, mean over the labels' : 'AUC, one against the rest', ({ test }) => figure(test.auc)),
    row('calibration error (ECE)', ({ test }) => figure(test.ece)),
    row('loss', ({ test }) => figure(test.loss)),
  ];
  const layers = runs[0]?.result.similarity.layers ?? [];
  layers.forEach(({ name }, i) => {
    rows.push(
      row(`CKA to pretrained, ${name}`, ({ similarity }) => figure(similarity.layers[i]?.value ?? null)),
    );
  });
  rows.push(row('CKA to pretrained, mean', ({ similarity }) => figure(similarity.mean)));
  if (runs.some(({ result }) => result.knn)) {
    rows.push(row('k-NN on the old task, before', ({ knn }) => figure(knn?.before ?? null)));
    rows.push(row('k-NN on the old task, after', ({ knn }) => figure(knn?.after ?? null)));
  }
  for (const [where, label] of [
    ['heldOut', 'held-out'],
    ['train', 'training'],
  ] as const) {
    rows.push(row(`sharpness, ${label}: loss there`, ({ sharpness }) => figure(sharpness[where].loss)));
    rows.push(
      row(`sharpness, ${label}: SAM worst case`, ({ sharpness }) => figure(sharpness[where].samWorstCase)),
    );
    rows.push(
      row(`sharpness, ${label}: top eigenvalue`, ({ sharpness }) =>
        figure(sharpness[where].topEigenvalue, 1),
      ),
    );
    rows.push(
      row(`sharpness, ${label}: smallest`, ({ sharpness }) => figure(sharpness[where].smallestEigenvalue, 1)),
    );
  }
  return rows;
}

export function runTable(runs: readonly NamedRun[]): string {
  return alignColumns(rowsOf(runs));
}
