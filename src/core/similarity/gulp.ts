/** GULP: how far apart the predictions of ridge regressions on the two representations can be. */

import { solvePositiveDefinite } from '../linearAlgebra/cholesky';
import { type Matrix, zeros } from '../linearAlgebra/matrix';
import { columnGram, multiply } from '../linearAlgebra/multiply';
import { compareSides } from './compareSides';
import { centred, type Features, type Similarity } from './features';
import type { Measure } from './measure';

/** Ridge penalty, in units of the total variance of a representation. */
const gulpLambda = 0.01;

/**
 * d^2 = tr(Ax Ax) + tr(Ay Ay) - 2 tr(Sx^-1 Sxy Sy^-1 Sxy'), Ax = Sx^-1 Cov X and Sx = Cov X + lambda I, both sides centred and
 * scaled to total variance 1 (mean ||x||^2 = 1): sqrt of it is the distance.
 */
function gulpDistance(x: RidgeSide, y: RidgeSide): Similarity {
  const left = ridge(x.covariance, multiply(x.centred, y.centred, { transposeA: true }));
  const right = ridge(y.covariance, multiply(y.centred, x.centred, { transposeA: true }));
  return { value: Math.sqrt(Math.max(0, x.own + y.own - 2 * traceOfProduct(left, right))) };
}

interface RidgeSide {
  readonly centred: Matrix;
  readonly covariance: Matrix;
  /** tr(A A) */
  readonly own: number;
}

function ridgeSide(features: Features): RidgeSide | string {
  const side = centred(features);
  if (typeof side === 'string') return side;
  // Norm 1 of the whole is total variance 1: n cancels.
  const covariance = columnGram(side.matrix);
  const a = ridge(covariance, covariance);
  return { centred: side.matrix, covariance, own: traceOfProduct(a, a) };
}

/** (covariance + lambda I)^-1 of */
function ridge(covariance: Matrix, of: Matrix): Matrix {
  const shifted = zeros(covariance.rows, covariance.columns);
  shifted.data.set(covariance.data);
  for (let i = 0; i < shifted.rows; i++) shifted.data[i * shifted.columns + i]! += gulpLambda;
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
  compare: (x, y, { once }) => compareSides(x, y, ['ridge', ridgeSide], gulpDistance, once),
};
