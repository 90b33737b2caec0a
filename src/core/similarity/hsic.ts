/**
 * The Hilbert-Schmidt independence criterion of two linear kernels, in feature space when there are more samples than
 * features (memory d^2) and with Gram matrices otherwise (memory n^2).
 */
import { dot, type Matrix } from '../linearAlgebra/matrix';
import { columnGram, multiply, rowGram } from '../linearAlgebra/multiply';
import { type CentredLayer, centredLayer } from './centredLayer';
import type { Features } from './features';

/** One representation with what every comparison needs of it. */
export interface Side extends CentredLayer {
  readonly products: {
    /** ||Xc' Xc||_F^2 = ||Xc Xc'||_F^2 */
    readonly self: number;
    /** Xc Xc' `[n, n]`, made when first asked for. */
    gram(): Matrix;
  };
}

/** Centres and scales `features`; gives the reason instead if that is not possible. */
export function sideOf(features: Features): Side | string {
  const layer = centredLayer(features);
  if (typeof layer === 'string') return layer;
  const { matrix } = layer;
  let gram: Matrix | undefined;
  const rowProducts = (): Matrix => {
    gram ??= rowGram(matrix);
    return gram;
  };
  const { data: small } = matrix.columns < matrix.rows ? columnGram(matrix) : rowProducts();
  return { ...layer, products: { self: dot(small, small), gram: rowProducts } };
}

/** ||Yc' Xc||_F^2 = <Xc Xc', Yc Yc'>, whichever of the two is smaller to compute. */
export function crossProduct(x: Side, y: Side): number {
  if (x === y) return x.products.self;
  if (Math.max(x.matrix.columns, y.matrix.columns) < x.matrix.rows) {
    const { data } = multiply(x.matrix, y.matrix, { transposeA: true });
    return dot(data, data);
  }
  return dot(x.products.gram().data, y.products.gram().data);
}

/** What n (n - 3) HSIC1 of two linear kernels is made of; k and l are the diagonals of the centred Gram matrices. */
export interface HsicTerms {
  readonly n: number;
  /** ||Yc' Xc||_F^2 */
  readonly product: number;
  /** k' l */
  readonly diagonals: number;
  /** 1' k and 1' l */
  readonly sumX: number;
  readonly sumY: number;
}

/**
 * n (n - 3) HSIC1. The rows of a centred Gram matrix sum to 0, so that without its diagonal k they sum to -k, and
 * Song's formula becomes tr(KL) - n/(n-2) k'l + 1'k 1'l / ((n-1)(n-2)): no n x n matrix is needed.
 */
export function unbiased({ n, product, diagonals, sumX, sumY }: HsicTerms): number {
  return product - (n / (n - 2)) * diagonals + (sumX * sumY) / ((n - 1) * (n - 2));
}

/** The same of two sides whose `product` is known. */
export function unbiasedProduct(x: Side, y: Side, product: number): number {
  return unbiased({
    n: x.diagonal.length,
    product,
    diagonals: dot(x.diagonal, y.diagonal),
    sumX: x.sum,
    sumY: y.sum,
  });
}
