/** Where a point of weight space lies in a slice or a plane, and how far from it. */
import { dot } from '../linearAlgebra/matrix';

export interface Coordinates {
  readonly x: number;
  readonly y: number;
  /** Distance between the point and the nearest one of the slice or plane. */
  readonly distance: number;
}

/**
 * Least squares: the (x, y) that minimises ||point - origin - x first - y second||, from the normal equations, so that axes need
 * be neither orthogonal nor of length 1. Without `second`, y is 0. Axes along the same line share the smallest x and y.
 */
export function coordinatesOf(
  point: Float32Array,
  origin: Float32Array,
  first: Float32Array,
  second?: Float32Array,
): Coordinates {
  const offset = Float64Array.from(point, (value, i) => value - origin[i]!);
  const aa = dot(first, first);
  const a = dot(offset, first);
  let [x, y] = [aa > 0 ? a / aa : 0, 0];
  if (second) {
    const [bb, ab, b] = [dot(second, second), dot(first, second), dot(offset, second)];
    const determinant = aa * bb - ab * ab;
    if (determinant > 1e-10 * aa * bb) {
      x = (a * bb - b * ab) / determinant;
      y = (b * aa - a * ab) / determinant;
    } else if (aa + bb > 0) {
      // One line: along the unit vector of both, the least norm solution.
      const sign = ab < 0 ? -1 : 1;
      const [p, q] = [Math.sqrt(aa), sign * Math.sqrt(bb)];
      const along = aa >= bb ? a / p : b / q;
      x = (along * p) / (aa + bb);
      y = (along * q) / (aa + bb);
    }
  }
  let sum = 0;
  for (let i = 0; i < offset.length; i++) {
    sum += (offset[i]! - x * first[i]! - (second ? y * second[i]! : 0)) ** 2;
  }
  return { x, y, distance: Math.sqrt(sum) };
}
