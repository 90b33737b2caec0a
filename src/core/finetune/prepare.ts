/** Everything that can be wrong with a request is found here, before any training: settings, checkpoint, data, folder. */
import path from 'node:path';
import { type DataSettings, dataSettingsOf } from '../../protocol/dataSettings';
import type { ReportProgress } from '../../protocol/progress';
import { type FinetuneRequest, type FinetuneSettings, finetuneSettings } from '../../protocol/settings';
import { trainBatchCount } from '../data/batches';
import { type Dataset, requireSplit, type Split } from '../data/dataset';
import { openDataset } from '../data/openDataset';
import { UserError } from '../errors';
import { checkRequest } from '../job';
import { type Checkpoint, loadCheckpoint, withHead } from '../models/checkpoint';
import { defaultLearningRate } from './schedule';
import { type TrainingPart, trainingPart } from './trainingPart';

/** The settings with the values that depend on the model and the data filled in. */
export type ResolvedSettings = FinetuneSettings & { readonly lr: number; readonly probeEvery: number };

export interface Prepared {
  readonly settings: ResolvedSettings;
  /** The pretrained model with a head for the classes of the data. */
  readonly checkpoint: Checkpoint;
  readonly dataset: Dataset;
  readonly splits: { readonly train: Split; readonly val: Split; readonly test: Split };
  readonly oldData: { readonly dataset: Dataset; readonly train: Split; readonly test: Split } | undefined;
  /** Layers that RepSim keeps, by name. */
  readonly kept: readonly string[];
  readonly stepsPerEpoch: number;
  readonly steps: number;
  /** What the person should know. */
  readonly notes: readonly string[];
  dispose(): Promise<void>;
}

export interface PrepareOptions {
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ReportProgress | undefined;
}

/** Bytes of images that sharpness keeps in memory at once. */
const maxSharpnessBytes = 2 ** 31;
/** Measurements of the drift in a run where it is not said otherwise, unless they cost more than this part of the training. */
const probes = 40;
const probeShare = 0.2;

/** Checks what a person wrote; paths become absolute, from `workspace`. Throws a RequestError that names the setting. */
export function readSettings(request: FinetuneRequest, workspace: string): FinetuneSettings {
  const absolute = (given: string) => path.resolve(workspace, given);
  const { checkpoint, data, oldData, out, ...rest } = checkRequest(finetuneSettings, request);
  return {
    ...rest,
    checkpoint: absolute(checkpoint),
    data: absolute(data),
    ...(oldData !== undefined && { oldData: absolute(oldData) }),
    ...(out !== undefined && { out: absolute(out) }),
  };
}

/** Loads and opens everything and checks that it fits together. Throws a UserError before anything is left open. */
export async function prepare(settings: FinetuneSettings, options: PrepareOptions): Promise<Prepared> {
  const pretrained = await loadCheckpoint(settings.checkpoint, options.signal);
  const kept = keptLayers(settings, pretrained.model.layers);
  const opened: Dataset[] = [];
  const dispose = async () => {
    for (const dataset of opened) await dataset.dispose();
  };
  const open = async (place: string, reading: DataSettings): Promise<Dataset> => {
    options.signal?.throwIfAborted();
    const { preprocessing } = pretrained;
    const dataset = await openDataset(place, preprocessing, {
      ...{ ...options, seed: settings.seed, ...dataSettingsOf(reading) },
    });
    opened.push(dataset);
    return dataset;
  };
  try {
    const dataset = await open(settings.data, settings);
    const training = trainingPart(requireSplit(dataset, 'train'), dataset, settings);
    const splits = {
      train: training.split,
      val: requireSplit(dataset, 'val'),
      test: requireSplit(dataset, 'test'),
    };
    const checkpoint = withHead(pretrained, dataset.classes, settings.seed);
    const notes = [...checkSizes(settings, checkpoint, dataset, splits), ...choiceNotes(settings, training)];
    let oldData: Prepared['oldData'];
    if (settings.oldData !== undefined) {
      const old = await open(settings.oldData, {});
      oldData = { dataset: old, train: requireSplit(old, 'train'), test: requireSplit(old, 'test') };
    }
    const stepsPerEpoch = trainBatchCount(splits.train.count, settings.batch);
    const steps = settings.epochs * stepsPerEpoch;
    const resolved: ResolvedSettings = {
      ...settings,
      lr: settings.lr ?? defaultLearningRate(checkpoint.model),
      probeEvery: settings.probeEvery ?? defaultProbeEvery(settings, steps, splits.val.count),
    };
    return {
      settings: resolved,
      checkpoint,
      dataset,
      splits,
      oldData,
      kept,
      stepsPerEpoch,
      steps,
      notes: [...checkpoint.notes, ...skippedNotes([dataset, oldData?.dataset]), ...notes],
      dispose,
    };
  } catch (error) {
    await dispose();
    throw error;
  }
}

