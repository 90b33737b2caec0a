/** Distance correlation. */
import { dot, type Matrix } from '../linearAlgebra/matrix';
import { compareSides } from './compareSides';
import { centred, type Features, type Similarity } from './features';
import type { Measure } from './measure';
import { doubleCentre, squaredDistances } from './pairs';

/**
 * dCor of Szekely, Rizzo and Bakirov (2007): sqrt(dCov^2(X, Y) / sqrt(dVar^2(X) dVar^2(Y))), V-statistics of the doubly
 * centred Euclidean distances.
 */
function distanceCorrelationOf(a: Matrix, b: Matrix): Similarity {
  const ratio = dot(a.data, b.data) / Math.sqrt(dot(a.data, a.data) * dot(b.data, b.data));
  return { value: Math.sqrt(Math.max(0, Math.min(1, ratio))) };
}

function centredDistances(x: Features): Matrix | string {
  const result = centred(x);
  if (typeof result === 'string') return result;
  const distances = squaredDistances(result.matrix);
  const { data } = distances;
  for (let i = 0; i < data.length; i++) data[i] = Math.sqrt(data[i]!);
  doubleCentre(distances);
  return distances;
}

export const distanceCorrelation: Measure = {
  id: 'distance-correlation',
  name: 'Distance correlation',
  explanation: 'Dependence of any kind between the two, by the distances between samples.',
  formula: 'sqrt(dCov^2(X, Y) / sqrt(dCov^2(X, X) dCov^2(Y, Y)))',
  source: 'Szekely et al., 2007',
  larger: 'more similar',
  range: [0, 1],
  symmetric: true,
  metric: false,
  invariant: { orthogonal: true, scaling: true, permutation: true, translation: true, linear: false },
  on: 'features',
  pairwise: true,
  compare: (x, y, { once }) =>
    compareSides(x, y, ['distances', centredDistances], distanceCorrelationOf, once),
};
