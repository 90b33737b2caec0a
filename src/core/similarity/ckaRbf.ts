/** CKA with Gaussian kernels. */
import { dot, type Matrix } from '../linearAlgebra/matrix';
import { compareSides } from './compareSides';
import { centred, type Features, type Similarity } from './features';
import type { Measure } from './measure';
import { doubleCentre, squaredDistances } from './pairs';

/**
 * Of two centred kernels: HSIC0(K, L) / sqrt(HSIC0(K, K) HSIC0(L, L)) with k(x, y) = exp(-||x - y||^2 / (2 s^2)) and s^2 the median of all n^2
 * squared distances, the diagonal included. (Libraries differ in that convention and then in the value: 0.80 to 0.99999 on one
 * data set.)
 */
function rbfCka(k: Matrix, l: Matrix): Similarity {
  const value = dot(k.data, l.data) / Math.sqrt(dot(k.data, k.data) * dot(l.data, l.data));
  return { value: Math.max(0, Math.min(1, value)) };
}

function centredKernel(x: Features): Matrix | string {
  const result = centred(x);
  if (typeof result === 'string') return result;
  const kernel = squaredDistances(result.matrix);
  const width = median(kernel.data);
  if (width === 0)
    return 'at least half of all pairs of samples are the same, so that the kernel has no width';
  const { data } = kernel;
  for (let i = 0; i < data.length; i++) data[i] = Math.exp(-data[i]! / (2 * width));
  doubleCentre(kernel);
  return kernel;
}

function median(values: Float64Array): number {
  const sorted = values.slice().sort();
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

export const ckaRbf: Measure = {
  id: 'cka-rbf',
  name: 'RBF CKA',
  explanation:
    'CKA with Gaussian kernels as wide as the median distance: weighs near samples more than far ones.',
  formula: 'CKA of exp(-||x_i - x_j||^2 / (2 s^2)), s^2 = median of all n^2 squared distances',
  source: 'Kornblith et al., 2019',
  larger: 'more similar',
  range: [0, 1],
  symmetric: true,
  metric: false,
  invariant: { orthogonal: true, scaling: true, permutation: true, translation: true, linear: false },
  on: 'features',
  pairwise: true,
  compare: (x, y, { once }) => compareSides(x, y, ['kernel', centredKernel], rbfCka, once),
};
