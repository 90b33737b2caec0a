/** Fixed random samples of a split, the same for the same seed: what is measured on a part is measured on the same part. */

import type { Split } from '../data/dataset';
import { partOfSplit } from '../data/fewShot';
import { normalise } from '../data/preprocess';
import type { Preprocessing } from '../data/preprocessing';
import { createRandom } from '../random';
import type { LabelledImages } from '../sharpness/modelLossSurface';

/** Keeps these draws apart from other draws of the same seed. */
const purpose = 5;

/** At most `size` of the indices below `count`, ascending; all of them if there are no more. */
export function sampleIndices(count: number, size: number, seed: number): Int32Array {
  if (count <= size) return Int32Array.from({ length: count }, (_, i) => i);
  return createRandom(seed, purpose, count).permutation(count).slice(0, size).sort();
}

/** As in `Split`, of the images at `indices` only. */
export function labelsAt(split: Split, indices: Int32Array): Int32Array {
  return partOfSplit(split, indices).labels;
}

/** The preprocessed images at `indices` with their labels. */
export async function labelledImages(
  split: Split,
  indices: Int32Array,
  preprocessing: Preprocessing,
  signal: AbortSignal | undefined,
): Promise<LabelledImages> {
  const pixels = await split.pixels(indices, signal);
  return {
    images: normalise(pixels, indices.length, preprocessing),
    labels: labelsAt(split, indices),
  };
}
