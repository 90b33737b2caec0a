/** A seeded part of the samples, for measures whose cost grows too fast with their number. */
import { createRandom } from '../random';
import type { Features } from './features';

/** Rows of `n` to take, ascending: all, or `most` drawn without replacement. */
export function subsampleRows(n: number, most: number, seed: number): Int32Array {
  if (n <= most) return Int32Array.from({ length: n }, (_, i) => i);
  return createRandom(seed, n).permutation(n).slice(0, most).sort();
}

export function takeRows(x: Features, rows: Int32Array): Features {
  const data = new Float64Array(rows.length * x.d);
  rows.forEach((row, to) => {
    data.set(x.data.subarray(row * x.d, (row + 1) * x.d), to * x.d);
  });
  return { n: rows.length, d: x.d, data };
}
