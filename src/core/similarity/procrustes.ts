/** Orthogonal Procrustes similarity: how well one representation, rotated and scaled, covers the other. */
import { multiply } from '../linearAlgebra/multiply';
import { nuclearNorm } from '../linearAlgebra/svd';
import { compareSides } from './compareSides';
import { centred, type Features, type Similarity } from './features';
import type { Measure } from './measure';

/** ||Xc' Yc||_* / (||Xc||_F ||Yc||_F): 1 where a rotation and a factor take one onto the other. */
export function procrustesSimilarity(x: Features, y: Features): Similarity {
  return compareSides(x, y, ['centred', centred], (a, b) => ({
    value: Math.min(1, nuclearNorm(multiply(a.matrix, b.matrix, { transposeA: true }))),
  }));
}

export const procrustes: Measure = {
  id: 'procrustes',
  name: 'Procrustes similarity',
  explanation: 'How well one representation covers the other once it is rotated and scaled as fits best.',
  formula: "||Xc'Yc||_* / (||Xc||_F ||Yc||_F)",
  source: 'Schonemann, 1966; Ding et al., 2021',
  larger: 'more similar',
  range: [0, 1],
  symmetric: true,
  metric: false,
  invariant: { orthogonal: true, scaling: true, permutation: true, translation: true, linear: false },
  on: 'features',
  pairwise: false,
  compare: procrustesSimilarity,
};
