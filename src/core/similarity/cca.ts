/** Mean canonical correlation. */
import { canonicalCorrelations, meanCorrelation } from './canonical';
import type { Measure } from './measure';

export const cca: Measure = {
  id: 'cca',
  name: 'Mean CCA',
  explanation: 'Mean of all canonical correlations: what any linear maps of the two have in common.',
  formula: "mean of the singular values of Qx'Qy, Qx and Qy orthonormal bases of Xc and Yc",
  source: 'Hotelling, 1936; Bjorck and Golub, 1973',
  larger: 'more similar',
  range: [0, 1],
  symmetric: true,
  metric: false,
  invariant: { orthogonal: true, scaling: true, permutation: true, translation: true, linear: true },
  on: 'features',
  pairwise: false,
  compare: (x, y, { once }) => meanCorrelation(canonicalCorrelations(x, y, { once })),
};