/** The same work in smaller batches, and so in more steps. */
export function withBatch(prepared: Prepared, batch: number): Prepared {
  const { settings, splits } = prepared;
  const stepsPerEpoch = trainBatchCount(splits.train.count, batch);
  const steps = settings.epochs * stepsPerEpoch;
  return { ...prepared, settings: { ...settings, batch }, stepsPerEpoch, steps };
}

/** A step passes its images through the network forwards and, at twice the cost, backwards; a measurement forwards only. */
function defaultProbeEvery({ probeSize, batch }: FinetuneSettings, steps: number, valCount: number): number {
  const affordable = Math.min(probeSize, valCount) / (probeShare * 3 * batch);
  return Math.max(1, Math.ceil(Math.max(steps / probes, affordable)));
}

function keptLayers(settings: FinetuneSettings, layers: readonly string[]): readonly string[] {
  if (settings.method !== 'repsim') return [];
  if (settings.layers === 'final') return [layers[layers.length - 1]!];
  if (settings.layers === 'all') return layers;
  const blocks = layers.length - 1;
  const chosen = [...new Set(settings.layers)].sort((a, b) => a - b);
  const wrong = chosen.find((index) => index >= blocks);
  if (wrong !== undefined) {
    throw new UserError(
      `The setting "layers" names block ${wrong}, but the network in ${settings.checkpoint} has the blocks 0 to ${blocks - 1}; name some of these, "final" or "all".`,
    );
  }
  return chosen.map((index) => layers[index]!);
}

function checkSizes(
  settings: FinetuneSettings,
  { model }: Checkpoint,
  dataset: Dataset,
  splits: Prepared['splits'],
): string[] {
  if (dataset.classes.length < 2) {
    throw new UserError(
      `${dataset.path} has only the class "${dataset.classes[0]}"; finetuning needs at least 2 classes.`,
    );
  }
  for (const [name, split] of Object.entries(splits)) {
    if (split.count === 0)
      throw new UserError(`The ${name} split of ${dataset.path} has no images; add some.`);
    const outside =
      dataset.task === 'multi-label'
        ? -1
        : split.labels.findIndex((label) => label < 0 || label >= model.classes);
    if (outside >= 0) {
      throw new UserError(
        `Image ${outside} of the ${name} split of ${dataset.path} has label ${split.labels[outside]}, but the head has ${model.classes} classes (0 to ${model.classes - 1}); correct the labels.`,
      );
    }
  }
  if (settings.method === 'repsim' && (settings.batch < 2 || splits.train.count < 2)) {
    const what = settings.batch < 2 ? `a batch of ${settings.batch}` : `${splits.train.count} training image`;
    throw new UserError(
      `RepSim compares the images of a batch with each other and cannot with ${what}; give at least 2, or use the method "full".`,
    );
  }
  const images = Math.min(settings.sharpnessSize, Math.max(splits.test.count, splits.train.count));
  const bytes = images * 3 * model.input.height * model.input.width * 4;
  if (bytes > maxSharpnessBytes) {
    const most = Math.floor((maxSharpnessBytes / bytes) * images);
    throw new UserError(
      `The setting "sharpnessSize" of ${settings.sharpnessSize} needs ${Math.ceil(bytes / 2 ** 30)} GiB for images of ${model.input.width} x ${model.input.height}; set it to at most ${most}.`,
    );
  }
  if (splits.train.count < settings.batch) {
    return [
      `A batch of ${settings.batch} is more than the ${splits.train.count} training images, so each batch goes round them again: a smaller batch trains more steps on the same work.`,
    ];
  }
  return [];
}

/** What the choice of images does that a person may not expect. */
function choiceNotes(settings: FinetuneSettings, { scarce }: TrainingPart): string[] {
  const notes: string[] = [];
  if (scarce !== undefined) {
    notes.push(
      `The class "${scarce.name}" has only ${scarce.count} training image${scarce.count === 1 ? '' : 's'} of the ${settings.perClass} that "perClass" asks for.`,
    );
  }
  if (settings.sampling === 'balanced' && settings.classWeights === 'balanced') {
    notes.push(
      'Rare classes count twice, once because "sampling" and once because "classWeights" is balanced: one of the two is usually enough.',
    );
  }
  return notes;
}

function skippedNotes(datasets: readonly (Dataset | undefined)[]): string[] {
  return datasets.flatMap((dataset) => {
    const first = dataset?.skipped[0];
    if (dataset === undefined || first === undefined) return [];
    const count = dataset.skipped.length;
    return [
      `${count} broken image${count === 1 ? '' : 's'} of ${dataset.path} left out, the first ${first.path}: ${first.reason}.`,
    ];
  });
}
