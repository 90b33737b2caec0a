/** How differently narrow the two cones of samples are. */
import { dot, norm } from '../linearAlgebra/matrix';
import { absoluteDifference, meanSample } from './cloudStatistics';
import { type Features, row } from './features';
import type { Measure } from './measure';

/** Mean cosine between the samples and their mean. */
function concentricity(x: Features): number | string {
  const mean = meanSample(x);
  const length = norm(mean);
  if (length === 0) return 'the mean of the samples is zero and has no direction';
  let sum = 0;
  for (let i = 0; i < x.n; i++) {
    const sample = row(x, i);
    const own = norm(sample);
    if (own === 0) return `sample ${i} is all zeros and has no direction`;
    sum += dot(sample, mean) / (own * length);
  }
  return sum / x.n;
}

export const concentricityDifference: Measure = {
  id: 'concentricity-difference',
  name: 'Concentricity difference',
  explanation: 'Difference of the mean cosines to the mean sample: how narrow a cone each cloud fills.',
  formula: '| mean cos(x_i, mean x) - mean cos(y_i, mean y) |',
  source: 'Wang et al., 2020',
  larger: 'less similar',
  range: [0, 1],
  symmetric: true,
  metric: true,
  invariant: { orthogonal: true, scaling: true, permutation: true, translation: false, linear: false },
  on: 'features',
  pairwise: false,
  compare: (x, y, { once }) => absoluteDifference(x, y, concentricity, once),
};
