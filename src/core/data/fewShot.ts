/** A few images of every class, and a split made of some images of another. */
import { createRandom } from '../random';
import type { Split } from './dataset';

/** Keeps these draws apart from other draws of the same seed. */
const purpose = 7;

/**
 * `perClass` images of every group (`classMembers`), drawn by `seed`, or all of a group that has fewer; ascending. An image
 * in several groups counts in each: the smallest group is drawn first.
 */
export function drawPerClass(
  groups: readonly (readonly number[])[],
  perClass: number,
  seed: number,
): Int32Array {
  const chosen = new Set<number>();
  const smallestFirst = groups.map((_, group) => group).sort((a, b) => groups[a]!.length - groups[b]!.length);
  for (const group of smallestFirst) {
    const members = groups[group]!;
    let have = members.filter((image) => chosen.has(image)).length;
    for (const place of createRandom(seed, purpose, group).permutation(members.length)) {
      if (have >= perClass) break;
      const image = members[place]!;
      if (chosen.has(image)) continue;
      chosen.add(image);
      have++;
    }
  }
  return Int32Array.from(chosen).sort();
}

/** The images at `indices` of `split` as a split of their own. */
export function partOfSplit(split: Split, indices: Int32Array): Split {
  const perImage = split.labels.length / split.count;
  const labels = new Int32Array(indices.length * perImage);
  indices.forEach((index, i) => {
    labels.set(split.labels.subarray(index * perImage, (index + 1) * perImage), i * perImage);
  });
  return {
    count: indices.length,
    labels,
    async pixels(wanted, signal) {
      const of = Int32Array.from(wanted, (i) => {
        const index = indices[i];
        if (index === undefined) throw new RangeError(`Image ${i} is not one of the ${indices.length}`);
        return index;
      });
      return split.pixels(of, signal);
    },
  };
}
