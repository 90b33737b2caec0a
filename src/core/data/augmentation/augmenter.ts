/** Changes the images of training batches as the settings say; what is more than a flip or a crop, on other threads. */
import { availableParallelism } from 'node:os';
import type { Augmentation } from '../../../protocol/augmentation';
import { createRandom } from '../../random';
import { augment, augmentationRandom, type ImageSize } from '../augment';
import { createThreadPool, startThread } from '../threadPool';
import type { AugmentJob, AugmentReply } from './augmentWorker';
import { drawMix, type Mix, type MixSettings } from './mix';
import { drawPlan, type ImagePlan } from './plan';
import { detailsOf, isPlain } from './presets';

/** An image of 224 pixels takes 2 to 3 ms of one thread: enough for steps of a small network on a GPU. */
const mostThreads = 8;

/** Keeps the draws of mixing apart from other draws of the same seed. */
const mixPurpose = 6;

export interface AugmentSettings extends MixSettings {
  readonly seed: number;
  readonly augment: Augmentation;
}

export interface AugmentedBatch {
  /** `[n, 3, height, width]`; the given pixels themselves when nothing is changed. */
  readonly pixels: Uint8Array;
  /** `[n]`: 1 where the image is mirrored. With 'flip' it and the index of the image say all that was changed. */
  readonly flipped: Uint8Array;
  /** How the images were mixed in pairs, and their targets are to be. */
  readonly mix: Mix | undefined;
}

export interface Augmenter {
  /**
   * The batch `batch` of `epoch`: what is drawn depends on the seed and its place alone, so that resuming needs no state.
   * `pixels` is `[n, 3, height, width]` and stays as it is.
   */
  apply(pixels: Uint8Array, epoch: number, batch: number, signal?: AbortSignal): Promise<AugmentedBatch>;
  /** Ends the threads. */
  dispose(): Promise<void>;
}

/** `threads`: of the augmentation, each started when it is first needed. */
export function createAugmenter(
  { seed, augment: policy, mixup, cutmix }: AugmentSettings,
  size: ImageSize,
  threads: number = Math.min(mostThreads, availableParallelism()),
): Augmenter {
  const pool = createThreadPool<AugmentJob, AugmentReply>(threads, () =>
    startThread(__dirname, 'augmentWorker'),
  );
  const length = 3 * size.height * size.width;
  const plain = isPlain(policy);
  const details = plain ? undefined : detailsOf(policy);

  const onThreads = async (
    pixels: Uint8Array,
    plans: readonly ImagePlan[],
    mix: Mix | undefined,
    signal: AbortSignal | undefined,
  ): Promise<Uint8Array> => {
    const out = new Uint8Array(pixels.length);
    const work = piecesOf(plans.length, pool.size).map(async (images) => {
      const piece = new Uint8Array(images.length * length);
      images.forEach((image, i) => {
        piece.set(pixels.subarray(image * length, (image + 1) * length), i * length);
      });
      const job = { pixels: piece, size, plans: images.map((image) => plans[image]!), mix };
      const reply = await pool.run(job, 'changing images', { signal, transfer: [piece.buffer] });
      if ('failed' in reply) throw new Error(`Changing images failed: ${reply.failed}`);
      images.forEach((image, i) => {
        out.set(reply.pixels.subarray(i * length, (i + 1) * length), image * length);
      });
    });
    await Promise.all(work);
    return out;
  };

  return {
    async apply(pixels, epoch, batch, signal) {
      const n = pixels.length / length;
      const random = augmentationRandom(seed, epoch, batch);
      const mix = drawMix({ mixup, cutmix }, size, createRandom(seed, mixPurpose, epoch, batch));
      if (plain) {
        const changed = augment(pixels, size, policy, random);
        if (mix === undefined) return { ...changed, mix };
        const still = Array.from({ length: n }, (): ImagePlan => ({ map: undefined, colours: [] }));
        return { ...changed, pixels: await onThreads(changed.pixels, still, mix, signal), mix };
      }
      const plans = Array.from({ length: n }, () => drawPlan(details!, size, random));
      return { pixels: await onThreads(pixels, plans, mix, signal), flipped: new Uint8Array(n), mix };
    },
    dispose: () => pool.dispose(),
  };
}

/**
 * The images 0 to n - 1 in at most `count` pieces, with each image its partner, the i-th from the front and the i-th from the back: in
 * a piece they are that again.
 */
function piecesOf(n: number, count: number): number[][] {
  const pairs = Math.ceil(n / 2);
  const each = Math.ceil(pairs / count);
  return Array.from({ length: Math.ceil(pairs / each) }, (_, piece) => {
    const front = Array.from({ length: Math.min(each, pairs - piece * each) }, (_, i) => piece * each + i);
    const back = front.map((image) => n - 1 - image).reverse();
    // The one in the middle of an odd batch is its own partner.
    return back[0] === front[front.length - 1] ? [...front, ...back.slice(1)] : [...front, ...back];
  });
}
