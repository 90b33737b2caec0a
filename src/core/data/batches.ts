/** Which images make which batch. A compiled program takes batches of one size only, so that every batch is full. */
import { createRandom, type Random } from '../random';

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

/**
 * One epoch of batches in which every group (`classMembers`) comes equally often, as far as that goes: groups take turns in
 * random order, and each deals its images in random order, again and again. As many batches as `trainBatches` gives.
 */
export function balancedBatches(
  groups: readonly (readonly number[])[],
  count: number,
  batch: number,
  seed: number,
  epoch: number,
): Int32Array[] {
  const random = createRandom(seed, purpose, epoch);
  const deal = groups.filter((group) => group.length > 0).map((group) => dealer(group, random));
  const batches = Array.from({ length: trainBatchCount(count, batch) }, () => new Int32Array(batch));
  let turns: Int32Array = new Int32Array();
  let turn = 0;
  for (const indices of batches) {
    for (let i = 0; i < batch; i++, turn++) {
      if (turn % deal.length === 0) turns = random.permutation(deal.length);
      indices[i] = deal[turns[turn % deal.length]!]!();
    }
  }
  return batches;
}

/** Gives the members in random order, and when all were given, in another one. */
function dealer(members: readonly number[], random: Random): () => number {
  let order: Int32Array = new Int32Array();
  let given = 0;
  return () => {
    if (given === order.length) {
      order = random.permutation(members.length);
      given = 0;
    }
    return members[order[given++]!]!;
  };
}

/** Number of batches that `trainBatches` gives. */
export function trainBatchCount(count: number, batch: number): number {
  return count === 0 ? 0 : Math.max(1, Math.floor(count / batch));
}
