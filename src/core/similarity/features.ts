/** Representations as the measures take them, and what every measure does first: check, pair, centre. */
import { UserError } from '../errors';
import { type Matrix, type MatrixView, norm, zeros } from '../linearAlgebra/matrix';

/** One representation of n samples: row-major `[n, d]`. */
export interface Features {
  readonly n: number;
  readonly d: number;
  readonly data: Float32Array | Float64Array;
}

/** A value, with what to know of it if anything, or why there is none. Never NaN. */
export type Similarity =
  | { readonly value: number; readonly note?: string }
  | { readonly value: null; readonly why: string };

export function undefinedBecause(why: string): Similarity {
  return { value: null, why };
}

/** Throws a UserError, with both numbers, unless the two have the same samples. */
export function checkPaired(x: Features, y: Features): void {
  if (x.n !== y.n) {
    throw new UserError(
      `The two representations have ${x.n} and ${y.n} samples; compare representations of the same samples.`,
    );
  }
}

export function asMatrix(x: Features): MatrixView {
  if (x.data.length !== x.n * x.d) {
    throw new RangeError(`${x.data.length} numbers are not ${x.n} samples of ${x.d} features`);
  }
  return { rows: x.n, columns: x.d, data: x.data };
}

/** The sample's features, row i, as a view. */
export function row(x: Features, i: number): Float32Array | Float64Array {
  return x.data.subarray(i * x.d, (i + 1) * x.d);
}

/** `Xc / ||Xc||_F` and the norm that was divided away; `norm` is 0 where nothing varies beyond rounding. */
export interface Centred {
  readonly matrix: Matrix;
  readonly norm: number;
}

/**
 * Subtracts each column's mean and divides by the Frobenius norm, in float64, without overflow for any finite input.
 * Gives the reason instead if the values are not all finite or no column varies.
 */
export function centred(x: Features): Centred | string {
  const { rows: n, columns: d, data } = asMatrix(x);
  let largest = 0;
  for (let i = 0; i < data.length; i++) {
    const magnitude = Math.abs(data[i]!);
    if (!(magnitude < Number.POSITIVE_INFINITY)) return notFinite(i, d, data[i]!);
    if (magnitude > largest) largest = magnitude;
  }
  const flat = 'the representation is the same for every sample';
  if (largest === 0) return flat;
  // A power of two: scaling by it rounds nothing, so that integers stay exact.
  const scale = 2 ** -Math.max(-1000, Math.min(1000, Math.ceil(Math.log2(largest))));
  const matrix = zeros(n, d);
  for (let i = 0; i < data.length; i++) matrix.data[i] = data[i]! * scale;
  const before = norm(matrix.data);
  const means = columnMeans(matrix);
  for (let i = 0, at = 0; i < n; i++) {
    for (let j = 0; j < d; j++, at++) matrix.data[at]! -= means[j]!;
  }
  const after = norm(matrix.data);
  if (!(after > 1e-13 * before)) return flat;
  for (let i = 0; i < matrix.data.length; i++) matrix.data[i]! /= after;
  return { matrix, norm: after / scale };
}

/** Why `x` cannot be measured at all, or undefined. For measures on the raw rows. */
export function whyNotFinite(x: Features): string | undefined {
  const bad = x.data.findIndex((value) => !Number.isFinite(value));
  return bad < 0 ? undefined : notFinite(bad, x.d, x.data[bad]!);
}

/** The reason for value `index` of rows of `d`. */
export function notFinite(index: number, d: number, value: number): string {
  return `sample ${Math.floor(index / d)} holds ${value} in feature ${index % d}`;
}

function columnMeans(matrix: Matrix): Float64Array {
  const { rows, columns, data } = matrix;
  const means = new Float64Array(columns);
  for (let i = 0, at = 0; i < rows; i++) {
    for (let j = 0; j < columns; j++, at++) means[j]! += data[at]!;
  }
  for (let j = 0; j < columns; j++) means[j]! /= rows;
  return means;
}
