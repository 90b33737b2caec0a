/** The angle between two representations after the best rotation: a metric on shapes. */
import type { Measure } from './measure';
import { procrustesSimilarity } from './procrustes';

export const procrustesAngle: Measure = {
  id: 'procrustes-angle',
  name: 'Procrustes angle',
  explanation:
    'Angle in radians between the two after the best rotation; a distance with the triangle inequality.',
  formula: "arccos(||Xc'Yc||_* / (||Xc||_F ||Yc||_F))",
  source: 'Kendall, 1984; Williams et al., 2021',
  larger: 'less similar',
  range: [0, Math.PI / 2],
  symmetric: true,
  metric: true,
  invariant: { orthogonal: true, scaling: true, permutation: true, translation: true, linear: false },
  on: 'features',
  pairwise: false,
  compare: (x, y) => {
    const similarity = procrustesSimilarity(x, y);
    return similarity.value === null ? similarity : { value: Math.acos(similarity.value) };
  },
};
