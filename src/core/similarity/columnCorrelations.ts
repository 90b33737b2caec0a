/** Correlations between the features of two representations: who of one goes with whom of the other. */
import { type Matrix, zeros } from '../linearAlgebra/matrix';
import { multiply } from '../linearAlgebra/multiply';
import { centred, checkPaired, type Features } from './features';

/**
 * |Pearson| of every column of x with every column of y, `[dx, dy]`; 0 for a column that does not vary. Gives the reason
 * instead where a whole side does not vary or is not finite.
 */
export function columnCorrelations(x: Features, y: Features): Matrix | string {
  checkPaired(x, y);
  const a = standardised(x);
  if (typeof a === 'string') return a;
  const b = standardised(y);
  if (typeof b === 'string') return b;
  const result = multiply(a, b, { transposeA: true });
  for (let i = 0; i < result.data.length; i++) result.data[i] = Math.min(1, Math.abs(result.data[i]!));
  return result;
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
