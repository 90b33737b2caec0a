/** Whether samples keep their similarities to those near them. */
import type { Measure } from './measure';
import { meanOverNeighbourhoods, type Neighbourhood } from './neighbourhoods';

/** Cosine between the two lists of cosines to the neighbours in either representation; lists of zeros are like each other alone. */
function secondOrder({ x, y, cosinesX, cosinesY }: Neighbourhood): number {
  let xx = 0;
  let yy = 0;
  let xy = 0;
  for (const j of new Set([...x, ...y])) {
    xx += cosinesX[j]! ** 2;
    yy += cosinesY[j]! ** 2;
    xy += cosinesX[j]! * cosinesY[j]!;
  }
  if (xx === 0 || yy === 0) return xx === yy ? 1 : 0;
  return xy / Math.sqrt(xx * yy);
}

export const secondOrderCosine: Measure = {
  id: 'second-order-cosine',
  name: 'Second-order cosine',
  explanation: 'Whether every sample is as similar to its neighbours in one as in the other.',
  formula: 'mean of cos(s_x(i), s_y(i)), s(i) the cosines of i to Nx(i) or Ny(i), k = min(10, n - 1)',
  source: 'Hamilton et al., 2016',
  larger: 'more similar',
  range: [-1, 1],
  symmetric: true,
  metric: false,
  invariant: { orthogonal: true, scaling: true, permutation: true, translation: false, linear: false },
  on: 'features',
  pairwise: true,
  compare: (x, y, { once }) => meanOverNeighbourhoods(x, y, secondOrder, { once }),
};
