/** One layer centred and scaled to norm 1, with the diagonal of its Gram matrix. */
import { dot, type Matrix, type MatrixView } from '../linearAlgebra/matrix';
import { centred, type Features } from './features';

export interface CentredLayer {
  readonly matrix: Matrix;
  /** ||Xc||_F before it was scaled. */
  readonly norm: number;
  /** ||x_i||^2 of every row, the diagonal of the centred Gram matrix, and their sum. */
  readonly diagonal: Float64Array;
  readonly sum: number;
}

/** Gives the reason instead where a value is not finite or nothing varies. */
export function centredLayer(features: Features): CentredLayer | string {
  const result = centred(features);
  if (typeof result === 'string') return result;
  const { matrix, norm } = result;
  const diagonal = new Float64Array(matrix.rows);
  let sum = 0;
  for (let i = 0; i < matrix.rows; i++) {
    const row = matrix.data.subarray(i * matrix.columns, (i + 1) * matrix.columns);
    diagonal[i] = dot(row, row);
    sum += diagonal[i]!;
  }
  return { matrix, norm, diagonal, sum };
}

/** A layer that cannot be measured takes part as zeros, which disturb no other. */
export function rowsOf(layer: CentredLayer | string, d: number, start: number, count: number): MatrixView {
  if (typeof layer === 'string') return { rows: count, columns: d, data: new Float64Array(count * d) };
  return { rows: count, columns: d, data: layer.matrix.data.subarray(start * d, (start + count) * d) };
}
