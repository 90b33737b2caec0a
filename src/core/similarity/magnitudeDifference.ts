/** How differently far from the origin the two clouds lie. */
import { absoluteDifference, lengthOfMean } from './cloudStatistics';
import type { Measure } from './measure';

export const magnitudeDifference: Measure = {
  id: 'magnitude-difference',
  name: 'Magnitude difference',
  explanation: 'Difference of the lengths of the mean samples: how far from the origin each cloud lies.',
  formula: '| ||mean x|| - ||mean y|| |',
  source: 'Wang et al., 2020',
  larger: 'less similar',
  range: [0, null],
  symmetric: true,
  metric: true,
  invariant: { orthogonal: true, scaling: false, permutation: true, translation: false, linear: false },
  on: 'features',
  pairwise: false,
  compare: (x, y, { once }) => absoluteDifference(x, y, lengthOfMean, once),
};
