/**
 * Linear centred kernel alignment (Kornblith, Norouzi, Lee and Hinton, 2019), biased and debiased, between two
 * representations of the same samples. Both forms work in feature space when there are more samples than features
 * (memory d^2) and with Gram matrices otherwise (memory n^2).
 */
import { UserError } from '../errors';
import { dot, type Matrix } from '../linearAlgebra/matrix';
import { columnGram, multiply, rowGram } from '../linearAlgebra/multiply';
import {
  type Centred,
  centred,
  checkPaired,
  type Features,
  type Similarity,
  undefinedBecause,
} from './features';

/**
 * Linear CKA, biased: ||Yc' Xc||_F^2 / (||Xc' Xc||_F ||Yc' Yc||_F), in [0, 1]; reads as signal what is chance when n is
 * small (independent data give 0.20 at n = 32, d = 8).
 */
export function linearCka(x: Features, y: Features): Similarity {
  return linearCkaAgainst(x)(y);
}

/** Linear CKA against one fixed representation, which is prepared once. */
export function linearCkaAgainst(reference: Features): (features: Features) => Similarity {
  return prepared(reference, (side) => ({
    product: (other) => crossProduct(side, other),
    self: side.products.self,
    // ||Xc||_F = 1, so that ||Xc' Xc||_F >= 1 / sqrt(min(n, d)): it cannot vanish.
    floor: 0,
  }));
}

/**
 * Debiased linear CKA: HSIC1(X, Y) / sqrt(HSIC1(X, X) HSIC1(Y, Y)), in [-1, 1] and about 0 for independent data, where
 * HSIC1 is the unbiased estimator of Song, Smola, Gretton, Bedo and Borgwardt (2012, equation 5), the product of
 * U-centred matrices of Szekely and Rizzo (2014). Throws a UserError below 4 samples.
 */
export function debiasedLinearCka(x: Features, y: Features): Similarity {
  return debiasedCkaAgainst(x)(y);
}

/** Debiased linear CKA against one fixed representation, which is prepared once: what a run probes again and again. */
export function debiasedCkaAgainst(reference: Features): (features: Features) => Similarity {
  if (reference.n < 4) {
    throw new UserError(
      `Debiased CKA needs at least 4 samples and has ${reference.n}; give more samples or use the biased form.`,
    );
  }
  return prepared(reference, (side) => ({
    product: (other) => unbiased(side, other, crossProduct(side, other)),
    self: unbiased(side, side, side.products.self),
    // The terms cancel to rounding where U-centring leaves nothing, as when all samples but one are the same.
    floor: 1e-10 * side.products.self,
  }));
}

/** The numerators of one measure: with another side, with itself, and below what value the latter means nothing. */
interface Numerators {
  product(other: Side): number;
  readonly self: number;
  readonly floor: number;
}

function prepared(reference: Features, numerators: (side: Side) => Numerators) {
  const first = sideOf(reference);
  const fixed = typeof first === 'string' ? first : numerators(first);
  return (features: Features): Similarity => {
    checkPaired(reference, features);
    if (typeof fixed === 'string') return undefinedBecause(fixed);
    const second = features === reference ? first : sideOf(features);
    if (typeof second === 'string') return undefinedBecause(second);
    const other = numerators(second);
    if (!(fixed.self > fixed.floor && other.self > other.floor)) {
      return undefinedBecause('once debiased, no variation is left to compare; give more samples');
    }
    const value = fixed.product(second) / Math.sqrt(fixed.self * other.self);
    return { value: Math.max(-1, Math.min(1, value)) };
  };
}

/** One centred representation of norm 1, with what every comparison needs of it. */
interface Side {
  readonly matrix: Matrix;
  /** ||x_i||^2: the diagonal of the centred Gram matrix. */
  readonly diagonal: Float64Array;
  readonly products: {
    /** ||Xc' Xc||_F^2 = ||Xc Xc'||_F^2 */
    readonly self: number;
    /** Xc Xc' `[n, n]`, made when first asked for. */
    gram(): Matrix;
  };
}

function sideOf(features: Features): Side | string {
  const result: Centred | string = centred(features);
  if (typeof result === 'string') return result;
  const { matrix } = result;
  const { rows: n, columns: d, data } = matrix;
  const diagonal = new Float64Array(n);
  for (let i = 0; i < n; i++) {
    const sample = data.subarray(i * d, (i + 1) * d);
    diagonal[i] = dot(sample, sample);
  }
  let gram: Matrix | undefined;
  const rowProducts = (): Matrix => {
    gram ??= rowGram(matrix);
    return gram;
  };
  const { data: small } = d < n ? columnGram(matrix) : rowProducts();
  return { matrix, diagonal, products: { self: dot(small, small), gram: rowProducts } };
}

/** ||Yc' Xc||_F^2 = <Xc Xc', Yc Yc'>, whichever of the two is smaller to compute. */
function crossProduct(x: Side, y: Side): number {
  if (x === y) return x.products.self;
  if (Math.max(x.matrix.columns, y.matrix.columns) < x.matrix.rows) {
    const { data } = multiply(x.matrix, y.matrix, { transposeA: true });
    return dot(data, data);
  }
  return dot(x.products.gram().data, y.products.gram().data);
}

/**
 * n (n - 3) HSIC1. The rows of a centred Gram matrix sum to 0, so that without its diagonal k they sum to -k, and
 * Song's formula becomes tr(KL) - n/(n-2) k'l + 1'k 1'l / ((n-1)(n-2)): no n x n matrix is needed.
 */
function unbiased(x: Side, y: Side, product: number): number {
  const n = x.diagonal.length;
  let sumX = 0;
  let sumY = 0;
  for (let i = 0; i < n; i++) {
    sumX += x.diagonal[i]!;
    sumY += y.diagonal[i]!;
  }
  return product - (n / (n - 2)) * dot(x.diagonal, y.diagonal) + (sumX * sumY) / ((n - 1) * (n - 2));
}
