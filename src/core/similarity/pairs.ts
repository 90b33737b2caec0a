/** What measures on pairs of samples share: distances, cosines and neighbours, `[n, n]`. */
import { type Matrix, zeros } from '../linearAlgebra/matrix';
import { rowGram } from '../linearAlgebra/multiply';
import { asMatrix, type Features, whyNotFinite } from './features';

/** ||x_i - x_j||^2, from the Gram matrix of the rows, which should be centred so that little cancels; never below 0. */
export function squaredDistances(rows: Matrix): Matrix {
  const gram = rowGram(rows);
  const n = rows.rows;
  const lengths = Float64Array.from({ length: n }, (_, i) => gram.data[i * n + i]!);
  for (let i = 0, at = 0; i < n; i++) {
    for (let j = 0; j < n; j++, at++) {
      gram.data[at] = i === j ? 0 : Math.max(0, lengths[i]! + lengths[j]! - 2 * gram.data[at]!);
    }
  }
  return gram;
}

/** Subtracts the means of the rows and of the columns of a symmetric `[n, n]` matrix and adds the mean of all, in place. */
export function doubleCentre({ rows: n, data }: Matrix): void {
  const means = new Float64Array(n);
  for (let i = 0, at = 0; i < n; i++) {
    for (let j = 0; j < n; j++, at++) means[i]! += data[at]! / n;
  }
  const all = means.reduce((sum, mean) => sum + mean, 0) / n;
  for (let i = 0, at = 0; i < n; i++) {
    for (let j = 0; j < n; j++, at++) data[at]! += all - means[i]! - means[j]!;
  }
}

/** Entries above the diagonal, row by row. */
export function upperTriangle({ rows: n, data }: Matrix): Float64Array {
  const result = new Float64Array((n * (n - 1)) / 2);
  let to = 0;
  for (let i = 0; i < n; i++) {
    for (let j = i + 1; j < n; j++) result[to++] = data[i * n + j]!;
  }
  return result;
}

/** The rows at length 1, or why not: a row of zeros has no direction. */
function unitRows(x: Features): Matrix | string {
  const bad = whyNotFinite(x);
  if (bad !== undefined) return bad;
  const { rows: n, columns: d, data } = asMatrix(x);
  const result = zeros(n, d);
  for (let i = 0; i < n; i++) {
    // hypot of the largest part first, so that nothing overflows.
    let largest = 0;
    for (let j = i * d; j < (i + 1) * d; j++) largest = Math.max(largest, Math.abs(data[j]!));
    if (largest === 0) return `sample ${i} is all zeros and has no direction`;
    let sum = 0;
    for (let j = i * d; j < (i + 1) * d; j++) sum += (data[j]! / largest) ** 2;
    const scale = Math.sqrt(sum);
    for (let j = i * d; j < (i + 1) * d; j++) result.data[j] = data[j]! / largest / scale;
  }
  return result;
}

/** Cosine similarity of every pair of samples, of the features as they are; or why there is none. */
export function cosines(x: Features): Matrix | string {
  const unit = unitRows(x);
  return typeof unit === 'string' ? unit : rowGram(unit);
}

/** The k samples most similar to sample i, itself excluded, nearest first; of equals the first. */
export function nearest(similarities: Matrix, i: number, k: number): number[] {
  const n = similarities.rows;
  const row = similarities.data.subarray(i * n, (i + 1) * n);
  return Array.from({ length: n }, (_, j) => j)
    .filter((j) => j !== i)
    .sort((a, b) => row[b]! - row[a]! || a - b)
    .slice(0, k);
}

/** Neighbours that the neighbour measures look at. */
export function neighbourCount(n: number): number {
  return Math.min(10, n - 1);
}
