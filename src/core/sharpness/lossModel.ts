/** A checkpoint with the images that its loss is the mean over: what an analysis of the loss begins with. */
import { createHash } from 'node:crypto';
import { type DataSettings, dataSettingsOf } from '../../protocol/dataSettings';
import type { ReportProgress } from '../../protocol/progress';
import type { LossSplit } from '../../protocol/sharpness';
import type { Task } from '../../protocol/tasks';
import { requireSplit } from '../data/dataset';
import { openDataset } from '../data/openDataset';
import { UserError } from '../errors';
import { labelledImages, sampleIndices } from '../finetune/sample';
import { trainingPart } from '../finetune/trainingPart';
import { type Checkpoint, loadCheckpoint } from '../models/checkpoint';
import { runAround } from '../runs/keptResults';
import { manifestOf } from '../runs/readRun';
import { flattenParameters, type LabelledImages } from './modelLossSurface';

export interface LossModelOptions {
  /** Absolute path of the data; where absent, those of the run that the checkpoint is of. */
  readonly data?: string | undefined;
  /** How to read them; where absent, those of the run, if these are its data. */
  readonly reading?: DataSettings | undefined;
  readonly splits: readonly LossSplit[];
  /** Images of a split at most. */
  readonly limit: number;
  readonly seed: number;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ReportProgress | undefined;
}

export interface LossModel {
  readonly checkpoint: Checkpoint;
  /** All parameters in one vector, in the order of the model's `parameters`. */
  readonly weights: Float32Array;
  /** Changes when a weight changes. */
  readonly fingerprint: string;
  /** Folder of the run that the checkpoint is of. */
  readonly run: string | undefined;
  readonly data: string;
  readonly task: Task;
  /** Changes when the images do, or which of them were drawn. */
  readonly dataFingerprint: string;
  /** In the order that was asked for. */
  readonly samples: readonly LabelledImages[];
  /** Images of each of them. */
  readonly counts: readonly number[];
  readonly notes: readonly string[];
}

/** Bytes of preprocessed images that are kept in memory at once. */
const maxImageBytes = 2 ** 31;

/** Throws a UserError for a checkpoint or data that cannot be read, that do not go together, or that take too much memory. */
export async function openLossModel(given: string, options: LossModelOptions): Promise<LossModel> {
  const { signal, onProgress, limit } = options;
  onProgress?.({ stage: 'Reading the model and the images', done: 0, total: 0 });
  const checkpoint = await loadCheckpoint(given, signal);
  const run = await runAround(checkpoint.folder);
  const manifest = run === undefined ? undefined : await manifestOf(run);
  const settings = manifest?.settings;
  const data = options.data ?? settings?.data;
  if (data === undefined) {
    throw new UserError(
      `${given} is not a checkpoint of a run, so its data are not known: name them with --data.`,
    );
  }
  const { model, preprocessing } = checkpoint;
  if (model.classes === 0) {
    throw new UserError(`${given} has no head, so it has no loss: finetune it first.`);
  }
  const imageBytes = 3 * model.input.height * model.input.width * 4;
  const most = Math.floor(maxImageBytes / imageBytes / options.splits.length);
  // The seed that draws splits the data do not have is that of the run, so that held-out images stay held out.
  const own = data === settings?.data ? settings : undefined;
  const seed = own?.seed ?? options.seed;
  const perClass = own?.perClass;
  const reading = { ...(own && dataSettingsOf(own)), ...options.reading };
  const dataset = await openDataset(data, preprocessing, {
    ...{ seed, ...reading, signal, onProgress },
  });
  try {
    const { classes, task } = dataset;
    if (classes.length !== model.classes) {
      throw new UserError(
        `${given} tells ${model.classes} classes apart and ${data} has ${classes.length}: name data with the classes of the model, or finetune it on these first.`,
      );
    }
    const learned = manifest?.data.task;
    if (learned !== undefined && (learned === 'multi-label') !== (task === 'multi-label')) {
      const labels = (of: Task) => (of === 'multi-label' ? 'several labels an image' : 'one class an image');
      throw new UserError(
        `${given} learned ${labels(learned)} and ${data} has ${labels(task)}: name data of the same task.`,
      );
    }
    const notes = [...checkpoint.notes];
    // Data without names of their own have their numbers for names.
    if (classes.some((name, i) => name !== checkpoint.labels[i] && name !== String(i))) {
      notes.push(
        `The labels of ${given} are not named as the classes of ${data}; they are taken in order, "${checkpoint.labels[0]}" for "${classes[0]}".`,
      );
    }
    const samples: LabelledImages[] = [];
    const counts: number[] = [];
    for (const name of options.splits) {
      const whole = requireSplit(dataset, name);
      // The training images are those that the run was trained on.
      const split = name === 'train' ? trainingPart(whole, dataset, { perClass, seed }).split : whole;
      if (split.count === 0) throw new UserError(`The ${name} split of ${data} has no images; add some.`);
      const indices = sampleIndices(split.count, limit, options.seed);
      if (indices.length > most) {
        throw new UserError(
          `${indices.length} images of ${model.input.width} x ${model.input.height} are more than fit into ${maxImageBytes / 2 ** 30} GiB: set --limit to at most ${most}.`,
        );
      }
      samples.push(await labelledImages(split, indices, preprocessing, signal));
      counts.push(indices.length);
    }
    const weights = await flattenParameters(model.parameters, checkpoint.parameters);
    const hash = createHash('sha256').update(JSON.stringify(model.parameters));
    hash.update(new Uint8Array(weights.buffer, weights.byteOffset, weights.byteLength));
    return {
      checkpoint,
      weights,
      fingerprint: hash.digest('hex'),
      run,
      data,
      task,
      dataFingerprint: `${dataset.fingerprint} ${seed} ${options.seed} ${limit} ${options.splits.join()}${perClass === undefined ? '' : ` ${perClass}`}`,
      samples,
      counts,
      notes,
    };
  } finally {
    await dataset.dispose();
  }
}
