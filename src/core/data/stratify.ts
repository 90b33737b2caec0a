/** Seeded splits that keep the proportions of the classes. */
import { createRandom } from '../random';

/** Keeps these draws apart from other draws of the same seed. */
const purpose = 1;

/**
 * Deals the items of every class to parts in the given proportions (which sum to 1), each part at random. Every part gets
 * at least one item of a class that has enough; of a smaller class the first parts get one. Returns, for each part, the
 * indices into `labels` in ascending order. The same labels and seed give the same parts.
 */
export function stratify(
  labels: ArrayLike<number>,
  proportions: readonly number[],
  seed: number,
): number[][] {
  const byClass = new Map<number, number[]>();
  for (let i = 0; i < labels.length; i++) {
    const members = byClass.get(labels[i]!);
    if (members) members.push(i);
    else byClass.set(labels[i]!, [i]);
  }
  const parts: number[][] = proportions.map(() => []);
  for (const [label, members] of byClass) {
    const order = createRandom(seed, purpose, label).permutation(members.length);
    let at = 0;
    for (const [part, count] of shares(members.length, proportions).entries()) {
      for (const i of order.subarray(at, at + count)) parts[part]!.push(members[i]!);
      at += count;
    }
  }
  for (const part of parts) part.sort((a, b) => a - b);
  return parts;
}

/** Whole numbers near `n * proportions` that sum to `n`; the first takes what rounding leaves. */
function shares(n: number, proportions: readonly number[]): number[] {
  const counts = Array.from(proportions, (_, part): number => (part < n ? 1 : 0));
  let left = n;
  for (let part = counts.length - 1; part > 0; part--) {
    if (n > counts.length)
      counts[part] = Math.min(Math.max(1, Math.round(n * proportions[part]!)), left - part);
    left -= counts[part]!;
  }
  counts[0] = left;
  return counts;
}
