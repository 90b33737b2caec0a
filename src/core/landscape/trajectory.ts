/** The plane in which the checkpoints of a training vary most. */
import { fromRows } from '../linearAlgebra/matrix';
import { symmetricEigen } from '../linearAlgebra/symmetricEigen';

export interface PrincipalAxis {
  /** Of length 1. */
  readonly direction: Float32Array;
  /** Part of the variance of all points, 0 to 1. */
  readonly explainedVariance: number;
}

/**
 * Principal components of `points`, at most `count`, by the Gram matrix of their differences to `origin` (Li et al., 2018, take the
 * last checkpoint as the origin, as we do: the plane then holds the model itself). Variance is about the origin too. Fewer where
 * the points span fewer dimensions; signs are such that the first point lies at a positive coordinate.
 */
export function principalAxes(
  points: readonly Float32Array[],
  origin: Float32Array,
  count: number,
): PrincipalAxis[] {
  const n = points.length;
  // The points may be many and large: their differences to the origin are not kept.
  const gram = points.map(() => new Array<number>(n).fill(0));
  points.forEach((a, i) => {
    const offset = a.map((value, k) => value - origin[k]!);
    for (let j = i; j < n; j++) {
      const b = points[j]!;
      let sum = 0;
      for (let k = 0; k < offset.length; k++) sum += offset[k]! * (b[k]! - origin[k]!);
      gram[i]![j] = sum;
      gram[j]![i] = sum;
    }
  });
  const total = gram.reduce((sum, row, i) => sum + row[i]!, 0);
  if (!(total > 0)) return [];
  const { values, vectors } = symmetricEigen(fromRows(gram));
  const order = Array.from(values, (_, k) => k).sort((a, b) => values[b]! - values[a]!);
  return order.slice(0, count).flatMap((k) => {
    const value = values[k]!;
    if (value <= 1e-10 * total) return [];
    const coefficients = vectors.data.slice(k * n, (k + 1) * n);
    const sum = new Float64Array(origin.length);
    coefficients.forEach((coefficient, i) => {
      const point = points[i]!;
      for (let j = 0; j < sum.length; j++) sum[j]! += coefficient * (point[j]! - origin[j]!);
    });
    const scale = (coefficients[0]! < 0 ? -1 : 1) / Math.sqrt(value);
    return [
      { direction: Float32Array.from(sum, (entry) => entry * scale), explainedVariance: value / total },
    ];
  });
}
