/** What the panel says about a run in words and single numbers; pure, so that it can be read without a page. */

import * as l10n from '@vscode/l10n';
import { baseName } from '../../src/protocol/baseName';
import type { DriftSamples, DriftSnapshot } from '../../src/protocol/drift';
import type { RunManifest } from '../../src/protocol/runs';
import { displayName } from '../shared/charts/displayName';
import { formatCount, formatDuration, formatPercent, formatValue } from '../shared/charts/format';
import { stageText } from '../shared/coreWords';
import type { RunRecord } from '../shared/runRecord';
import { samplesName } from '../shared/samplesName';
import { currentSimilarity } from '../shared/similarityCharts';

export interface Fact {
  readonly name: string;
  readonly value: string;
  /** The whole of what `value` shows a part of. */
  readonly detail?: string;
}

const methodNames = {
  full: () => l10n.t('Full finetuning'),
  linear: () => l10n.t('Linear probe'),
  repsim: () => 'RepSim',
} as const;

/** What the classes of a task are called. */
const classWords = {
  'binary-class': (count: number) => l10n.t('{0} classes', count),
  'multi-class': (count: number) => l10n.t('{0} classes', count),
  'multi-label': (count: number) => l10n.t('{0} labels', count),
  'ordinal-regression': (count: number) => l10n.t('{0} levels', count),
} as const;

/** What was asked for, from the manifest. */
export function settingsFacts(manifest: RunManifest | undefined): Fact[] {
  if (!manifest) return [];
  const { settings, runtime, data, model } = manifest;
  const { train, val, test } = data.splits;
  const classes = classWords[data.task ?? 'multi-class'](data.classes.length);
  const images = [train, val, test].map(formatCount);
  const repsim = settings.method === 'repsim' ? `, λ ${settings.lambda}` : '';
  return [
    { name: l10n.t('Method'), value: `${methodNames[settings.method]()}${repsim}` },
    {
      name: l10n.t('Checkpoint'),
      value: l10n.t(
        '{0}, {1} layers, {2}',
        displayName(baseName(settings.checkpoint), 32),
        model.layers.length,
        parameters(model.parameters),
      ),
      detail: settings.checkpoint,
    },
    {
      name: l10n.t('Data'),
      value: l10n.t(
        '{0}, {1}, {2} / {3} / {4} images',
        displayName(baseName(settings.data), 32),
        classes,
        ...images,
      ),
      detail: l10n.t('{0} (training / validation / test)', settings.data),
    },
    {
      name: l10n.t('Runtime'),
      value: `${runtime.name}, ${displayName(runtime.device, 32)}`,
      detail: runtime.device,
    },
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
    if (epoch !== undefined)
      words.push(l10n.t('epoch {0} of {1}', Math.min(started.epochs, epoch + 1), started.epochs));
    words.push(l10n.t('step {0} of {1}', formatCount(stepsDone), formatCount(started.steps)));
  }
  if (elapsed > 0) words.push(formatDuration(elapsed));
  const going = state === 'running' || state === 'preparing';
  // The stage of training itself says what the words above say.
  if (going && stage && !/^Epoch \d+ of \d+$/.test(stage.stage)) {
    const name = displayName(stageText(stage.stage), 60);
    words.unshift(
      stage.total > 0
        ? l10n.t('{0}, {1} of {2}', name, formatCount(stage.done), formatCount(stage.total))
        : name,
    );
  }
  // After the last step the bar is that of what is measured then.
  const steppedThrough = started !== undefined && stepsDone >= started.steps;
  const part =
    state === 'finished'
      ? 1
      : started && !(going && stage && steppedThrough)
        ? stepsDone / Math.max(1, started.steps)
        : stagePart(record);
  return { part: part === undefined ? undefined : Math.min(1, part), words: words.join(' · ') };
}

/** The numbers to look at first: of the finished run its result, else the newest that were measured. */
export function keyFigures(
  { result, manifest }: DriftSnapshot,
  record: RunRecord,
  samples: DriftSamples,
): Fact[] {
  // Of several labels an image it is the part of all labels that is right.
  const ofLabels = (result?.task ?? manifest?.data.task) === 'multi-label';
  if (result) {
    return [
      {
        name: ofLabels ? l10n.t('Test accuracy of the labels') : l10n.t('Test accuracy'),
        value: formatPercent(result.test.accuracy),
      },
      { name: l10n.t('Balanced accuracy'), value: formatPercent(result.test.balancedAccuracy) },
      {
        name: l10n.t('Similarity, final'),
        value: formatValue(result.similarity.final),
        detail: l10n.t(
          'Debiased linear CKA, {0}, n = {1}',
          samplesName(result.similarity.samples),
          result.similarity.n,
        ),
      },
      {
        name: l10n.t('Similarity, mean'),
        value: formatValue(result.similarity.mean),
        detail: l10n.t('Mean over all layers'),
      },
      {
        name: l10n.t('Held-out sharpness'),
        value: formatValue(result.sharpness.heldOut.samWorstCase),
        detail: l10n.t('SAM worst case, ρ = 0.05, n = {0}', result.sharpness.heldOut.n),
      },
      ...(result.knn
        ? [
            {
              name: l10n.t('Old task, k-NN'),
              value: `${formatPercent(result.knn.before)} → ${formatPercent(result.knn.after)}`,
            },
          ]
        : []),
    ];
  }
  const { final, mean } = currentSimilarity(record, samples);
  // Measured more rarely than the rest: the value may be older than the step above.
  const step = record.probes.at(-1)?.step;
  const at = (name: string) => (step === undefined ? name : l10n.t('{0}, step {1}', name, formatCount(step)));
  return [
    {
      name: ofLabels ? l10n.t('Validation accuracy of the labels') : l10n.t('Validation accuracy'),
      value: formatPercent(record.validations.at(-1)?.accuracy),
    },
    {
      name: l10n.t('Cross-entropy'),
      value: formatValue(record.steps.at(-1)?.crossEntropy),
      detail: l10n.t('Of the newest batch'),
    },
    { name: at(l10n.t('Similarity, final')), value: formatValue(final) },
    {
      name: at(l10n.t('Similarity, mean')),
      value: formatValue(mean),
      detail: l10n.t('Mean over all layers'),
    },
  ];
}

function parameters(count: number): string {
  return count >= 1e6
    ? l10n.t('{0} M parameters', (count / 1e6).toFixed(1))
    : l10n.t('{0} k parameters', Math.round(count / 1e3));
}

function stagePart({ stage }: RunRecord): number | undefined {
  return stage && stage.total > 0 ? stage.done / stage.total : undefined;
}
