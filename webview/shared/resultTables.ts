/** The figures of finished runs as tables, for one run in the panel or several side by side in a report. */
import * as l10n from '@vscode/l10n';
import type { FinetuneResult, SharpnessFigures } from '../../src/protocol/runs';
import { displayName } from './charts/displayName';
import { formatCount, formatPercent, formatValue } from './charts/format';
import type { DataTable } from './dataTable';
import { samplesName } from './samplesName';

export interface NamedResult {
  readonly name: string;
  readonly result: FinetuneResult;
}

/** What the model does on the test images. */
export function testTable(runs: readonly NamedResult[]): DataTable {
  const several = runs.length > 0 && runs.every(({ result }) => result.task === 'multi-label');
  return sideBySide(l10n.t('Test images'), runs, [
    [l10n.t('Images'), ({ splits }) => formatCount(splits.test)],
    [
      several ? l10n.t('Accuracy of the labels') : l10n.t('Accuracy'),
      ({ test }) => formatPercent(test.accuracy),
    ],
    [l10n.t('Balanced accuracy'), ({ test }) => formatPercent(test.balancedAccuracy)],
    [l10n.t('Area under the curve (AUC)'), ({ test }) => formatValue(test.auc)],
    [l10n.t('Calibration error (ECE)'), ({ test }) => formatValue(test.ece)],
    [
      several ? l10n.t('Binary cross-entropy') : l10n.t('Cross-entropy'),
      ({ test }) => formatValue(test.loss),
    ],
    ...whenAny(runs, ({ knn }) => knn !== undefined, [
      [l10n.t('k-NN on the old task, before'), ({ knn }: FinetuneResult) => formatPercent(knn?.before)],
      [l10n.t('k-NN on the old task, after'), ({ knn }: FinetuneResult) => formatPercent(knn?.after)],
    ]),
  ]);
}

/** The layers of all runs, each once; what the head reads stays last where the runs have different layers. */
export function layersOf(runs: readonly NamedResult[]): string[] {
  const names = new Set(runs.flatMap(({ result }) => result.similarity.layers.map(({ name }) => name)));
  const last = 'final';
  return names.delete(last) ? [...names, last] : [...names];
}

/** Similarity of every layer to the pretrained model. */
export function layerTable(runs: readonly NamedResult[]): DataTable {
  return sideBySide(similarityCaption(runs), runs, [
    ...layersOf(runs).map(
      (name): Figure => [
        displayName(name),
        ({ similarity }) => formatValue(similarity.layers.find((layer) => layer.name === name)?.value),
      ],
    ),
    [l10n.t('Mean'), ({ similarity }) => formatValue(similarity.mean)],
  ]);
}

/** Sharpness of one run, held-out beside training: one without the other misleads. */
export function sharpnessTable({ sharpness: { heldOut, train } }: FinetuneResult): DataTable {
  return {
    caption: l10n.t('Sharpness of the cross-entropy'),
    columns: [l10n.t('Figure'), l10n.t('Held-out'), l10n.t('Training')],
    rows: sharpnessFigures().map(([name, read]) => [name, read(heldOut), read(train)]),
  };
}

/** Sharpness of several runs, a row for each figure on held-out and on training images. */
export function sharpnessComparison(runs: readonly NamedResult[]): DataTable {
  return sideBySide(
    l10n.t('Sharpness of the cross-entropy'),
    runs,
    sharpnessFigures().flatMap(([name, read]): Figure[] => [
      [l10n.t('{0}, held-out', name), ({ sharpness }) => read(sharpness.heldOut)],
      [l10n.t('{0}, training', name), ({ sharpness }) => read(sharpness.train)],
    ]),
  );
}

/** Sentences that say which values are missing from a result and why; what shares a reason shares a sentence. */
export function reasons(result: FinetuneResult): string[] {
  const parts: [string, string | undefined][] = [
    [l10n.t('Test images'), result.test.why],
    [l10n.t('Similarity'), result.similarity.why],
    [l10n.t('k-NN'), result.knn?.why],
    [l10n.t('Held-out sharpness'), result.sharpness.heldOut.why],
    [l10n.t('Training sharpness'), result.sharpness.train.why],
    ...result.similarity.layers.map((layer): [string, string | undefined] => [
      displayName(layer.name),
      layer.why,
    ]),
  ];
  const byReason = new Map<string, string[]>();
  for (const [what, why] of parts) {
    if (why) byReason.set(why, [...(byReason.get(why) ?? []), what]);
  }
  return [...byReason].map(([why, what]) => `${displayName(what.join(', '), 200)}: ${displayName(why, 300)}`);
}

type Figure = readonly [name: string, read: (result: FinetuneResult) => string];

function sharpnessFigures(): readonly (readonly [string, (figures: SharpnessFigures) => string])[] {
  return [
    [l10n.t('Images'), ({ n }) => formatCount(n)],
    [l10n.t('Cross-entropy'), ({ loss }) => formatValue(loss)],
    [l10n.t('SAM worst case, ρ = 0.05'), ({ samWorstCase }) => formatValue(samWorstCase)],
    [l10n.t('Largest Hessian eigenvalue'), ({ topEigenvalue }) => formatValue(topEigenvalue)],
    [l10n.t('Smallest Hessian eigenvalue'), ({ smallestEigenvalue }) => formatValue(smallestEigenvalue)],
  ];
}

function sideBySide(caption: string, runs: readonly NamedResult[], figures: readonly Figure[]): DataTable {
  return {
    caption,
    columns: [l10n.t('Figure'), ...runs.map(({ name }) => displayName(name))],
    rows: figures.map(([name, read]) => [name, ...runs.map(({ result }) => read(result))]),
  };
}

function whenAny(
  runs: readonly NamedResult[],
  has: (result: FinetuneResult) => boolean,
  figures: readonly Figure[],
): readonly Figure[] {
  return runs.some(({ result }) => has(result)) ? figures : [];
}

function similarityCaption(runs: readonly NamedResult[]): string {
  const first = runs[0]?.result.similarity;
  if (!first) return l10n.t('Similarity to the pretrained model');
  return l10n.t(
    'Similarity to the pretrained model: debiased linear CKA, n = {0}, {1}',
    first.n,
    samplesName(first.samples),
  );
}
