/** Dense linear algebra: every decomposition multiplied together again, and values known from elsewhere. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { cholesky, solvePositiveDefinite } from '../../../src/core/linearAlgebra/cholesky';
import {
  fromRows,
  identity,
  type Matrix,
  norm,
  transpose,
  zeros,
} from '../../../src/core/linearAlgebra/matrix';
import { columnGram, multiply, rowGram } from '../../../src/core/linearAlgebra/multiply';
import { pivotedQr } from '../../../src/core/linearAlgebra/qr';
import { nuclearNorm, singularValues, svd } from '../../../src/core/linearAlgebra/svd';
import { symmetricEigen, symmetricEigenvalues } from '../../../src/core/linearAlgebra/symmetricEigen';
import { tridiagonalEigen } from '../../../src/core/linearAlgebra/tridiagonalEigen';
import { createRandom } from '../../../src/core/random';
import golden from '../similarity/fixtures/reference-values.json';
import numpy from './fixtures/numpy.json';

function random(rows: number, columns: number, seed: number): Matrix {
  const draw = createRandom(seed);
  return { rows, columns, data: Float64Array.from({ length: rows * columns }, () => draw.normal()) };
}

function plainProduct(a: Matrix, b: Matrix): Matrix {
  const result = zeros(a.rows, b.columns);
  for (let i = 0; i < a.rows; i++) {
    for (let j = 0; j < b.columns; j++) {
      for (let k = 0; k < a.columns; k++) {
        result.data[i * b.columns + j]! += a.data[i * a.columns + k]! * b.data[k * b.columns + j]!;
      }
    }
  }
  return result;
}

function close(found: Float64Array, expected: Float64Array, tolerance = 1e-12): void {
  assert.equal(found.length, expected.length);
  const error = norm(found.map((value, i) => value - expected[i]!));
  assert.ok(error <= tolerance * (1 + norm(expected)), `differs by ${error}`);
}

function orthonormal(columns: Matrix): void {
  close(columnGram(columns).data, identity(columns.columns).data);
}

function timesDiagonal(a: Matrix, diagonal: Float64Array): Matrix {
  return { ...a, data: a.data.map((value, i) => value * diagonal[i % a.columns]!) };
}

for (const [m, k, n] of [
  [1, 1, 1],
  [3, 5, 2],
  [4, 4, 4],
  [17, 300, 9],
  [8, 513, 6],
  [2, 0, 3],
] as const) {
  test(`products of ${m} x ${k} with ${k} x ${n} in every form`, () => {
    const [a, b] = [random(m, k, 1), random(k, n, 2)];
    const expected = plainProduct(a, b).data;
    close(multiply(a, b).data, expected);
    close(multiply(transpose(a), b, { transposeA: true }).data, expected);
    close(multiply(a, transpose(b), { transposeB: true }).data, expected);
    close(multiply(transpose(a), transpose(b), { transposeA: true, transposeB: true }).data, expected);
    close(rowGram(a).data, plainProduct(a, transpose(a)).data);
    close(columnGram(a).data, plainProduct(transpose(a), a).data);
    const narrow = { ...a, data: Float32Array.from(a.data) };
    close(multiply(narrow, b).data, expected, 1e-6);
  });
}

test('sizes that do not fit, or not into memory, are refused before anything is allocated', () => {
  assert.throws(() => multiply(random(2, 3, 1), random(2, 3, 1)), /inner sizes 3 and 2/);
  assert.throws(() => zeros(1e6, 1e6), /does not fit in memory/);
  assert.throws(() => fromRows([[1, 2], [3]]), /different lengths/);
});

test('symmetric eigenvalues and vectors, against numpy and multiplied together again', () => {
  const a = fromRows(numpy.symmetric.matrix);
  const { values, vectors } = symmetricEigen(a);
  close(values, Float64Array.from(numpy.symmetric.eigenvalues));
  close(symmetricEigenvalues(a), values);
  orthonormal(transpose(vectors));
  close(
    multiply(vectors, timesDiagonal(transpose(vectors), values), { transposeA: true, transposeB: true }).data,
    a.data,
  );
  close(
    symmetricEigen(fromRows(golden.curvature.quadratic.A)).values,
    Float64Array.from(golden.curvature.quadratic.eig),
  );
});

test('eigenvalues that repeat, vanish, or stand alone', () => {
  for (const diagonal of [[3, 3, 3, 3], [0, 0, 0], [5], [1e-8, 1, 1e8], [-1, -1, 2, 2, 0]]) {
    const d = Float64Array.from(diagonal);
    const { q } = pivotedQr(random(d.length, d.length, 3));
    const { values, vectors } = symmetricEigen(multiply(timesDiagonal(q, d), q, { transposeB: true }));
    close(values, d.slice().sort());
    orthonormal(transpose(vectors));
  }
  assert.throws(
    () =>
      symmetricEigen(
        fromRows([
          [1, Number.NaN],
          [Number.NaN, 1],
        ]),
      ),
    /not finite/,
  );
  assert.throws(() => symmetricEigen(random(2, 3, 1)), /not symmetric/);
});

test('the tridiagonal matrix of Lanczos: Ritz values and the weights of their quadrature', () => {
  const { alphas, betas, ritz, slq_weights: weights } = golden.curvature.lanczos_diag12345_start_ones;
  const vectors = identity(5);
  close(
    tridiagonalEigen(Float64Array.from(alphas), Float64Array.from(betas), vectors),
    Float64Array.from(ritz),
  );
  close(
    Float64Array.from(weights, (_, i) => vectors.data[i * 5]! ** 2),
    Float64Array.from(weights),
  );
});

for (const [m, n] of [
  [6, 6],
  [12, 4],
  [3, 9],
  [40, 40],
  [1, 5],
] as const) {
  test(`QR and SVD of ${m} x ${n}`, () => {
    const a = random(m, n, 10 * m + n);
    const { q, r, order } = pivotedQr(a);
    orthonormal(q);
    const product = multiply(q, r);
    const restored = zeros(m, n);
    order.forEach((column, j) => {
      for (let i = 0; i < m; i++) restored.data[i * n + column] = product.data[i * n + j]!;
    });
    close(restored.data, a.data);

    const { u, values, v } = svd(a);
    orthonormal(u);
    orthonormal(v);
    close(multiply(timesDiagonal(u, values), v, { transposeB: true }).data, a.data);
    close(singularValues(a), values);
    assert.ok(values.every((value, i) => i === 0 || value <= values[i - 1]!));
  });
}

test('singular values against numpy, also far apart, and the cut of small ones', () => {
  const a = fromRows(numpy.graded.matrix);
  const expected = Float64Array.from(numpy.graded.singularValues);
  close(svd(a).values, expected);
  close(singularValues(a), expected);
  assert.equal(svd(a, 1e-6).values.length, expected.filter((value) => value > 1e-6 * expected[0]!).length);
  assert.ok(Math.abs(nuclearNorm(a) - numpy.graded.nuclearNorm) < 1e-12 * numpy.graded.nuclearNorm);
});

test('a matrix of low rank has that many singular values above rounding', () => {
  const a = multiply(random(20, 3, 5), random(3, 8, 6));
  assert.equal(svd(a, 1e-10).values.length, 3);
  assert.equal(svd(zeros(4, 2)).values.length, 0);
  close(singularValues(zeros(4, 2)), new Float64Array(2));
  assert.throws(() => svd(fromRows([[Number.NaN]])), /not finite/);
});

test('positive definite systems', () => {
  const a = columnGram(random(30, 12, 9));
  const x = random(12, 5, 10);
  close(solvePositiveDefinite(a, multiply(a, x)).data, x.data, 1e-9);
  const factor = cholesky(a);
  close(multiply(factor, factor, { transposeB: true }).data, a.data);
  assert.throws(
    () =>
      cholesky(
        fromRows([
          [1, 2],
          [2, 1],
        ]),
      ),
    /not positive definite/,
  );
});
