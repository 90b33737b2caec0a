/** The trace of a symmetric operator that is only known by its products with vectors, with its standard error. */
import { dot, norm } from '../linearAlgebra/matrix';
import { createRandom } from '../random';
import { type Estimate, meanOf } from './estimate';
import type { SymmetricOperator } from './lanczos';

export interface TraceOptions {
  /** Products that may be made. */
  readonly products: number;
  readonly seed: number;
  /** Called after each product. */
  readonly onStep?: (done: number) => void;
}

/** Keeps these draws apart from others of the same seed. */
const purpose = 21;
/** Vectors that Hutch++ keeps: 1 GiB. */
const maxSketchBytes = 2 ** 30;

/** Entry i of probe k is +1 or -1 with equal probability (Rademacher), which has the least variance of all probes. */
export function rademacher(size: number, seed: number, probe: number): Float32Array {
  const random = createRandom(seed, purpose, probe);
  return Float32Array.from({ length: size }, () => (random.next() < 0.5 ? -1 : 1));
}

/**
 * The mean of v'Av over Rademacher probes v (Hutchinson, 1990): unbiased, with variance 2 (||A||_F^2 - sum of squares of the
 * diagonal) / probes. Null if a product is not finite. Throws a RangeError for fewer than one product.
 */
export async function hutchinsonTrace(
  product: SymmetricOperator,
  size: number,
  { products, seed, onStep }: TraceOptions,
): Promise<Estimate | null> {
  const draws: number[] = [];
  for (let probe = 0; probe < products; probe++) {
    const v = rademacher(size, seed, probe);
    const draw = dot(await product(v), v);
    onStep?.(probe + 1);
    if (!Number.isFinite(draw)) return null;
    draws.push(draw);
  }
  return meanOf(draws);
}

/**
 * Hutch++ (Meyer, Musco, Musco and Woodruff, 2021): a third of the products finds the range Q of a sketch A S, a third takes
 * the trace there exactly, tr(Q'AQ), and Hutchinson estimates only what is left, (I - QQ')A(I - QQ'). The standard error is that of
 * this last part. Much tighter than Hutchinson where few eigenvalues carry the trace. Null if a product is not finite.
 * Throws a RangeError for fewer than three products.
 */
export async function hutchPlusPlusTrace(
  product: SymmetricOperator,
  size: number,
  { products, seed, onStep }: TraceOptions,
): Promise<Estimate | null> {
  if (products < 3) throw new RangeError('Hutch++ needs at least 3 products');
  const rank = Math.min(Math.floor(products / 3), size, Math.floor(maxSketchBytes / (4 * size)));
  let done = 0;
  const times = async (v: Float32Array): Promise<Float32Array> => {
    const result = await product(v);
    done++;
    onStep?.(done);
    return result;
  };
  const basis: Float32Array[] = [];
  for (let k = 0; k < rank; k++) {
    const image = Float64Array.from(await times(rademacher(size, seed, k)));
    const before = norm(image);
    if (!Number.isFinite(before)) return null;
    removeAlong(image, basis);
    const length = norm(image);
    // Nothing new but rounding: the sketch has the whole range already.
    if (length > 1e-5 * before) basis.push(Float32Array.from(image, (value) => value / length));
  }
  let exact = 0;
  for (const q of basis) {
    exact += dot(await times(q), q);
    if (!Number.isFinite(exact)) return null;
  }
  const left: number[] = [];
  // In a space that Q spans, nothing is left, and the probes would only bring rounding.
  const whole = basis.length === size;
  while (!whole && done < products) {
    const g = Float64Array.from(rademacher(size, seed, rank + left.length));
    removeAlong(g, basis);
    const v = Float32Array.from(g);
    const draw = dot(await times(v), v);
    if (!Number.isFinite(draw)) return null;
    left.push(draw);
  }
  if (whole) return { value: exact, standardError: 0, draws: basis.length };
  const rest = meanOf(left);
  return { ...rest, value: exact + rest.value };
}

/** Subtracts what `vector` has along the orthonormal basis; twice, because once leaves rounding. */
function removeAlong(vector: Float64Array, basis: readonly Float32Array[]): void {
  for (let pass = 0; pass < 2; pass++) {
    for (const direction of basis) {
      const along = dot(vector, direction);
      for (let i = 0; i < vector.length; i++) vector[i]! -= along * direction[i]!;
    }
  }
}
