/** Single numbers about one cloud of samples, as it lies in space (not centred); the -difference measures compare them. */
import { norm } from '../linearAlgebra/matrix';
import { checkPaired, type Features, row, type Similarity, undefinedBecause, whyNotFinite } from './features';

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
): Similarity {
  checkPaired(x, y);
  const bad = whyNotFinite(x) ?? whyNotFinite(y);
  if (bad !== undefined) return undefinedBecause(bad);
  const a = statistic(x);
  if (typeof a === 'string') return undefinedBecause(a);
  const b = statistic(y);
  if (typeof b === 'string') return undefinedBecause(b);
  return { value: Math.abs(a - b) };
}

export function lengthOfMean(x: Features): number {
  return norm(meanSample(x));
}
