/** Measures that compare, sample by sample, who is near to whom. */
import type { Matrix } from '../linearAlgebra/matrix';
import { checkPaired, type Features, type Similarity, undefinedBecause } from './features';
import { cosines, nearest, neighbourCount } from './pairs';

/** One sample as both representations see it: its neighbours, nearest first, and its cosines to all samples. */
export interface Neighbourhood {
  readonly x: readonly number[];
  readonly y: readonly number[];
  /** Neighbours in both, in the order of x. */
  readonly shared: readonly number[];
  readonly cosinesX: Float64Array;
  readonly cosinesY: Float64Array;
}

/** Mean over the samples of `score`, with k = min(10, n - 1) neighbours by cosine on the rows as they are. */
export function meanOverNeighbourhoods(
  x: Features,
  y: Features,
  score: (neighbourhood: Neighbourhood) => number,
  k: number = neighbourCount(x.n),
): Similarity {
  checkPaired(x, y);
  if (x.n < 2) return undefinedBecause('one sample has no neighbours');
  const a = cosines(x);
  if (typeof a === 'string') return undefinedBecause(a);
  const b = cosines(y);
  if (typeof b === 'string') return undefinedBecause(b);
  let sum = 0;
  for (let i = 0; i < x.n; i++) sum += score(neighbourhood(a, b, i, k));
  return { value: sum / x.n };
}

function neighbourhood(a: Matrix, b: Matrix, i: number, k: number): Neighbourhood {
  const n = a.rows;
  const [x, y] = [nearest(a, i, k), nearest(b, i, k)];
  const inY = new Set(y);
  return {
    x,
    y,
    shared: x.filter((j) => inY.has(j)),
    cosinesX: a.data.subarray(i * n, (i + 1) * n),
    cosinesY: b.data.subarray(i * n, (i + 1) * n),
  };
}
