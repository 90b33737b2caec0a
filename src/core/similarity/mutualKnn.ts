/** Overlap of nearest neighbours, as a share of them. */
import type { Measure } from './measure';
import { meanOverNeighbourhoods } from './neighbourhoods';

export const mutualKnn: Measure = {
  id: 'mutual-knn',
  name: 'Mutual k-NN',
  explanation: 'Share of the 10 nearest neighbours of every sample, by cosine, that are the same in both.',
  formula: 'mean of |Nx(i) and Ny(i)| / k, k = min(10, n - 1)',
  source: 'Huh et al., 2024',
  larger: 'more similar',
  range: [0, 1],
  symmetric: true,
  metric: false,
  invariant: { orthogonal: true, scaling: true, permutation: true, translation: false, linear: false },
  on: 'features',
  pairwise: true,
  compare: (x, y, { once }) =>
    meanOverNeighbourhoods(x, y, ({ shared, x: own }) => shared.length / own.length, { once }),
};
