/** Mean canonical correlation of the leading principal components. */
import type { Svd } from '../linearAlgebra/svd';
import { canonicalCorrelations, meanCorrelation, principalDirections } from './canonical';
import type { Measure } from './measure';

/** Share of the variance (of the sum of *squared* singular values) that the components kept hold. */
const varianceShare = 0.99;

export const svcca: Measure = {
  id: 'svcca',
  name: 'SVCCA',
  explanation:
    'Mean canonical correlation of the principal components that hold 99 % of the variance of each side.',
  formula: 'mean CCA of the first principal components of Xc and Yc',
  source: 'Raghu et al., 2017',
  larger: 'more similar',
  range: [0, 1],
  symmetric: true,
  metric: false,
  invariant: { orthogonal: true, scaling: true, permutation: true, translation: true, linear: false },
  on: 'features',
  pairwise: false,
  compare: (x, y, { once }) => {
    const reduce = (side: Svd) => principalDirections(side, varianceShare);
    return meanCorrelation(canonicalCorrelations(x, y, { reduce, once }));
  },
};
