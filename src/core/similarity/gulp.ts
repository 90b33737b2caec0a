/** GULP: how far apart the predictions of ridge regressions on the two representations can be. */

import { solvePositiveDefinite } from '../linearAlgebra/cholesky';
import { type Matrix, zeros } from '../linearAlgebra/matrix';
import { columnGram, multiply } from '../linearAlgebra/multiply';
import { centred, checkPaired, type Features, type Similarity, undefinedBecause } from './features';
import type { Measure } from './measure';

/** Ridge penalty, in units of the total variance of a representation. */
const gulpLambda = 0.01;

/**
 * d^2 = tr(Ax Ax) + tr(Ay Ay) - 2 tr(Sx^-1 Sxy Sy^-1 Sxy'), Ax = Sx^-1 Cov X and Sx = Cov X + lambda I, both sides centred and
 * scaled to total variance 1 (mean ||x||^2 = 1): sqrt of it is the distance.
 */
function gulpDistance(x: Features, y: Features, lambda: number = gulpLambda): Similarity {
  checkPaired(x, y);
  const a = centred(x);
  if (typeof a === 'string') return undefinedBecause(a);
  const b = centred(y);
  if (typeof b === 'string') return undefinedBecause(b);
  // Norm 1 of the whole is total variance 1: n cancels.
  const [mx, my] = [columnGram(a.matrix), columnGram(b.matrix)];
  const cross = multiply(a.matrix, b.matrix, { transposeA: true });
  const [ax, ay] = [ridge(mx, mx, lambda), ridge(my, my, lambda)];
  const left = ridge(mx, cross, lambda);
  const right = ridge(my, multiply(b.matrix, a.matrix, { transposeA: true }), lambda);
  const squared = traceOfProduct(ax, ax) + traceOfProduct(ay, ay) - 2 * traceOfProduct(left, right);
  return { value: Math.sqrt(Math.max(0, squared)) };
}

/** (covariance + lambda I)^-1 of */
function ridge(covariance: Matrix, of: Matrix, lambda: number): Matrix {
  const shifted = zeros(covariance.rows, covariance.columns);
  shifted.data.set(covariance.data);
  for (let i = 0; i < shifted.rows; i++) shifted.data[i * shifted.columns + i]! += lambda;
  return solvePositiveDefinite(shifted, of);
}

/** tr(a b) */
function traceOfProduct(a: Matrix, b: Matrix): number {
  let sum = 0;
  for (let i = 0; i < a.rows; i++) {
    for (let j = 0; j < a.columns; j++) sum += a.data[i * a.columns + j]! * b.data[j * b.columns + i]!;
  }
  return sum;
}

export const gulp: Measure = {
  id: 'gulp',
  name: 'GULP, lambda 0.01',
  explanation:
    'How far apart the predictions of ridge regressions (lambda 0.01) on the two can be, for any target.',
  formula: "sqrt(tr(Ax^2) + tr(Ay^2) - 2 tr(Sx^-1 Sxy Sy^-1 Sxy')), S = Cov + 0.01 I, total variance 1",
  source: 'Boix-Adsera et al., 2022',
  larger: 'less similar',
  range: [0, null],
  symmetric: true,
  metric: true,
  invariant: { orthogonal: true, scaling: true, permutation: true, translation: true, linear: false },
  on: 'features',
  pairwise: false,
  compare: (x, y) => gulpDistance(x, y),
};
