/** Correlations between the features of two representations: who of one goes with whom of the other. */
import { type Matrix, zeros } from '../linearAlgebra/matrix';
import { multiply } from '../linearAlgebra/multiply';
import { compareSides } from './compareSides';
import { centred, type Features, type Similarity } from './features';

/**
 * `value` of |Pearson| of every column of x with every column of y, `[dx, dy]`, 0 for a column that does not vary; or the reason where a
 * whole side does not vary or is not finite.
 */
export function compareColumns(
  x: Features,
  y: Features,
  value: (correlations: Matrix) => number,
): Similarity {
  return compareSides(x, y, ['columns', standardised], (a, b) => {
    const correlations = multiply(a, b, { transposeA: true });
    const { data } = correlations;
    for (let i = 0; i < data.length; i++) data[i] = Math.min(1, Math.abs(data[i]!));
    return { value: value(correlations) };
  });
}

/** Centred columns of length 1; a column that does not vary becomes zeros. */
function standardised(x: Features): Matrix | string {
  const side = centred(x);
  if (typeof side === 'string') return side;
  const { rows: n, columns: d, data } = side.matrix;
  const squares = new Float64Array(d);
  for (let i = 0, at = 0; i < n; i++) for (let j = 0; j < d; j++, at++) squares[j]! += data[at]! ** 2;
  const result = zeros(n, d);
  for (let i = 0, at = 0; i < n; i++) {
    for (let j = 0; j < d; j++, at++) {
      // The whole has norm 1: a column of 1e-14 is what centring a constant one leaves.
      const length = Math.sqrt(squares[j]!);
      result.data[at] = length > 1e-14 ? data[at]! / length : 0;
    }
  }
  return result;
}
