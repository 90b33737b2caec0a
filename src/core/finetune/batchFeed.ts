/** The batches of a run in their order, read and augmented ahead of the step that needs them. */
import type { FinetuneSettings } from '../../protocol/settings';
import type { Task } from '../../protocol/tasks';
import { augmentationRandom, drawFlips, type ImageSize } from '../data/augment';
import { createAugmenter } from '../data/augmentation/augmenter';
import { mixRows } from '../data/augmentation/mix';
import { comesAgain } from '../data/augmentation/presets';
import { balancedBatches, trainBatches } from '../data/batches';
import { classMembers } from '../data/classMembers';
import type { Split } from '../data/dataset';
import { prefetch } from '../data/prefetch';
import { normalise } from '../data/preprocess';
import type { Preprocessing } from '../data/preprocessing';
import { balancedWeights, targetRows, withMeanOne } from './targets';

export interface TrainBatch {
  /** 0-based, over the whole run. */
  readonly step: number;
  readonly epoch: number;
  /** 2 * index of the image in its split, plus 1 if it is mirrored; where images are changed in other ways they do not come again. */
  readonly keys: Int32Array;
  /** `[batch, classes]`, smoothed and mixed */
  readonly targets: Float32Array;
  /** As `lossPerImage` takes them; absent where all classes weigh alike. */
  readonly weights: Float32Array | undefined;
  /** Augmented bytes `[batch, 3, h, w]`; absent where `needsImages` said so. */
  readonly pixels: Uint8Array | undefined;
  /** The same, normalised: valid until the next batch is asked for. */
  readonly images: Float32Array | undefined;
}

export interface FeedOptions {
  readonly split: Split;
  readonly task: Task;
  readonly classes: number;
  readonly size: ImageSize;
  readonly preprocessing: Preprocessing;
  readonly settings: Pick<
    FinetuneSettings,
    'seed' | 'batch' | 'sampling' | 'classWeights' | 'labelSmoothing' | 'augment' | 'mixup' | 'cutmix'
  >;
  readonly stepsPerEpoch: number;
  /** First and last (exclusive) step. */
  readonly from: number;
  readonly to: number;
  /** Whether the images of a batch with these keys are needed at all; asked only where they come again the same. */
  readonly needsImages: (keys: Int32Array) => boolean;
  readonly signal?: AbortSignal | undefined;
}

const ahead = 2;

export async function* batchFeed(options: FeedOptions): AsyncGenerator<TrainBatch, void, undefined> {
  const { split, task, classes, size, preprocessing, settings, stepsPerEpoch, from, to } = options;
  const { batch, seed } = settings;
  const length = batch * 3 * size.height * size.width;
  // One that is used, those that are read ahead, and one that is begun before the used one is given back.
  const buffers = Array.from({ length: ahead + 2 }, () => new Float32Array(length));
  const groups = settings.sampling === 'balanced' ? classMembers(split.labels, task, classes) : undefined;
  const weightOf =
    settings.classWeights === 'balanced' ? balancedWeights(split.labels, task, classes) : undefined;
  const again = comesAgain(settings);
  const augmenter = createAugmenter(settings, size);
  let current: { epoch: number; batches: Int32Array[] } | undefined;

  const indicesOf = (step: number): Int32Array => {
    const epoch = Math.floor(step / stepsPerEpoch);
    if (current?.epoch !== epoch) {
      const batches =
        groups === undefined
          ? trainBatches(split.count, batch, seed, epoch)
          : balancedBatches(groups, split.count, batch, seed, epoch);
      current = { epoch, batches };
    }
    return current.batches[step % stepsPerEpoch]!;
  };
  const weightsOf = (indices: Int32Array, share: number | undefined): Float32Array | undefined => {
    if (weightOf === undefined || task === 'multi-label') return weightOf;
    const own = Float32Array.from(indices, (index) => weightOf[split.labels[index]!]!);
    return withMeanOne(share === undefined ? own : mixRows(own, batch, share));
  };
  const read = async (step: number, signal: AbortSignal): Promise<TrainBatch> => {
    const epoch = Math.floor(step / stepsPerEpoch);
    const indices = indicesOf(step);
    const targets = targetRows(split.labels, indices, task, classes, settings.labelSmoothing);
    const place = step % stepsPerEpoch;
    const keysOf = (flipped: Uint8Array) => indices.map((index, i) => 2 * index + flipped[i]!);
    if (again) {
      const random = augmentationRandom(seed, epoch, place);
      const keys = keysOf(settings.augment === 'flip' ? drawFlips(batch, random) : new Uint8Array(batch));
      if (!options.needsImages(keys)) {
        const weights = weightsOf(indices, undefined);
        return { step, epoch, keys, targets, weights, pixels: undefined, images: undefined };
      }
    }
    const plain = await split.pixels(indices, signal);
    const { pixels, flipped, mix } = await augmenter.apply(plain, epoch, place, signal);
    const images = normalise(pixels, batch, preprocessing, buffers[step % buffers.length]);
    return {
      ...{ step, epoch, keys: keysOf(flipped) },
      targets: mix === undefined ? targets : mixRows(targets, batch, mix.share),
      weights: weightsOf(indices, mix?.share),
      ...{ pixels, images },
    };
  };
  try {
    yield* prefetch(range(from, to), read, { ahead, signal: options.signal });
  } finally {
    await augmenter.dispose();
  }
}

function* range(from: number, to: number): Generator<number> {
  for (let i = from; i < to; i++) yield i;
}
