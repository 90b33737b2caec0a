/** Canonical correlations: what linear maps of two representations have in common. */
import { type Matrix, zeros } from '../linearAlgebra/matrix';
import { multiply } from '../linearAlgebra/multiply';
import { type Svd, svd } from '../linearAlgebra/svd';
import { centred, checkPaired, type Features, type Similarity, undefinedBecause } from './features';
import { everyTime, type Once } from './once';

/** Singular values below this part of the largest count as zero. */
const rankCut = 1e-10;

export interface Canonical {
  readonly x: Svd;
  readonly y: Svd;
  /** Centred x, of Frobenius norm 1. */
  readonly centredX: Matrix;
  /** Falling, in [0, 1]; as many as the smaller rank. */
  readonly correlations: Float64Array;
  /** `[rank of x, correlations]`: combinations of the left singular vectors of x that are correlated so. */
  readonly directions: Matrix;
}

export interface CanonicalOptions {
  readonly reduce?: (side: Svd) => Svd;
  readonly once?: Once | undefined;
}

/**
 * Singular values of Qx' Qy (Bjorck and Golub, 1973), Qx and Qy orthonormal bases of the centred columns; `reduce` may keep
 * only the first directions of each side. Gives the reason instead where a side does not vary or is not finite.
 */
export function canonicalCorrelations(
  x: Features,
  y: Features,
  { reduce = (side) => side, once = everyTime }: CanonicalOptions = {},
): Canonical | string {
  checkPaired(x, y);
  const a = once(x, 'bases', () => basesOf(x));
  if (typeof a === 'string') return a;
  const b = once(y, 'bases', () => basesOf(y));
  if (typeof b === 'string') return b;
  const [left, right] = [reduce(a.svd), reduce(b.svd)];
  const { u, values } = svd(multiply(left.u, right.u, { transposeA: true }));
  const count = Math.min(left.values.length, right.values.length);
  const correlations = new Float64Array(count);
  correlations.set(values.map((value) => Math.min(1, value)));
  return { x: left, y: right, centredX: a.centred, correlations, directions: u };
}

/** A side centred, and its singular values above the cut; or why there are none. */
export function basesOf(side: Features): { readonly centred: Matrix; readonly svd: Svd } | string {
  const result = centred(side);
  return typeof result === 'string' ? result : { centred: result.matrix, svd: svd(result.matrix, rankCut) };
}

/** The mean canonical correlation, with a note where it had to be 1. */
export function meanCorrelation(result: Canonical | string): Similarity {
  if (typeof result === 'string') return undefinedBecause(result);
  const { correlations, x, y } = result;
  const value = correlations.reduce((sum, rho) => sum + rho, 0) / correlations.length;
  return noted(value, x, y);
}

/** Says where the value is no finding: a side that spans all of the samples' space correlates with anything. */
export function noted(value: number, x: Svd, y: Svd): Similarity {
  const n = x.u.rows;
  if (Math.max(x.values.length, y.values.length) < n - 1) return { value };
  return {
    value,
    note: `one side has rank ${n - 1} for ${n} samples and correlates with anything; give more samples`,
  };
}

/** The first directions of a side, as many as hold `share` of its variance. */
export function principalDirections(side: Svd, share: number): Svd {
  const total = side.values.reduce((sum, value) => sum + value * value, 0);
  let held = 0;
  let count = 0;
  while (count < side.values.length && held < share * total) {
    held += side.values[count]! ** 2;
    count++;
  }
  return {
    u: firstColumns(side.u, count),
    values: side.values.slice(0, count),
    v: firstColumns(side.v, count),
  };
}

function firstColumns(a: Matrix, count: number): Matrix {
  const result = zeros(a.rows, count);
  for (let i = 0; i < a.rows; i++) {
    result.data.set(a.data.subarray(i * a.columns, i * a.columns + count), i * count);
  }
  return result;
}
