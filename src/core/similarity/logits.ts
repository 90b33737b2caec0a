/** Logits of classifiers: what the metrics of one and the measures between two share. */
import { UserError } from '../errors';
import { checkPaired, type Features, whyNotFinite } from './features';

/** Throws a UserError unless both have the same samples and classes; gives the reason where a logit is not finite. */
export function checkLogits(x: Features, y: Features): string | undefined {
  checkPaired(x, y);
  if (x.d !== y.d) {
    throw new UserError(
      `The two models have ${x.d} and ${y.d} classes; compare outputs for the same classes.`,
    );
  }
  if (x.n === 0 || x.d === 0) return 'there are no outputs';
  return whyNotFinite(x) ?? whyNotFinite(y);
}

/** log(sum of exp(values)), exact where exp alone would overflow. */
export function logSumExp(values: Float32Array | Float64Array): number {
  let largest = Number.NEGATIVE_INFINITY;
  for (const value of values) if (value > largest) largest = value;
  let sum = 0;
  for (const value of values) sum += Math.exp(value - largest);
  return largest + Math.log(sum);
}

/** The first of the largest values. */
export function indexOfLargest(values: Float32Array | Float64Array): number {
  let best = 0;
  for (let i = 1; i < values.length; i++) if (values[i]! > values[best]!) best = i;
  return best;
}
