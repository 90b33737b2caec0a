/** Single numbers about one cloud of samples, as it lies in space (not centred); the -difference measures compare them. */
import { norm } from '../linearAlgebra/matrix';
import { compareSides } from './compareSides';
import { type Features, row, type Similarity, whyNotFinite } from './features';
import type { Once } from './once';

export function meanSample(x: Features): Float64Array {
  const mean = new Float64Array(x.d);
  for (let i = 0; i < x.n; i++) {
    const sample = row(x, i);
    for (let j = 0; j < x.d; j++) mean[j]! += sample[j]! / x.n;
  }
  return mean;
}

/** |statistic of x - statistic of y|; a statistic may give the reason why it has no value. */
export function absoluteDifference(
  x: Features,
  y: Features,
  statistic: (side: Features) => number | string,
  once?: Once,
): Similarity {
  const prepare = (side: Features) => whyNotFinite(side) ?? statistic(side);
  return compareSides(x, y, ['statistic', prepare], (a, b) => ({ value: Math.abs(a - b) }), once);
}

export function lengthOfMean(x: Features): number {
  return norm(meanSample(x));
}
