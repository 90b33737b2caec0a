/** Debiased linear CKA in batches: memory does not grow with the number of samples. */
import { cancelled, linearKernel, nothingLeft, whyTooFew } from './cka';
import { checkPaired, type Features, type Similarity, undefinedBecause, whyNotFinite } from './features';
import { crossProduct, type Side, sideOf, unbiasedProduct } from './hsic';
import type { Measure } from './measure';

export const minibatchSize = 256;

/**
 * Sums of HSIC1 over batches of consecutive rows, the ratio taken after the sums (Nguyen, Raghu and Kornblith, 2021); the
 * mean of the batches' ratios would be another, biased number. A last batch of fewer than 4 rows is left out. Undefined
 * below 4 samples.
 */
export function minibatchCka(x: Features, y: Features, batch: number = minibatchSize): Similarity {
  checkPaired(x, y);
  const bad = whyTooFew(x.n) ?? whyNotFinite(x) ?? whyNotFinite(y);
  if (bad !== undefined) return undefinedBecause(bad);
  const sums = { xy: 0, xx: 0, yy: 0 };
  const floors = { xx: 0, yy: 0 };
  const leftOut = x.n % batch < 4 ? x.n % batch : 0;
  for (let from = 0; from + 4 <= x.n; from += batch) {
    const a = sideOf(rows(x, from, batch));
    const b = sideOf(rows(y, from, batch));
    if (typeof a !== 'string') {
      sums.xx += hsic(a, a);
      floors.xx += cancelled * inUnits(a, a, a.products.self);
    }
    if (typeof b !== 'string') {
      sums.yy += hsic(b, b);
      floors.yy += cancelled * inUnits(b, b, b.products.self);
    }
    // A batch in which one side does not vary adds nothing to what both share.
    if (typeof a !== 'string' && typeof b !== 'string') sums.xy += hsic(a, b);
  }
  if (!(sums.xx > floors.xx && sums.yy > floors.yy)) return undefinedBecause(nothingLeft);
  const value = Math.max(-1, Math.min(1, sums.xy / Math.sqrt(sums.xx) / Math.sqrt(sums.yy)));
  return leftOut === 0 ? { value } : { value, note: `the last ${leftOut} of ${x.n} samples are left out` };
}

/** HSIC1 of one batch, in the units of the data. */
function hsic(a: Side, b: Side): number {
  return inUnits(a, b, unbiasedProduct(a, b, crossProduct(a, b)));
}

/** The product of two sides, which are scaled to norm 1, in the units of the data and divided by n (n - 3). */
function inUnits(a: Side, b: Side, product: number): number {
  const n = a.diagonal.length;
  return (product / (n * (n - 3))) * (a.norm * b.norm) ** 2;
}

function rows(x: Features, from: number, count: number): Features {
  const n = Math.min(count, x.n - from);
  return { n, d: x.d, data: x.data.subarray(from * x.d, (from + n) * x.d) };
}

export const ckaMinibatch: Measure = {
  ...linearKernel,
  id: 'cka-minibatch',
  name: 'Minibatch CKA',
  explanation: 'Debiased linear CKA from batches of 256 samples in order: for many samples.',
  formula: 'sum HSIC1(X_b, Y_b) / sqrt(sum HSIC1(X_b, X_b) sum HSIC1(Y_b, Y_b))',
  source: 'Nguyen et al., 2021',
  range: [-1, 1],
  compare: (x, y) => minibatchCka(x, y),
};
