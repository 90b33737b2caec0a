/** Small clouds of samples to measure. */
import { createRandom } from '../../../src/core/random';
import type { Features, Similarity } from '../../../src/core/similarity/features';

export function fromTable(rows: readonly (readonly number[])[]): Features {
  return { n: rows.length, d: rows[0]!.length, data: Float64Array.from(rows.flat()) };
}

export function gaussian(n: number, d: number, seed: number): Features {
  const random = createRandom(seed);
  return { n, d, data: Float64Array.from({ length: n * d }, () => random.normal()) };
}

/** Every number changed by `change(number, its place in the data)`. */
export function mapped(f: Features, change: (v: number, index: number) => number): Features {
  return { n: f.n, d: f.d, data: Float64Array.from(f.data, change) };
}

/** The samples times a matrix given by rows. */
export function times(f: Features, matrix: readonly (readonly number[])[]): Features {
  const d = matrix[0]!.length;
  const data = new Float64Array(f.n * d);
  for (let i = 0; i < f.n; i++) {
    for (let j = 0; j < d; j++) {
      for (let k = 0; k < f.d; k++) data[i * d + j]! += f.data[i * f.d + k]! * matrix[k]![j]!;
    }
  }
  return { n: f.n, d, data };
}

/** The value, which must exist. */
export function value(found: Similarity): number {
  if (found.value === null) throw new Error(`no value: ${found.why}`);
  return found.value;
}
