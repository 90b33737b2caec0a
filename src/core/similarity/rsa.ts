/** Representational similarity analysis: two matrices of dissimilarities between the samples, compared by their ranks. */
import type { Matrix } from '../linearAlgebra/matrix';
import { compareSides } from './compareSides';
import { pearson } from './correlation';
import { type Features, type Similarity, undefinedBecause } from './features';
import type { Once } from './once';
import { upperTriangle } from './pairs';
import { averageRanks } from './ranks';

/** Spearman's correlation over the upper triangles, ties averaged. */
export function compareDissimilarities(
  x: Features,
  y: Features,
  dissimilarities: (side: Features) => Matrix | string,
  once?: Once,
): Similarity {
  const ranksOf = (side: Features): Float64Array | string => {
    const found = dissimilarities(side);
    return typeof found === 'string' ? found : averageRanks(rounded(upperTriangle(found)));
  };
  const compare = (a: Float64Array, b: Float64Array): Similarity => {
    // Pearson's correlation of the ranks is Spearman's.
    const value = pearson(a, b);
    return value === null ? undefinedBecause('all pairs of samples are equally far apart') : { value };
  };
  return compareSides(x, y, ['ranks', ranksOf], compare, once);
}

/** To 12 digits of the largest, so that equal distances that rounding has parted count as the ties they are. */
function rounded(values: Float64Array): Float64Array {
  const unit = 1e-12 * values.reduce((max, value) => Math.max(max, value), 0);
  return unit > 0 ? values.map((value) => Math.round(value / unit)) : values;
}
