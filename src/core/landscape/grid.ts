/** The points of a slice or plane, and the order in which they are computed. */

export interface GridPoint {
  readonly row: number;
  readonly column: number;
  /** Distance between neighbours of the picture that is whole when this point and all before it are there. */
  readonly stride: number;
}

/** `count` values from `low` to `high`; the middle one of an odd number exactly halfway. */
export function axisValues(low: number, high: number, count: number): number[] {
  return Array.from({ length: count }, (_, i) => (low * (count - 1 - i) + high * i) / (count - 1));
}

/**
 * All points of a grid, coarse to fine: first those whose places, counted from the middle, are multiples of a power of two
 * that leaves about five an axis, then of half of it, and so on. Within a stride by distance from the middle.
 */
export function coarseToFine(rows: number, columns: number): GridPoint[] {
  const [middleRow, middleColumn] = [Math.floor((rows - 1) / 2), Math.floor((columns - 1) / 2)];
  const points: GridPoint[] = [];
  const longest = Math.max(rows, columns);
  const coarsest = 2 ** Math.max(0, Math.floor(Math.log2((longest - 1) / 4)));
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      let stride = coarsest;
      while ((row - middleRow) % stride !== 0 || (column - middleColumn) % stride !== 0) stride /= 2;
      points.push({ row, column, stride });
    }
  }
  const distance = ({ row, column }: GridPoint) => (row - middleRow) ** 2 + (column - middleColumn) ** 2;
  return points.sort((a, b) => b.stride - a.stride || distance(a) - distance(b));
}
