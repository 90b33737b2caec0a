/** Every feature with its best partner. */
import type { Matrix } from '../linearAlgebra/matrix';
import { compareColumns } from './columnCorrelations';
import type { Measure } from './measure';

/** Mean over the features of A of the largest |Pearson| with any feature of B; partners may be shared. */
function bestMean(all: Matrix): number {
  let sum = 0;
  for (let i = 0; i < all.rows; i++) {
    let best = 0;
    for (let j = 0; j < all.columns; j++) best = Math.max(best, all.data[i * all.columns + j]!);
    sum += best;
  }
  return sum / all.rows;
}

export const softMatching: Measure = {
  id: 'soft-matching',
  name: 'Soft matching',
  explanation:
    'Mean over the features of A of the best correlation with any of B (so A against B is not B against A).',
  formula: 'mean over i of max over j of |Pearson(x_i, y_j)|',
  source: 'Li et al., 2015; Klabunde et al., 2025',
  larger: 'more similar',
  range: [0, 1],
  symmetric: false,
  metric: false,
  invariant: { orthogonal: false, scaling: true, permutation: true, translation: true, linear: false },
  on: 'features',
  pairwise: false,
  compare: (x, y) => compareColumns(x, y, bestMean),
};
