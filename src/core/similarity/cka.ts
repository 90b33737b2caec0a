/**
 * Linear centred kernel alignment (Kornblith, Norouzi, Lee and Hinton, 2019), biased and debiased, between two
 * representations of the same samples.
 */
import { checkPaired, type Features, type Similarity, undefinedBecause } from './features';
import { crossProduct, type Side, sideOf, unbiasedProduct } from './hsic';
import type { Measure } from './measure';

/**
 * Linear CKA, biased: ||Yc' Xc||_F^2 / (||Xc' Xc||_F ||Yc' Yc||_F), in [0, 1]; reads as signal what is chance when n is
 * small (independent data give 0.20 at n = 32, d = 8).
 */
export function linearCka(x: Features, y: Features): Similarity {
  const against = prepared(x, sideOf(x), (side) => ({
    product: (other) => crossProduct(side, other),
    self: side.products.self,
    // ||Xc||_F = 1, so that ||Xc' Xc||_F >= 1 / sqrt(min(n, d)): it cannot vanish.
    floor: 0,
  }));
  return against(y);
}

/**
 * Debiased linear CKA: HSIC1(X, Y) / sqrt(HSIC1(X, X) HSIC1(Y, Y)), in [-1, 1] and about 0 for independent data, where
 * HSIC1 is the unbiased estimator of Song, Smola, Gretton, Bedo and Borgwardt (2012, equation 5), the product of
 * U-centred matrices of Szekely and Rizzo (2014). Undefined below 4 samples.
 */
export function debiasedLinearCka(x: Features, y: Features): Similarity {
  return debiasedCkaAgainst(x)(y);
}

/** Why `n` samples are too few for a debiased value, or undefined. */
export function whyTooFew(n: number): string | undefined {
  if (n >= 4) return undefined;
  return `debiased CKA needs at least 4 samples and has ${n}; give more samples, or choose the measure cka, which is biased`;
}

/** Part of the biased product below which the debiased one is rounding: U-centring leaves nothing where all samples but one are the same. */
export const cancelled = 1e-10;

/** Why there is no debiased value where U-centring leaves nothing. */
export const nothingLeft = 'once debiased, no variation is left to compare; give more samples';

/** Debiased linear CKA against one fixed representation, which is prepared once: what a run probes again and again. */
export function debiasedCkaAgainst(reference: Features): (features: Features) => Similarity {
  return prepared(reference, whyTooFew(reference.n) ?? sideOf(reference), (side) => ({
    product: (other) => unbiasedProduct(side, other, crossProduct(side, other)),
    self: unbiasedProduct(side, side, side.products.self),
    floor: cancelled * side.products.self,
  }));
}

/** The numerators of one measure: with another side, with itself, and below what value the latter means nothing. */
interface Numerators {
  product(other: Side): number;
  readonly self: number;
  readonly floor: number;
}

/** `first`: the reference, or why nothing can be said of it. */
function prepared(reference: Features, first: Side | string, numerators: (side: Side) => Numerators) {
  const fixed = typeof first === 'string' ? first : numerators(first);
  return (features: Features): Similarity => {
    checkPaired(reference, features);
    if (typeof fixed === 'string') return undefinedBecause(fixed);
    const second = features === reference ? first : sideOf(features);
    if (typeof second === 'string') return undefinedBecause(second);
    const other = numerators(second);
    if (!(fixed.self > fixed.floor && other.self > other.floor)) {
      return undefinedBecause(nothingLeft);
    }
    const value = fixed.product(second) / Math.sqrt(fixed.self * other.self);
    return { value: Math.max(-1, Math.min(1, value)) };
  };
}

/** What all forms of linear CKA have in common. */
export const linearKernel = {
  larger: 'more similar',
  symmetric: true,
  metric: false,
  invariant: { orthogonal: true, scaling: true, permutation: true, translation: true, linear: false },
  on: 'features',
  pairwise: false,
} as const;

export const cka: Measure = {
  ...linearKernel,
  id: 'cka',
  name: 'Linear CKA',
  explanation: 'Likeness of the similarity structure of the samples; biased upwards when samples are few.',
  formula: "||Yc'Xc||_F^2 / (||Xc'Xc||_F ||Yc'Yc||_F)",
  source: 'Kornblith et al., 2019',
  range: [0, 1],
  compare: linearCka,
};

export const ckaDebiased: Measure = {
  ...linearKernel,
  id: 'cka-debiased',
  name: 'Linear CKA, debiased',
  explanation:
    'Linear CKA by unbiased estimates: about 0 for unrelated representations, however few the samples.',
  formula: 'HSIC1(X, Y) / sqrt(HSIC1(X, X) HSIC1(Y, Y))',
  source: 'Song et al., 2012; Szekely and Rizzo, 2014',
  range: [-1, 1],
  compare: debiasedLinearCka,
};
