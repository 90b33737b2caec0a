/** Measures that compare, sample by sample, who is near to whom. */
import type { Matrix } from '../linearAlgebra/matrix';
import { compareSides } from './compareSides';
import type { Features, Similarity } from './features';
import type { Once } from './once';
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

export interface NeighbourhoodOptions {
  /** Neighbours of a sample. */
  readonly k?: number | undefined;
  readonly once?: Once | undefined;
}

/** Mean over the samples of `score`, with k = min(10, n - 1) neighbours by cosine on the rows as they are. */
export function meanOverNeighbourhoods(
  x: Features,
  y: Features,
  score: (neighbourhood: Neighbourhood) => number,
  { k = neighbourCount(x.n), once }: NeighbourhoodOptions = {},
): Similarity {
  const compare = (a: Neighbours, b: Neighbours): Similarity => {
    let sum = 0;
    for (let i = 0; i < x.n; i++) sum += score(neighbourhood(a, b, i));
    return { value: sum / x.n };
  };
  return compareSides(x, y, [`neighbours ${k}`, (side) => neighboursOf(side, k)], compare, once);
}

/** The cosines of one side, and of every sample its neighbours. */
interface Neighbours {
  readonly cosines: Matrix;
  readonly lists: readonly (readonly number[])[];
}

function neighboursOf(side: Features, k: number): Neighbours | string {
  if (side.n < 2) return 'one sample has no neighbours';
  const matrix = cosines(side);
  if (typeof matrix === 'string') return matrix;
  return { cosines: matrix, lists: Array.from({ length: side.n }, (_, i) => nearest(matrix, i, k)) };
}

function neighbourhood(a: Neighbours, b: Neighbours, i: number): Neighbourhood {
  const n = a.lists.length;
  const [x, y] = [a.lists[i]!, b.lists[i]!];
  const inY = new Set(y);
  return {
    x,
    y,
    shared: x.filter((j) => inY.has(j)),
    cosinesX: a.cosines.data.subarray(i * n, (i + 1) * n),
    cosinesY: b.cosines.data.subarray(i * n, (i + 1) * n),
  };
}
