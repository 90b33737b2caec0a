/** How differently evenly the two clouds fill space. */
import { absoluteDifference } from './cloudStatistics';
import { type Features, row } from './features';
import type { Measure } from './measure';

/** log of the mean over all n^2 pairs, the diagonal included, of exp(-2 ||x_i - x_j||^2). */
function uniformity(x: Features): number {
  let sum = x.n;
  for (let i = 0; i < x.n; i++) {
    const a = row(x, i);
    for (let j = 0; j < i; j++) {
      const b = row(x, j);
      let squared = 0;
      for (let k = 0; k < x.d; k++) squared += (a[k]! - b[k]!) ** 2;
      sum += 2 * Math.exp(-2 * squared);
    }
  }
  return Math.log(sum / x.n ** 2);
}

export const uniformityDifference: Measure = {
  id: 'uniformity-difference',
  name: 'Uniformity difference',
  explanation: 'Difference of how evenly the samples spread, on the scale of distances of about 1.',
  formula: '| log mean exp(-2 ||x_i - x_j||^2) - log mean exp(-2 ||y_i - y_j||^2) |',
  source: 'Wang and Isola, 2020',
  larger: 'less similar',
  range: [0, null],
  symmetric: true,
  metric: true,
  invariant: { orthogonal: true, scaling: false, permutation: true, translation: true, linear: false },
  on: 'features',
  pairwise: true,
  compare: (x, y, { once }) => absoluteDifference(x, y, uniformity, once),
};
