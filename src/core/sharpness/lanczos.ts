/** The ends of the spectrum of a symmetric operator that is only known by its products with vectors. */
import { dot, identity, norm } from '../linearAlgebra/matrix';
import { tridiagonalEigen } from '../linearAlgebra/tridiagonalEigen';

/** v -> A v for a symmetric A; must leave v as it is. */
export type SymmetricOperator = (v: Float32Array) => Promise<Float32Array>;

export interface LanczosOptions {
  /** Products at most. */
  readonly steps: number;
  /**
   * Stops, after 8 products, when the residuals of both ends are at most this part of the largest magnitude found; default 0.01.
   * 0 makes all `steps` products.
   */
  readonly tolerance?: number;
  /** Number of eigenvalues at the top that are wanted and whose residuals count; default 1. */
  readonly largest?: number;
  /** Called after each product. */
  readonly onStep?: (done: number) => void;
}

/**
 * An approximate eigenvalue, inside the spectrum: an exact one lies within `residual` of it, and the end of the spectrum is there
 * or beyond. How far beyond is not known; it takes more products to find an end that lies beside many others, as the smallest
 * eigenvalue does at a well trained minimum.
 */
export interface RitzValue {
  readonly value: number;
  /** ||A u - value u|| for the unit vector u found. */
  readonly residual: number;
}

export interface LanczosResult {
  readonly top: RitzValue;
  /** The `largest` ones that were asked for, descending; fewer where the operator or the steps gave no more. */
  readonly largest: readonly RitzValue[];
  readonly smallest: RitzValue;
  /** Products that were made. */
  readonly steps: number;
  /** The tridiagonal matrix: its diagonal (steps) and the entries beside it (steps - 1). */
  readonly alphas: Float64Array;
  readonly betas: Float64Array;
  /** The unit vector of `largest[rank]`; null where vectors of the basis had to be dropped. */
  vector(rank: number): Float32Array | null;
}

/** Before that a Ritz value may have settled, with a small residual, on an eigenvalue that is not at the end. */
const leastSteps = 8;

/** Vectors kept for reorthogonalisation: 1 GiB. Beyond that the oldest is dropped, which may repeat values but not move the ends. */
const maxBasisBytes = 2 ** 30;

/** Vectors of `size` that are kept: with no more steps than that, eigenvectors are to be had. */
export function basisCapacity(size: number): number {
  return Math.max(2, Math.floor(maxBasisBytes / (4 * size)));
}

/**
 * Lanczos' method with full reorthogonalisation (Golub and Van Loan, section 10.3): largest and smallest eigenvalue of A,
 * from below and from above. Power iteration would give the one of largest magnitude, whichever end that is. An eigenvalue
 * that occurs several times is found once: one start has one component in its eigenspace.
 * Null if a product is not finite. Throws a RangeError if `start` is zero or not finite.
 */
export async function lanczos(
  product: SymmetricOperator,
  start: Float32Array,
  options: LanczosOptions,
): Promise<LanczosResult | null> {
  const { tolerance = 0.01, largest = 1 } = options;
  const size = start.length;
  const length = norm(start);
  if (!(length > 0 && Number.isFinite(length)))
    throw new RangeError('Lanczos needs a start that is not zero');
  const kept = basisCapacity(size);
  const basis: Float32Array[] = [start.map((value) => value / length)];
  let dropped = false;
  const alphas: number[] = [];
  const betas: number[] = [];
  for (;;) {
    const current = basis.at(-1)!;
    const next = Float64Array.from(await product(current));
    const alpha = dot(next, current);
    alphas.push(alpha);
    options.onStep?.(alphas.length);
    orthogonalise(next, basis);
    const beta = norm(next);
    if (!Number.isFinite(beta)) return null;
    const { vectors, ...ends } = endsOf(alphas, betas, beta, largest);
    const reach = Math.max(Math.abs(ends.top.value), Math.abs(ends.smallest.value));
    // An invariant subspace has been found: what is left is rounding of the float32 products.
    const exhausted = beta <= 1e-6 * reach || reach === 0;
    const worst = Math.max(ends.smallest.residual, ...ends.largest.map(({ residual }) => residual));
    const close = tolerance > 0 && ends.largest.length === largest && worst <= tolerance * reach;
    if (
      exhausted ||
      (close && alphas.length >= leastSteps) ||
      alphas.length >= Math.min(options.steps, size)
    ) {
      return {
        ...ends,
        steps: alphas.length,
        alphas: Float64Array.from(alphas),
        betas: Float64Array.from(betas),
        vector: (rank) => (dropped ? null : combined(basis, vectors[rank]!)),
      };
    }
    betas.push(beta);
    basis.push(Float32Array.from(next, (value) => value / beta));
    if (basis.length > kept) {
      basis.shift();
      dropped = true;
    }
  }
}

/** Subtracts what `vector` has along the basis; twice, because once leaves rounding of the size of what was subtracted. */
function orthogonalise(vector: Float64Array, basis: readonly Float32Array[]): void {
  for (let pass = 0; pass < 2; pass++) {
    for (let k = basis.length - 1; k >= 0; k--) {
      const direction = basis[k]!;
      const along = dot(vector, direction);
      for (let i = 0; i < vector.length; i++) vector[i]! -= along * direction[i]!;
    }
  }
}

function endsOf(alphas: readonly number[], betas: readonly number[], beta: number, largest: number) {
  const k = alphas.length;
  const rows = identity(k);
  const values = tridiagonalEigen(Float64Array.from(alphas), Float64Array.from(betas), rows);
  const ritz = (i: number): RitzValue => ({
    value: values[i]!,
    residual: beta * Math.abs(rows.data[i * k + k - 1]!),
  });
  const indices = Array.from({ length: Math.min(largest, k) }, (_, rank) => k - 1 - rank);
  return {
    top: ritz(k - 1),
    largest: indices.map(ritz),
    smallest: ritz(0),
    vectors: indices.map((i) => rows.data.slice(i * k, (i + 1) * k)),
  };
}

/** The unit vector with these coefficients in the basis. */
function combined(basis: readonly Float32Array[], coefficients: Float64Array): Float32Array {
  const sum = new Float64Array(basis[0]!.length);
  coefficients.forEach((coefficient, k) => {
    const direction = basis[k]!;
    for (let i = 0; i < sum.length; i++) sum[i]! += coefficient * direction[i]!;
  });
  const length = norm(sum);
  return Float32Array.from(sum, (value) => value / length);
}
