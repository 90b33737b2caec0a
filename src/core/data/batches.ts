/** Which images make which batch. A compiled program takes batches of one size only, so that every batch is full. */
import { createRandom } from '../random';

/** Keeps these draws apart from other draws of the same seed. */
const purpose = 2;

/**
 * One epoch of training batches: indices below `count` in an order drawn from `seed` and `epoch`, `[batch]` each. The images
 * that are left over are not seen in this epoch; when there are fewer images than one batch holds, the one batch there is
 * goes round them again in the same order.
 */
export function trainBatches(count: number, batch: number, seed: number, epoch: number): Int32Array[] {
  if (count === 0) return [];
  const order = createRandom(seed, purpose, epoch).permutation(count);
  if (count < batch) return [Int32Array.from({ length: batch }, (_, i) => order[i % count]!)];
  return Array.from({ length: Math.floor(count / batch) }, (_, i) =>
    order.subarray(i * batch, (i + 1) * batch),
  );
}

/** Number of batches that `trainBatches` gives. */
export function trainBatchCount(count: number, batch: number): number {
  return count === 0 ? 0 : Math.max(1, Math.floor(count / batch));
}

export interface EvaluationBatch {
  /** `[batch]`; from `count` on they repeat the last image. */
  readonly indices: Int32Array;
  /** `[batch]`: 1 for an image, 0 for padding; the weight of its loss. */
  readonly weights: Float32Array;
  /** Images that count. */
  readonly count: number;
}

/** All images once, in order; the last batch is padded. */
export function evaluationBatches(count: number, batch: number): EvaluationBatch[] {
  return Array.from({ length: Math.ceil(count / batch) }, (_, b) => {
    const start = b * batch;
    const present = Math.min(batch, count - start);
    return {
      indices: Int32Array.from({ length: batch }, (_, i) => start + Math.min(i, present - 1)),
      weights: Float32Array.from({ length: batch }, (_, i) => (i < present ? 1 : 0)),
      count: present,
    };
  });
}
