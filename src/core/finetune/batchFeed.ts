/** The batches of a run in their order, read and augmented ahead of the step that needs them. */
import type { FinetuneSettings } from '../../protocol/settings';
import { augment, augmentationRandom, type ImageSize } from '../data/augment';
import { trainBatches } from '../data/batches';
import type { Split } from '../data/dataset';
import { prefetch } from '../data/prefetch';
import { normalise } from '../data/preprocess';
import type { Preprocessing } from '../data/preprocessing';

export interface TrainBatch {
  /** 0-based, over the whole run. */
  readonly step: number;
  readonly epoch: number;
  /** 2 * index of the image in its split, plus 1 if it is mirrored. */
  readonly keys: Int32Array;
  /** `[batch, classes]`, smoothed */
  readonly targets: Float32Array;
  /** Augmented bytes `[batch, 3, h, w]`; absent where `needsImages` said so. */
  readonly pixels: Uint8Array | undefined;
  /** The same, normalised: valid until the next batch is asked for. */
  readonly images: Float32Array | undefined;
}

export interface FeedOptions {
  readonly split: Split;
  readonly classes: number;
  readonly size: ImageSize;
  readonly preprocessing: Preprocessing;
  readonly settings: Pick<FinetuneSettings, 'seed' | 'batch' | 'augment' | 'labelSmoothing'>;
  readonly stepsPerEpoch: number;
  /** First and last (exclusive) step. */
  readonly from: number;
  readonly to: number;
  /** Whether the images of a batch with these keys are needed at all; asked only where nothing is drawn for them. */
  readonly needsImages: (keys: Int32Array) => boolean;
  readonly signal?: AbortSignal | undefined;
}

const ahead = 2;

export function batchFeed(options: FeedOptions): AsyncGenerator<TrainBatch, void, undefined> {
  const { split, classes, size, preprocessing, settings, stepsPerEpoch, from, to } = options;
  const { batch, seed } = settings;
  const length = batch * 3 * size.height * size.width;
  // One that is used, those that are read ahead, and one that is begun before the used one is given back.
  const buffers = Array.from({ length: ahead + 2 }, () => new Float32Array(length));
  let current: { epoch: number; batches: Int32Array[] } | undefined;

  const indicesOf = (step: number): Int32Array => {
    const epoch = Math.floor(step / stepsPerEpoch);
    if (current?.epoch !== epoch) current = { epoch, batches: trainBatches(split.count, batch, seed, epoch) };
    return current.batches[step % stepsPerEpoch]!;
  };
  const read = async (step: number, signal: AbortSignal): Promise<TrainBatch> => {
    const epoch = Math.floor(step / stepsPerEpoch);
    const indices = indicesOf(step);
    const targets = smoothedTargets(split.labels, indices, classes, settings.labelSmoothing);
    const plainKeys = indices.map((index) => 2 * index);
    if (settings.augment === 'none' && !options.needsImages(plainKeys)) {
      return { step, epoch, keys: plainKeys, targets, pixels: undefined, images: undefined };
    }
    const random = augmentationRandom(seed, epoch, step % stepsPerEpoch);
    const plain = await split.pixels(indices, signal);
    const { pixels, flipped } = augment(plain, size, settings.augment, random);
    const images = normalise(pixels, batch, preprocessing, buffers[step % buffers.length]);
    return { step, epoch, keys: indices.map((index, i) => 2 * index + flipped[i]!), targets, pixels, images };
  };
  return prefetch(range(from, to), read, { ahead, signal: options.signal });
}

/** (1 - s) one-hot + s / classes (Szegedy et al., 2016): `[indices.length, classes]`. */
function smoothedTargets(
  labels: Int32Array,
  indices: Int32Array,
  classes: number,
  smoothing: number,
): Float32Array {
  const targets = new Float32Array(indices.length * classes).fill(smoothing / classes);
  for (let i = 0; i < indices.length; i++) targets[i * classes + labels[indices[i]!]!]! += 1 - smoothing;
  return targets;
}

function* range(from: number, to: number): Generator<number> {
  for (let i = from; i < to; i++) yield i;
}
