/** Singular value decomposition of a dense matrix. */
import { reflect, reflectRows, reflectStretch } from './householder';
import { dot, identity, type Matrix, type MatrixView, norm, transpose, zeros } from './matrix';
import { multiply } from './multiply';
import { pivotedQr } from './qr';
import { tridiagonalEigen } from './tridiagonalEigen';

export interface Svd {
  /** `[rows, r]` */
  readonly u: Matrix;
  /** Falling, `[r]` */
  readonly values: Float64Array;
  /** `[columns, r]` */
  readonly v: Matrix;
}

const maxSweeps = 40;

/**
 * a = u diag(values) v', with only those singular values that exceed `cut` times the largest (and 0). One-sided Jacobi
 * rotations on the rows of R from a pivoted QR (Drmac and Veselic, 2008): accurate for small values too. Throws a RangeError if
 * an entry is not finite.
 */
export function svd(a: MatrixView, cut = 0): Svd {
  if (!a.data.every(Number.isFinite))
    throw new RangeError('SVD of a matrix with entries that are not finite');
  if (a.rows < a.columns) {
    const { u, values, v } = svd(transpose(a), cut);
    return { u: v, values, v: u };
  }
  const { q, r, order } = pivotedQr(a);
  const n = a.columns;
  // r = rotations' rows, rows orthogonal: rows = diag(values) ux', so that a[:, order] = (q rotations') diag(values) ux'.
  const rotations = identity(n);
  orthogonaliseRows(r, rotations);
  const lengths = Float64Array.from({ length: n }, (_, i) => norm(r.data.subarray(i * n, (i + 1) * n)));
  const largest = lengths.reduce((max, length) => Math.max(max, length), 0);
  const kept = Array.from(lengths.keys())
    .filter((i) => lengths[i]! > cut * largest)
    .sort((i, j) => lengths[j]! - lengths[i]!);
  const left = zeros(kept.length, n);
  const v = zeros(n, kept.length);
  kept.forEach((i, k) => {
    left.data.set(rotations.data.subarray(i * n, (i + 1) * n), k * n);
    for (let j = 0; j < n; j++) v.data[order[j]! * kept.length + k] = r.data[i * n + j]! / lengths[i]!;
  });
  return {
    u: multiply(q, left, { transposeB: true }),
    values: Float64Array.from(kept, (i) => lengths[i]!),
    v,
  };
}

/** Turns pairs of rows until all are orthogonal; `rotations` turns along. */
function orthogonaliseRows(rows: Matrix, rotations: Matrix): void {
  const { rows: n, columns, data } = rows;
  const tolerance = Number.EPSILON * Math.sqrt(columns);
  const vectors = Array.from({ length: n }, (_, i) => data.subarray(i * columns, (i + 1) * columns));
  const turns = Array.from({ length: n }, (_, i) => rotations.data.subarray(i * n, (i + 1) * n));
  for (let sweep = 0; sweep < maxSweeps; sweep++) {
    // Kept up to date below and taken afresh here, before rounding adds up.
    const squares = Float64Array.from(vectors, (vector) => dot(vector, vector));
    let turned = false;
    for (let i = 0; i < n - 1; i++) {
      for (let j = i + 1; j < n; j++) {
        const xx = squares[i]!;
        const yy = squares[j]!;
        const xy = dot(vectors[i]!, vectors[j]!);
        // Rows too short to square are zero beside the others.
        if (xy === 0 || !(Math.abs(xy) > tolerance * Math.sqrt(xx) * Math.sqrt(yy))) continue;
        turned = true;
        const slope = (yy - xx) / (2 * xy);
        const tangent = (slope < 0 ? -1 : 1) / (Math.abs(slope) + Math.hypot(1, slope));
        const cosine = 1 / Math.sqrt(1 + tangent * tangent);
        turn(vectors[i]!, vectors[j]!, cosine, cosine * tangent);
        turn(turns[i]!, turns[j]!, cosine, cosine * tangent);
        squares[i] = Math.max(0, xx - tangent * xy);
        squares[j] = yy + tangent * xy;
      }
    }
    if (!turned) return;
  }
  throw new Error(`the rotations of the SVD did not converge in ${maxSweeps} sweeps`);
}

function turn(x: Float64Array, y: Float64Array, cosine: number, sine: number): void {
  for (let k = 0; k < x.length; k++) {
    const a = x[k]!;
    const b = y[k]!;
    x[k] = cosine * a - sine * b;
    y[k] = sine * a + cosine * b;
  }
}

/**
 * The singular values alone, falling, min(rows, columns) of them; error about machine precision times the largest.
 * Bidiagonalisation (Golub and Kahan, 1965), then the eigenvalues of the tridiagonal matrix of twice the size whose
 * positive half they are.
 */
export function singularValues(a: MatrixView): Float64Array {
  const tall = a.rows < a.columns ? transpose(a) : { ...a, data: Float64Array.from(a.data) };
  const { rows: m, columns: n, data } = tall;
  const beside = new Float64Array(Math.max(0, 2 * n - 1));
  for (let k = 0; k < n; k++) {
    const column = Float64Array.from({ length: m - k }, (_, i) => data[(k + i) * n + k]!);
    const left = reflect(column);
    beside[2 * k] = left.value;
    if (k === n - 1) break;
    if (left.beta !== 0) reflectRows(left, data, n, k, k + 1);
    const right = reflect(data.slice(k * n + k + 1, (k + 1) * n));
    beside[2 * k + 1] = right.value;
    if (right.beta === 0) continue;
    for (let i = k + 1; i < m; i++) reflectStretch(right, data, i * n + k + 1);
  }
  return tridiagonalEigen(new Float64Array(2 * n), beside)
    .slice(n)
    .reverse()
    .map(Math.abs);
}

/** Sum of the singular values. */
export function nuclearNorm(a: MatrixView): number {
  return singularValues(a).reduce((sum, value) => sum + value, 0);
}
