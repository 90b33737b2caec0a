/** Representational similarity analysis: two matrices of dissimilarities between the samples, compared by their ranks. */
import type { Matrix } from '../linearAlgebra/matrix';
import { spearman } from './correlation';
import { checkPaired, type Features, type Similarity, undefinedBecause } from './features';
import { upperTriangle } from './pairs';

/** Spearman's correlation over the upper triangles, ties averaged. */
export function compareDissimilarities(
  x: Features,
  y: Features,
  dissimilarities: (side: Features) => Matrix | string,
): Similarity {
  checkPaired(x, y);
  const a = dissimilarities(x);
  if (typeof a === 'string') return undefinedBecause(a);
  const b = dissimilarities(y);
  if (typeof b === 'string') return undefinedBecause(b);
  const value = spearman(rounded(upperTriangle(a)), rounded(upperTriangle(b)));
  return value === null ? undefinedBecause('all pairs of samples are equally far apart') : { value };
}

/** To 12 digits of the largest, so that equal distances that rounding has parted count as the ties they are. */
function rounded(values: Float64Array): Float64Array {
  const unit = 1e-12 * values.reduce((max, value) => Math.max(max, value), 0);
  return unit > 0 ? values.map((value) => Math.round(value / unit)) : values;
}
