/** Eigenvalues and eigenvectors of a dense symmetric matrix. */
import { identity, type Matrix, transpose } from './matrix';
import { tridiagonalEigen } from './tridiagonalEigen';

export interface Eigen {
  /** Ascending. */
  readonly values: Float64Array;
  /** Row i is the unit eigenvector of `values[i]`. */
  readonly vectors: Matrix;
}

/**
 * All eigenpairs of a symmetric matrix, of which both triangles are read: Householder tridiagonalisation (Golub and
 * Van Loan, algorithm 8.3.1), then implicit QL. Throws a RangeError if it is not square or not finite.
 */
export function symmetricEigen(matrix: Matrix): Eigen {
  const { diagonal, offDiagonal, reflections } = tridiagonalise(matrix);
  const vectors = transpose(productOf(reflections, matrix.rows));
  return { values: tridiagonalEigen(diagonal, offDiagonal, vectors), vectors };
}

/** The eigenvalues alone, ascending: about a third of the work. */
export function symmetricEigenvalues(matrix: Matrix): Float64Array {
  const { diagonal, offDiagonal } = tridiagonalise(matrix);
  return tridiagonalEigen(diagonal, offDiagonal);
}

/** I - beta v v', where v starts at index `start`. */
interface Reflection {
  readonly start: number;
  readonly v: Float64Array;
  readonly beta: number;
}

function tridiagonalise(matrix: Matrix) {
  const n = matrix.rows;
  if (matrix.columns !== n) throw new RangeError(`a ${n} x ${matrix.columns} matrix is not symmetric`);
  const a = matrix.data.slice();
  const offDiagonal = new Float64Array(Math.max(0, n - 1));
  const reflections: Reflection[] = [];
  for (let k = 0; k < n - 1; k++) {
    const start = k + 1;
    const column = Float64Array.from({ length: n - start }, (_, i) => a[k * n + start + i]!);
    const { v, beta, value } = reflect(column);
    offDiagonal[k] = value;
    if (beta !== 0) {
      rankTwoUpdate(a, n, start, v, beta);
      reflections.push({ start, v, beta });
    }
  }
  const diagonal = Float64Array.from({ length: n }, (_, i) => a[i * n + i]!);
  return { diagonal, offDiagonal, reflections };
}

/** The reflection I - beta v v' that takes `x` to (value, 0, ..., 0); beta 0 if nothing needs to be done. */
export function reflect(x: Float64Array): { v: Float64Array; beta: number; value: number } {
  const head = x[0]!;
  let tail = 0;
  for (let i = 1; i < x.length; i++) tail = Math.max(tail, Math.abs(x[i]!));
  if (tail === 0) return { v: x, beta: 0, value: head };
  // Scaled, so that squares neither overflow nor vanish.
  const scale = Math.max(tail, Math.abs(head));
  let sum = 0;
  for (let i = 0; i < x.length; i++) sum += (x[i]! / scale) ** 2;
  const length = scale * Math.sqrt(sum);
  const value = head > 0 ? -length : length;
  const v = x.slice();
  v[0] = head - value;
  for (let i = 0; i < v.length; i++) v[i]! /= length;
  const size = v.reduce((total, entry) => total + entry * entry, 0);
  return { v, beta: 2 / size, value };
}

/** A <- P A P on the trailing block, P = I - beta v v', as A - v w' - w v'. */
function rankTwoUpdate(a: Float64Array, n: number, start: number, v: Float64Array, beta: number): void {
  const size = n - start;
  const w = new Float64Array(size);
  let vw = 0;
  for (let i = 0; i < size; i++) {
    const at = (start + i) * n + start;
    let sum = 0;
    for (let j = 0; j < size; j++) sum += a[at + j]! * v[j]!;
    w[i] = beta * sum;
    vw += w[i]! * v[i]!;
  }
  for (let i = 0; i < size; i++) w[i]! -= (beta / 2) * vw * v[i]!;
  for (let i = 0; i < size; i++) {
    const at = (start + i) * n + start;
    const vi = v[i]!;
    const wi = w[i]!;
    for (let j = 0; j < size; j++) a[at + j]! -= vi * w[j]! + wi * v[j]!;
  }
}

/** The product of the reflections, first on the left, as a matrix; built from the last, so that blocks grow. */
function productOf(reflections: readonly Reflection[], n: number): Matrix {
  const q = identity(n);
  for (let k = reflections.length - 1; k >= 0; k--) {
    const { start, v, beta } = reflections[k]!;
    const sums = new Float64Array(n - start);
    for (let i = start; i < n; i++) {
      for (let j = start; j < n; j++) sums[j - start]! += v[i - start]! * q.data[i * n + j]!;
    }
    for (let i = start; i < n; i++) {
      const factor = beta * v[i - start]!;
      for (let j = start; j < n; j++) q.data[i * n + j]! -= factor * sums[j - start]!;
    }
  }
  return q;
}
