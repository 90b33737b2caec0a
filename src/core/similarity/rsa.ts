/** Representational similarity analysis: two matrices of dissimilarities between the samples, compared by their ranks. */
import type { Matrix } from '../linearAlgebra/matrix';
import { pearson } from './correlation';
import { checkPaired, type Features, type Similarity, undefinedBecause } from './features';
import { everyTime, type Once } from './once';
import { upperTriangle } from './pairs';
import { averageRanks } from './ranks';

/** Spearman's correlation over the upper triangles, ties averaged. */
export function compareDissimilarities(
  x: Features,
  y: Features,
  dissimilarities: (side: Features) => Matrix | string,
  once: Once = everyTime,
): Similarity {
  checkPaired(x, y);
  const ranksOf = (side: Features): Float64Array | string =>
    once(side, 'ranks', () => {
      const found = dissimilarities(side);
      return typeof found === 'string' ? found : averageRanks(rounded(upperTriangle(found)));
    });
  const a = ranksOf(x);
  if (typeof a === 'string') return undefinedBecause(a);
  const b = ranksOf(y);
  if (typeof b === 'string') return undefinedBecause(b);
  // Pearson's correlation of the ranks is Spearman's.
  const value = pearson(a, b);
  return value === null ? undefinedBecause('all pairs of samples are equally far apart') : { value };
}

/** To 12 digits of the largest, so that equal distances that rounding has parted count as the ties they are. */
function rounded(values: Float64Array): Float64Array {
  const unit = 1e-12 * values.reduce((max, value) => Math.max(max, value), 0);
  return unit > 0 ? values.map((value) => Math.round(value / unit)) : values;
}
