/** Work in batches that the device has memory for. */
import { OutOfMemoryError } from './deviceErrors';

/**
 * `work` with batches of `most` images, and again with half as many for as long as it finds too little memory, down to one. `onHalved` is told
 * before, by a sentence. For work whose result does not depend on the size of its batches. Throws what `work` throws otherwise.
 */
export async function fittingBatch<T>(
  most: number,
  work: (batch: number) => Promise<T>,
  onHalved: (sentence: string) => void,
): Promise<T> {
  for (let batch = most; ; ) {
    try {
      return await work(batch);
    } catch (error) {
      if (!(error instanceof OutOfMemoryError) || batch === 1) throw error;
      const half = Math.floor(batch / 2);
      onHalved(
        `There is too little memory for the loss of ${batch} images at once: it is computed in batches of ${half}.`,
      );
      batch = half;
    }
  }
}
