/** Loss surfaces written down by hand, in float64 inside, for what is known about them on paper. */
import { fromRows, type Matrix } from '../../../src/core/linearAlgebra/matrix';
import { multiply } from '../../../src/core/linearAlgebra/multiply';
import type { LossSurface } from '../../../src/core/sharpness/lossSurface';

type Table = readonly (readonly number[])[];

/** 1/2 w'Aw - b'w */
export function quadratic(a: Table, b: readonly number[]): LossSurface {
  const product = (v: ArrayLike<number>): number[] =>
    a.map((row) => row.reduce((sum, entry, j) => sum + entry * v[j]!, 0));
  const loss = (w: Float32Array): number =>
    product(w).reduce((sum, entry, i) => sum + w[i]! * (entry / 2 - b[i]!), 0);
  return {
    size: b.length,
    n: 1,
    loss: async (w) => loss(w),
    lossAndGradient: async (w) => ({
      loss: loss(w),
      gradient: Float32Array.from(product(w), (entry, i) => entry - b[i]!),
    }),
    hessianVector: async (_, v) => Float32Array.from(product(v)),
  };
}

/** The surface of any Hessian, at a place where the gradient is zero. */
export function atMinimum(hessian: Table): LossSurface {
  return quadratic(hessian, new Array(hessian.length).fill(0));
}

export function toRows({ rows, columns, data }: Matrix): number[][] {
  return Array.from({ length: rows }, (_, i) => [...data.subarray(i * columns, (i + 1) * columns)]);
}

/** X'X-like product of tables: a' diag(weights) a / n. */
export function weightedGram(a: Table, weights: readonly number[]): number[][] {
  const scaled = a.map((row, i) => row.map((entry) => (entry * weights[i]!) / a.length));
  return toRows(multiply(fromRows(a), fromRows(scaled), { transposeA: true }));
}
