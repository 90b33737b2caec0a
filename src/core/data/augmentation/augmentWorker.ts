/** Worker thread of `augmenter`: changes the images of one piece of a batch after the other. */
import { parentPort } from 'node:worker_threads';
import type { ImageSize } from '../augment';
import { warp } from './affine';
import { applyColour } from './colour';
import { type Mix, mixImages } from './mix';
import type { ImagePlan } from './plan';

export interface AugmentJob {
  /** `[plans.length, 3, height, width]`; the job's own. */
  readonly pixels: Uint8Array;
  readonly size: ImageSize;
  readonly plans: readonly ImagePlan[];
  readonly mix: Mix | undefined;
}

export type AugmentReply = { readonly pixels: Uint8Array } | { readonly failed: string };

/** Does a job, in place. */
export function augmentPiece({ pixels, size, plans, mix }: AugmentJob): Uint8Array {
  const { height, width } = size;
  const length = 3 * height * width;
  for (const [i, { map, colours }] of plans.entries()) {
    const image = pixels.subarray(i * length, (i + 1) * length);
    if (map !== undefined) image.set(warp(image, height, width, map));
    for (const step of colours) applyColour(image, width, step);
  }
  if (mix !== undefined) mixImages(pixels, plans.length, size, mix);
  return pixels;
}

parentPort?.on('message', (job: AugmentJob) => {
  try {
    const pixels = augmentPiece(job);
    const reply: AugmentReply = { pixels };
    parentPort?.postMessage(reply, [pixels.buffer as ArrayBuffer]);
  } catch (error) {
    const failed = error instanceof Error ? (error.stack ?? error.message) : String(error);
    parentPort?.postMessage({ failed } satisfies AugmentReply);
  }
});
