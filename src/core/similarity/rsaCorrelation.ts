/** Representational similarity analysis with correlation distances. */
import type { Matrix } from '../linearAlgebra/matrix';
import { rowGram } from '../linearAlgebra/multiply';
import { centred, type Features } from './features';
import type { Measure } from './measure';
import { compareDissimilarities } from './rsa';

/** 1 - Pearson's correlation between the rows (samples) of the column-centred representation. */
function correlationDistances(x: Features): Matrix | string {
  if (x.d < 2) return 'a correlation between samples needs at least 2 features';
  const result = centred(x);
  if (typeof result === 'string') return result;
  const { rows: n, columns: d, data } = result.matrix;
  for (let i = 0; i < n; i++) {
    const sample = data.subarray(i * d, (i + 1) * d);
    const mean = sample.reduce((sum, value) => sum + value, 0) / d;
    const before = Math.abs(mean) * Math.sqrt(d);
    for (let j = 0; j < d; j++) sample[j]! -= mean;
    const length = Math.sqrt(sample.reduce((sum, value) => sum + value * value, 0));
    if (!(length > 1e-13 * before)) return `sample ${i} has the same value in every feature`;
    for (let j = 0; j < d; j++) sample[j]! /= length;
  }
  const distances = rowGram(result.matrix);
  for (let i = 0; i < distances.data.length; i++) distances.data[i] = 1 - distances.data[i]!;
  return distances;
}

export const rsaCorrelation: Measure = {
  id: 'rsa-correlation',
  name: 'RSA, correlation distance',
  explanation:
    'Whether the same pairs of samples are alike in both, by the correlation of their centred features.',
  formula: 'Spearman over pairs of 1 - Pearson(row i of Xc, row j of Xc), against the same of Yc',
  source: 'Kriegeskorte et al., 2008',
  larger: 'more similar',
  range: [-1, 1],
  symmetric: true,
  metric: false,
  invariant: { orthogonal: false, scaling: true, permutation: true, translation: true, linear: false },
  on: 'features',
  pairwise: true,
  compare: (x, y, { once }) => compareDissimilarities(x, y, correlationDistances, once),
};
