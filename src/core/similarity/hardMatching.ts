/** Features paired one to one by correlation. */
import { type Matrix, transpose } from '../linearAlgebra/matrix';
import { assignment } from './assignment';
import { compareColumns } from './columnCorrelations';
import type { Measure } from './measure';

/** Mean |Pearson| over the pairs of the best one-to-one matching: as many pairs as the narrower side has features. */
function matchedMean(all: Matrix): number {
  const wide = all.rows <= all.columns ? all : transpose(all);
  const partners = assignment(wide);
  let sum = 0;
  partners.forEach((j, i) => {
    sum += wide.data[i * wide.columns + j]!;
  });
  return sum / wide.rows;
}

export const hardMatching: Measure = {
  id: 'hard-matching',
  name: 'Hard matching',
  explanation:
    'Mean correlation of the features, paired one to one as fits best: whether single neurons are the same.',
  formula: 'mean of |Pearson(x_i, y_m(i))| over the one-to-one matching m that makes it largest',
  source: 'Li et al., 2015',
  larger: 'more similar',
  range: [0, 1],
  symmetric: true,
  metric: false,
  invariant: { orthogonal: false, scaling: true, permutation: true, translation: true, linear: false },
  on: 'features',
  pairwise: false,
  compare: (x, y) => compareColumns(x, y, matchedMean),
};
