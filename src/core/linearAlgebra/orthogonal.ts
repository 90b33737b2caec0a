/** Orthogonal matrices: from a skew one, and the one that fits best. */
import { solvePositiveDefinite } from './cholesky';
import { type Matrix, type MatrixView, transpose, zeros } from './matrix';
import { columnGram, multiply } from './multiply';
import { orthogonalComplement } from './qr';
import { svd } from './svd';

/**
 * Cayley's R = (I - Q)(I + Q)^-1 of the skew part Q of `matrix`: orthogonal, determinant 1. As Q is skew, I - Q^2 = I + Q'Q is
 * positive definite and R = (I - Q)^2 (I + Q'Q)^-1, exactly, with no series cut short.
 */
export function cayley(matrix: Matrix): Matrix {
  const n = matrix.rows;
  const q = zeros(n, n);
  const minus = zeros(n, n);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < n; j++) {
      const skew = (matrix.data[i * n + j]! - matrix.data[j * n + i]!) / 2;
      q.data[i * n + j] = skew;
      minus.data[i * n + j] = (i === j ? 1 : 0) - skew;
    }
  }
  const gram = columnGram(q);
  for (let i = 0; i < n; i++) gram.data[i * n + i]! += 1;
  // All factors are polynomials in Q or their inverses, so that they commute.
  return solvePositiveDefinite(gram, multiply(minus, minus));
}

/**
 * The orthogonal R that minimises ||target - source R||_F: u v' of the SVD of source' target (Schonemann, 1966), the
 * polar factor. Where that product is singular R is one of several.
 */
export function procrustesRotation(source: MatrixView, target: MatrixView): Matrix {
  const cross = multiply(source, target, { transposeA: true });
  const { u, v } = svd(cross, 1e-14);
  const [left, right] =
    u.columns === cross.rows
      ? [u, v]
      : [joined(u, orthogonalComplement(u)), joined(v, orthogonalComplement(v))];
  return multiply(left, right, { transposeB: true });
}

/** The columns of a, then those of b. */
function joined(a: Matrix, b: Matrix): Matrix {
  const rows = zeros(a.columns + b.columns, a.rows);
  rows.data.set(transpose(a).data);
  rows.data.set(transpose(b).data, a.columns * a.rows);
  return transpose(rows);
}
