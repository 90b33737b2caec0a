/** IMD, the intrinsic multi-scale distance: compares the shapes of two clouds of samples by how heat spreads on them. */
import { type Matrix, zeros } from '../linearAlgebra/matrix';
import { symmetricEigenvalues } from '../linearAlgebra/symmetricEigen';
import { compareSides } from './compareSides';
import { centred, type Features, type Similarity, undefinedBecause } from './features';
import type { CompareOptions, Measure } from './measure';
import { nearest, squaredDistances } from './pairs';
import { subsampleRows, takeRows } from './subsample';

/** Most samples used; all eigenvalues of the graph are found, in n^3 steps. */
const mostSamples = 512;
const graphNeighbours = 5;
/** Times at which heat is looked at: 256 from 0.1 to 10, evenly in their logarithm. */
const times = Float64Array.from({ length: 256 }, (_, i) => 10 ** (-1 + (2 * i) / 255));

/**
 * sup over t of exp(-2 (t + 1/t)) |h_x(t) - h_y(t)|, h(t) = tr exp(-t L) / n, L the normalised Laplacian of the graph that
 * joins i and j if one is among the 5 nearest (Euclidean) of the other. Traces are exact, not estimated.
 */
function multiScaleDistance(x: Features, y: Features, { seed, once }: CompareOptions): Similarity {
  if (x.n <= graphNeighbours) {
    return undefinedBecause(
      `a graph of ${graphNeighbours} neighbours needs at least ${graphNeighbours + 1} samples and has ${x.n}`,
    );
  }
  const rows = subsampleRows(x.n, mostSamples, seed);
  const compare = (heatX: Float64Array, heatY: Float64Array): Similarity => {
    let value = 0;
    times.forEach((t, i) => {
      value = Math.max(value, Math.exp(-2 * (t + 1 / t)) * Math.abs(heatX[i]! - heatY[i]!));
    });
    return rows.length === x.n
      ? { value }
      : { value, note: `on ${rows.length} of ${x.n} samples, seed ${seed}` };
  };
  return compareSides(x, y, ['heat', (side) => heatTrace(takeRows(side, rows))], compare, once);
}

function heatTrace(x: Features): Float64Array | string {
  const side = centred(x);
  if (typeof side === 'string') return side;
  const values = symmetricEigenvalues(laplacian(squaredDistances(side.matrix)));
  return times.map((t) => values.reduce((sum, value) => sum + Math.exp(-t * value), 0) / x.n);
}

/** I - D^-1/2 A D^-1/2 of the symmetrised neighbour graph. */
function laplacian(distances: Matrix): Matrix {
  const n = distances.rows;
  const near = { rows: n, columns: n, data: distances.data.map((value) => -value) };
  const graph = zeros(n, n);
  for (let i = 0; i < n; i++) {
    for (const j of nearest(near, i, graphNeighbours)) {
      graph.data[i * n + j] = 1;
      graph.data[j * n + i] = 1;
    }
  }
  const degrees = Float64Array.from({ length: n }, (_, i) =>
    graph.data.subarray(i * n, (i + 1) * n).reduce((sum, edge) => sum + edge, 0),
  );
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < n; j++) {
      const edge = graph.data[i * n + j]! / Math.sqrt(degrees[i]! * degrees[j]!);
      graph.data[i * n + j] = (i === j ? 1 : 0) - edge;
    }
  }
  return graph;
}

export const imd: Measure = {
  id: 'imd',
  name: 'IMD',
  explanation:
    'Difference of the shapes of the two clouds of samples at all scales, from up to 512 samples; ignores who is who.',
  formula: 'max over t of exp(-2 (t + 1/t)) |tr exp(-t Lx) - tr exp(-t Ly)| / n, L of the 5-neighbour graph',
  source: 'Tsitsulin et al., 2020',
  larger: 'less similar',
  range: [0, 1],
  symmetric: true,
  metric: true,
  invariant: { orthogonal: true, scaling: true, permutation: true, translation: true, linear: false },
  on: 'features',
  pairwise: true,
  compare: multiScaleDistance,
};
