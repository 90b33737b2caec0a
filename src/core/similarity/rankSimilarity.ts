/** Overlap of nearest neighbours that also asks whether they are as near. */
import type { Measure } from './measure';
import { meanOverNeighbourhoods, type Neighbourhood } from './neighbourhoods';

/**
 * Sum over shared neighbours j of 2 / ((1 + |r_x(j) - r_y(j)|) (r_x(j) + r_y(j))), ranks from 1, divided by the value
 * 1 + 1/2 + ... + 1/|shared| that equal ranks would give; 0 where nothing is shared.
 */
function rankAgreement({ x, y, shared }: Neighbourhood): number {
  let sum = 0;
  let best = 0;
  shared.forEach((j, place) => {
    const rankX = x.indexOf(j) + 1;
    const rankY = y.indexOf(j) + 1;
    sum += 2 / ((1 + Math.abs(rankX - rankY)) * (rankX + rankY));
    best += 1 / (place + 1);
  });
  return best > 0 ? sum / best : 0;
}

export const rankSimilarity: Measure = {
  id: 'rank-similarity',
  name: 'Rank similarity',
  explanation:
    'Overlap of the 10 nearest neighbours in which the nearest count most and their order counts too.',
  formula:
    'mean of sum over shared j of 2 / ((1 + |r_x - r_y|)(r_x + r_y)), over its largest value, k = min(10, n - 1)',
  source: 'Wang et al., 2020',
  larger: 'more similar',
  range: [0, 1],
  symmetric: true,
  metric: false,
  invariant: { orthogonal: true, scaling: true, permutation: true, translation: false, linear: false },
  on: 'features',
  pairwise: true,
  compare: (x, y, { once }) => meanOverNeighbourhoods(x, y, rankAgreement, { once }),
};
