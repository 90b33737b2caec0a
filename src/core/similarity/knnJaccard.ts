/** Overlap of nearest neighbours, by Jaccard's index. */
import type { Features, Similarity } from './features';
import type { Measure } from './measure';
import { meanOverNeighbourhoods } from './neighbourhoods';
import type { Once } from './once';

/** Mean over the samples of |Nx and Ny| / |Nx or Ny|. */
export function neighbourJaccard(x: Features, y: Features, k?: number, once?: Once): Similarity {
  return meanOverNeighbourhoods(x, y, (at) => at.shared.length / (2 * at.x.length - at.shared.length), {
    k,
    once,
  });
}

export const knnJaccard: Measure = {
  id: 'knn-jaccard',
  name: 'k-NN Jaccard',
  explanation: 'Overlap of the 10 nearest neighbours of every sample, by cosine; shared over all.',
  formula: 'mean of |Nx(i) and Ny(i)| / |Nx(i) or Ny(i)|, k = min(10, n - 1)',
  source: 'Schumacher et al., 2021; Klabunde et al., 2025',
  larger: 'more similar',
  range: [0, 1],
  symmetric: true,
  metric: false,
  invariant: { orthogonal: true, scaling: true, permutation: true, translation: false, linear: false },
  on: 'features',
  pairwise: true,
  compare: (x, y, { once }) => neighbourJaccard(x, y, undefined, once),
};
