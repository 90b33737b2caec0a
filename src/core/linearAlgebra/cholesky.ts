/** Systems of linear equations with a symmetric positive definite matrix. */
import { type Matrix, zeros } from './matrix';

/**
 * The X with a X = b, by a = L L'. `a` `[n, n]` symmetric, of which the lower triangle is read; `b` `[n, k]`. Throws a
 * RangeError if `a` is not positive definite to machine precision.
 */
export function solvePositiveDefinite(a: Matrix, b: Matrix): Matrix {
  const n = a.rows;
  if (a.columns !== n || b.rows !== n) throw new RangeError('a system of equations of mismatched sizes');
  const factor = cholesky(a);
  const k = b.columns;
  const x = { rows: n, columns: k, data: b.data.slice() };
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < i; j++) subtractRow(x.data, k, i, j, factor.data[i * n + j]!);
    scaleRow(x.data, k, i, 1 / factor.data[i * n + i]!);
  }
  for (let i = n - 1; i >= 0; i--) {
    for (let j = i + 1; j < n; j++) subtractRow(x.data, k, i, j, factor.data[j * n + i]!);
    scaleRow(x.data, k, i, 1 / factor.data[i * n + i]!);
  }
  return x;
}

/** The lower triangular L with a = L L'. */
export function cholesky(a: Matrix): Matrix {
  const n = a.rows;
  const factor = zeros(n, n);
  const { data } = factor;
  for (let i = 0; i < n; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = a.data[i * n + j]!;
      for (let k = 0; k < j; k++) sum -= data[i * n + k]! * data[j * n + k]!;
      if (j < i) data[i * n + j] = sum / data[j * n + j]!;
      else if (sum > 0) data[i * n + i] = Math.sqrt(sum);
      else throw new RangeError('the matrix is not positive definite');
    }
  }
  return factor;
}

/** row i -= factor * row j */
function subtractRow(data: Float64Array, columns: number, i: number, j: number, factor: number): void {
  for (let c = 0; c < columns; c++) data[i * columns + c]! -= factor * data[j * columns + c]!;
}

function scaleRow(data: Float64Array, columns: number, i: number, factor: number): void {
  for (let c = 0; c < columns; c++) data[i * columns + c]! *= factor;
}
