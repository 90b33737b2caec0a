/** Canonical correlations weighted by how much of A they account for. */
import { multiply } from '../linearAlgebra/multiply';
import { canonicalCorrelations, noted } from './canonical';
import { type Features, type Similarity, undefinedBecause } from './features';
import type { Measure } from './measure';
import type { Once } from './once';

/**
 * sum a_i rho_i / sum a_i, where a_i = sum_j |<h_i, x_j>| over the centred columns x_j of A and h_i is A's i-th canonical
 * variate. Any widths: as many variates as the smaller rank.
 */
function projectionWeightedCca(x: Features, y: Features, once?: Once): Similarity {
  const result = canonicalCorrelations(x, y, { once });
  if (typeof result === 'string') return undefinedBecause(result);
  const { correlations, directions, centredX } = result;
  const variates = multiply(result.x.u, directions);
  const projections = multiply(variates, centredX, { transposeA: true });
  let weighted = 0;
  let total = 0;
  for (let i = 0; i < variates.columns; i++) {
    for (let j = 0; j < centredX.columns; j++) {
      const weight = Math.abs(projections.data[i * centredX.columns + j]!);
      weighted += weight * correlations[i]!;
      total += weight;
    }
  }
  return total > 0 ? noted(weighted / total, result.x, result.y) : { value: 0 };
}

export const pwcca: Measure = {
  id: 'pwcca',
  name: 'PWCCA',
  explanation:
    'Canonical correlations weighted by how much of A each accounts for (so A against B is not B against A).',
  formula: 'sum a_i rho_i / sum a_i, a_i = sum_j |<h_i, x_j>|',
  source: 'Morcos et al., 2018',
  larger: 'more similar',
  range: [0, 1],
  symmetric: false,
  metric: false,
  invariant: { orthogonal: false, scaling: true, permutation: true, translation: true, linear: false },
  on: 'features',
  pairwise: false,
  compare: (x, y, { once }) => projectionWeightedCca(x, y, once),
};
