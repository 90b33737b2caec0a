/** How much of A a linear map of B predicts. */
import { dot } from '../linearAlgebra/matrix';
import { multiply } from '../linearAlgebra/multiply';
import { basesOf } from './canonical';
import { centred, checkPaired, type Features, type Similarity, undefinedBecause } from './features';
import type { Measure } from './measure';
import { everyTime, type Once } from './once';

/** R^2 of predicting x from y by least squares: ||Qy' Xc||_F^2 / ||Xc||_F^2, Qy an orthonormal basis of the centred y. */
function linearRegressionR2(x: Features, y: Features, once: Once = everyTime): Similarity {
  checkPaired(x, y);
  const target = centred(x);
  if (typeof target === 'string') return undefinedBecause(target);
  const source = once(y, 'bases', () => basesOf(y));
  if (typeof source === 'string') return undefinedBecause(source);
  const { u } = source.svd;
  const { data } = multiply(u, target.matrix, { transposeA: true });
  const value = Math.min(1, dot(data, data));
  if (u.columns < x.n - 1) return { value };
  return {
    value,
    note: `B has rank ${u.columns} for ${x.n} samples and predicts anything; give more samples`,
  };
}

export const linearRegression: Measure = {
  id: 'linear-regression',
  name: 'Linear regression R2',
  explanation:
    'Share of the variance of A that a linear map of B predicts (so A against B is not B against A).',
  formula: "||Qy'Xc||_F^2 / ||Xc||_F^2",
  source: 'Kornblith et al., 2019',
  larger: 'more similar',
  range: [0, 1],
  symmetric: false,
  metric: false,
  invariant: { orthogonal: true, scaling: true, permutation: true, translation: true, linear: false },
  on: 'features',
  pairwise: false,
  compare: (x, y, { once }) => linearRegressionR2(x, y, once),
};
