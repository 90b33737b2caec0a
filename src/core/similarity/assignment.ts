/** The assignment problem: every row its own column. */
import type { MatrixView } from '../linearAlgebra/matrix';

/**
 * For every row of `gain` `[rows, columns]`, rows <= columns, the column that makes the sum of the gains largest, no column
 * twice: shortest augmenting paths with potentials (Jonker and Volgenant, 1987), rows^2 columns steps.
 */
export function assignment(gain: MatrixView): Int32Array {
  const { rows, columns, data } = gain;
  if (rows > columns) throw new RangeError(`${rows} rows cannot each have their own of ${columns} columns`);
  const rowOf = new Int32Array(columns).fill(-1);
  const rowPotential = new Float64Array(rows);
  const columnPotential = new Float64Array(columns);
  for (let start = 0; start < rows; start++) {
    const distance = new Float64Array(columns).fill(Number.POSITIVE_INFINITY);
    const previous = new Int32Array(columns).fill(-1);
    const done = new Uint8Array(columns);
    let reached = -1;
    for (let row = start, at = 0; ; row = rowOf[reached]!) {
      let next = -1;
      for (let j = 0; j < columns; j++) {
        if (done[j] === 1) continue;
        const length = at - data[row * columns + j]! - rowPotential[row]! - columnPotential[j]!;
        if (length < distance[j]!) {
          distance[j] = length;
          previous[j] = reached;
        }
        if (next < 0 || distance[j]! < distance[next]!) next = j;
      }
      done[next] = 1;
      reached = next;
      at = distance[next]!;
      if (rowOf[next] === -1) break;
    }
    const shortest = distance[reached]!;
    rowPotential[start]! += shortest;
    for (let j = 0; j < columns; j++) {
      if (done[j] === 0 || j === reached) continue;
      columnPotential[j]! += distance[j]! - shortest;
      rowPotential[rowOf[j]!]! += shortest - distance[j]!;
    }
    for (let j = reached; j >= 0; ) {
      const before = previous[j]!;
      rowOf[j] = before >= 0 ? rowOf[before]! : start;
      j = before;
    }
  }
  const columnOf = new Int32Array(rows);
  rowOf.forEach((row, j) => {
    if (row >= 0) columnOf[row] = j;
  });
  return columnOf;
}
