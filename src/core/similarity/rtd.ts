/** RTD, the representation topology divergence: clusters and loops that one representation has and the other has not. */
import { type Matrix, zeros } from '../linearAlgebra/matrix';
import { compareSides } from './compareSides';
import { centred, type Features, type Similarity, undefinedBecause } from './features';
import type { CompareOptions, Measure } from './measure';
import { squaredDistances } from './pairs';
import { loopBars } from './ripsBars';
import { subsampleRows, takeRows } from './subsample';

/** Most samples used: the complex has twice as many vertices. */
const mostSamples = 64;
/** Distances are divided by this quantile of all of them. */
const unitQuantile = 0.9;

/** Mean of the two directions of the sum of the lengths of the bars of R-Cross-Barcode 1. */
function topologyDivergence(x: Features, y: Features, { seed, once }: CompareOptions): Similarity {
  if (x.n < 3) return undefinedBecause(`a shape needs at least 3 samples and has ${x.n}`);
  const rows = subsampleRows(x.n, mostSamples, seed);
  const compare = (a: Matrix, b: Matrix): Similarity => {
    const value = (barLength(a, b) + barLength(b, a)) / 2;
    return rows.length === x.n
      ? { value }
      : { value, note: `on ${rows.length} of ${x.n} samples, seed ${seed}` };
  };
  return compareSides(x, y, ['distances', (side) => scaledDistances(takeRows(side, rows))], compare, once);
}

function scaledDistances(x: Features): Matrix | string {
  const side = centred(x);
  if (typeof side === 'string') return side;
  const distances = squaredDistances(side.matrix);
  for (let i = 0; i < distances.data.length; i++) distances.data[i] = Math.sqrt(distances.data[i]!);
  const sorted = distances.data.slice().sort();
  const unit = sorted[Math.floor(unitQuantile * (sorted.length - 1))]!;
  if (unit === 0) return 'nearly all samples are the same';
  for (let i = 0; i < distances.data.length; i++) distances.data[i]! /= unit;
  return distances;
}

/** Total length of the bars of the graph [[0, (w+)'], [w+, min(w, v)]], w+ being w without what is below the diagonal. */
function barLength(w: Matrix, v: Matrix): number {
  const n = w.rows;
  const doubled = zeros(2 * n, 2 * n);
  const set = (i: number, j: number, weight: number): void => {
    doubled.data[i * 2 * n + j] = weight;
    doubled.data[j * 2 * n + i] = weight;
  };
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < n; j++) {
      const weight = w.data[i * n + j]!;
      set(n + i, j, i <= j ? weight : Number.POSITIVE_INFINITY);
      set(n + i, n + j, Math.min(weight, v.data[i * n + j]!));
    }
  }
  return loopBars(doubled).reduce((sum, { birth, death }) => sum + death - birth, 0);
}

export const rtd: Measure = {
  id: 'rtd',
  name: 'RTD',
  explanation:
    'Clusters and loops of up to 64 samples that one representation has and the other has not, at all scales.',
  formula:
    'mean over both directions of the total length of R-Cross-Barcode 1, distances over their 0.9 quantile',
  source: 'Barannikov et al., 2022',
  larger: 'less similar',
  range: [0, null],
  symmetric: true,
  metric: false,
  invariant: { orthogonal: true, scaling: true, permutation: true, translation: true, linear: false },
  on: 'features',
  pairwise: true,
  compare: topologyDivergence,
};
