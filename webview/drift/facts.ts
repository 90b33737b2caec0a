/** What the panel says about a run in words and single numbers; pure, so that it can be read without a page. */
import type { DriftSamples, DriftSnapshot } from '../../src/protocol/drift';
import type { RunManifest } from '../../src/protocol/runs';
import { displayName } from '../shared/charts/displayName';
import { formatCount, formatDuration, formatPercent, formatValue } from '../shared/charts/format';
import type { RunRecord } from '../shared/runRecord';
import { currentSimilarity, samplesNames } from '../shared/similarityCharts';

export interface Fact {
  readonly name: string;
  readonly value: string;
  /** The whole of what `value` shows a part of. */
  readonly detail?: string;
}

const methodNames = { full: 'Full finetuning', linear: 'Linear probe', repsim: 'RepSim' } as const;

/** What the classes of a task are called. */
const classWords = {
  'binary-class': 'classes',
  'multi-class': 'classes',
  'multi-label': 'labels',
  'ordinal-regression': 'levels',
} as const;

/** What was asked for, from the manifest. */
export function settingsFacts(manifest: RunManifest | undefined): Fact[] {
  if (!manifest) return [];
  const { settings, runtime, data, model } = manifest;
  const { train, val, test } = data.splits;
  const repsim = settings.method === 'repsim' ? `, λ ${settings.lambda}` : '';
  return [
    { name: 'Method', value: `${methodNames[settings.method]}${repsim}` },
    {
      name: 'Checkpoint',
      value: `${displayName(fileName(settings.checkpoint), 32)}, ${model.layers.length} layers, ${parameters(model.parameters)}`,
      detail: settings.checkpoint,
    },
    {
      name: 'Data',
      value: `${displayName(fileName(settings.data), 32)}, ${data.classes.length} ${classWords[data.task ?? 'multi-class']}, ${formatCount(train)} / ${formatCount(val)} / ${formatCount(test)} images`,
      detail: `${settings.data} (training / validation / test)`,
    },
    { name: 'Runtime', value: `${runtime.name}, ${displayName(runtime.device, 32)}`, detail: runtime.device },
  ];
}

/** How far the run is: part of one (undefined when the end is not known) and words. */
export function progressOf(
  { state }: DriftSnapshot,
  record: RunRecord,
  elapsed: number,
): { readonly part: number | undefined; readonly words: string } {
  const { started, steps, stepsDone, stage } = record;
  const words: string[] = [];
  if (started) {
    const epoch = steps.at(-1)?.epoch;
    // Epochs are counted from 0 in the events and from 1 by people.
    if (epoch !== undefined) words.push(`epoch ${Math.min(started.epochs, epoch + 1)} of ${started.epochs}`);
    words.push(`step ${formatCount(stepsDone)} of ${formatCount(started.steps)}`);
  }
  if (elapsed > 0) words.push(formatDuration(elapsed));
  const going = state === 'running' || state === 'preparing';
  // The stage of training itself says what the words above say.
  if (going && stage && !/^Epoch \d+ of \d+$/.test(stage.stage)) {
    const count = stage.total > 0 ? `, ${formatCount(stage.done)} of ${formatCount(stage.total)}` : '';
    words.unshift(`${displayName(stage.stage, 60)}${count}`);
  }
  const part =
    state === 'finished' ? 1 : started ? stepsDone / Math.max(1, started.steps) : stagePart(record);
  return { part: part === undefined ? undefined : Math.min(1, part), words: words.join(' · ') };
}

/** The numbers to look at first: of the finished run its result, else the newest that were measured. */
export function keyFigures(
  { result, manifest }: DriftSnapshot,
  record: RunRecord,
  samples: DriftSamples,
): Fact[] {
  // Of several labels an image it is the part of all labels that is right.
  const ofWhat = (result?.task ?? manifest?.data.task) === 'multi-label' ? ' of the labels' : '';
  if (result) {
    return [
      { name: `Test accuracy${ofWhat}`, value: formatPercent(result.test.accuracy) },
      { name: 'Balanced accuracy', value: formatPercent(result.test.balancedAccuracy) },
      {
        name: 'Similarity, final',
        value: formatValue(result.similarity.final),
        detail: `Debiased linear CKA, ${samplesNames[result.similarity.samples]}, n = ${result.similarity.n}`,
      },
      {
        name: 'Similarity, mean',
        value: formatValue(result.similarity.mean),
        detail: 'Mean over all layers',
      },
      {
        name: 'Held-out sharpness',
        value: formatValue(result.sharpness.heldOut.samWorstCase),
        detail: `SAM worst case, ρ = 0.05, n = ${result.sharpness.heldOut.n}`,
      },
      ...(result.knn
        ? [
            {
              name: 'Old task, k-NN',
              value: `${formatPercent(result.knn.before)} → ${formatPercent(result.knn.after)}`,
            },
          ]
        : []),
    ];
  }
  const { final, mean } = currentSimilarity(record, samples);
  // Measured more rarely than the rest: the value may be older than the step above.
  const step = record.probes.at(-1)?.step;
  const at = step === undefined ? '' : `, step ${formatCount(step)}`;
  return [
    { name: `Validation accuracy${ofWhat}`, value: formatPercent(record.validations.at(-1)?.accuracy) },
    {
      name: 'Cross-entropy',
      value: formatValue(record.steps.at(-1)?.crossEntropy),
      detail: 'Of the newest batch',
    },
    { name: `Similarity, final${at}`, value: formatValue(final) },
    { name: `Similarity, mean${at}`, value: formatValue(mean), detail: 'Mean over all layers' },
  ];
}

/** The last part of a path of either kind of system. */
export function fileName(path: string): string {
  return path.split(/[\\/]/).findLast((part) => part.length > 0) ?? path;
}

function parameters(count: number): string {
  return count >= 1e6
    ? `${(count / 1e6).toFixed(1)} M parameters`
    : `${Math.round(count / 1e3)} k parameters`;
}

function stagePart({ stage }: RunRecord): number | undefined {
  return stage && stage.total > 0 ? stage.done / stage.total : undefined;
}
