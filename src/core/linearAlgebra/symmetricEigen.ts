/** Eigenvalues and eigenvectors of a dense symmetric matrix. */
import { type Reflection, reflect, reflectRows } from './householder';
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

interface PlacedReflection extends Reflection {
  /** Index at which v begins. */
  readonly start: number;
}

function tridiagonalise(matrix: Matrix) {
  const n = matrix.rows;
  if (matrix.columns !== n) throw new RangeError(`a ${n} x ${matrix.columns} matrix is not symmetric`);
  const a = matrix.data.slice();
  const offDiagonal = new Float64Array(Math.max(0, n - 1));
  const reflections: PlacedReflection[] = [];
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
function productOf(reflections: readonly PlacedReflection[], n: number): Matrix {
  const q = identity(n);
  for (let k = reflections.length - 1; k >= 0; k--) {
    const { start } = reflections[k]!;
    reflectRows(reflections[k]!, q.data, n, start, start);
  }
  return q;
}
