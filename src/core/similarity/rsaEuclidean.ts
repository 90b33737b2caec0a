/** Representational similarity analysis with Euclidean distances. */
import type { Matrix } from '../linearAlgebra/matrix';
import { centred, type Features } from './features';
import type { Measure } from './measure';
import { squaredDistances } from './pairs';
import { compareDissimilarities } from './rsa';

/** Ranks of squares are ranks of distances. */
function squaredDistancesOf(side: Features): Matrix | string {
  const result = centred(side);
  return typeof result === 'string' ? result : squaredDistances(result.matrix);
}

export const rsaEuclidean: Measure = {
  id: 'rsa-euclidean',
  name: 'RSA, Euclidean distance',
  explanation:
    'Whether the same pairs of samples are close in both, by the ranks of their Euclidean distances.',
  formula: 'Spearman over pairs of ||x_i - x_j||, against the same of Y',
  source: 'Kriegeskorte et al., 2008',
  larger: 'more similar',
  range: [-1, 1],
  symmetric: true,
  metric: false,
  invariant: { orthogonal: true, scaling: true, permutation: true, translation: true, linear: false },
  on: 'features',
  pairwise: true,
  compare: (x, y, { once }) => compareDissimilarities(x, y, squaredDistancesOf, once),
};
