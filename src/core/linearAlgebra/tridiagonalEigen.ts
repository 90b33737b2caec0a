/** Eigenvalues and eigenvectors of a symmetric tridiagonal matrix by the implicit QL method. */
import type { Matrix } from './matrix';

const maxSweeps = 60;

/**
 * Eigenvalues, ascending, of the symmetric tridiagonal matrix with `diagonal` (n) and `offDiagonal` (n - 1); error about
 * machine precision times the matrix norm. If `rows` `[n, k]` is given, its rows are rotated and sorted along, in place:
 * from the identity they become the eigenvectors, one a row. Implicit QL with Wilkinson's shift (Dubrulle, Martin and
 * Wilkinson, 1968; EISPACK's imtql2). Throws a RangeError if an entry is not finite.
 */
export function tridiagonalEigen(
  diagonal: Float64Array,
  offDiagonal: Float64Array,
  rows?: Matrix,
): Float64Array {
  const n = diagonal.length;
  const d = diagonal.slice();
  const e = new Float64Array(n);
  e.set(offDiagonal.subarray(0, Math.max(0, n - 1)));
  if (!d.every(Number.isFinite) || !e.every(Number.isFinite)) {
    throw new RangeError('eigenvalues of a matrix with entries that are not finite');
  }
  let scale = 0;
  for (let l = 0; l < n; l++) {
    scale = Math.max(scale, Math.abs(d[l]!) + Math.abs(e[l]!));
    for (let sweep = 0; ; sweep++) {
      const m = firstNegligible(e, l, scale);
      if (m === l) break;
      if (sweep === maxSweeps) throw new Error(`the QL method did not converge in ${maxSweeps} sweeps`);
      sweepOnce(d, e, l, m, rows);
    }
  }
  return sortAscending(d, rows);
}

/** The first place from l on where the matrix falls apart into two. */
function firstNegligible(e: Float64Array, l: number, scale: number): number {
  let m = l;
  while (m < e.length - 1 && Math.abs(e[m]!) > Number.EPSILON * scale) m++;
  return m;
}

function sweepOnce(d: Float64Array, e: Float64Array, l: number, m: number, rows: Matrix | undefined): void {
  const slope = (d[l + 1]! - d[l]!) / (2 * e[l]!);
  const root = Math.hypot(slope, 1);
  let g = d[m]! - d[l]! + e[l]! / (slope + (slope >= 0 ? root : -root));
  let sine = 1;
  let cosine = 1;
  let shift = 0;
  for (let i = m - 1; i >= l; i--) {
    const f = sine * e[i]!;
    const b = cosine * e[i]!;
    const r = Math.hypot(f, g);
    e[i + 1] = r;
    if (r === 0) {
      // Fell apart on the way: go on with the smaller part.
      d[i + 1]! -= shift;
      e[m] = 0;
      return;
    }
    sine = f / r;
    cosine = g / r;
    g = d[i + 1]! - shift;
    const t = (d[i]! - g) * sine + 2 * cosine * b;
    shift = sine * t;
    d[i + 1] = g + shift;
    g = cosine * t - b;
    if (rows) rotate(rows, i, sine, cosine);
  }
  d[l]! -= shift;
  e[l] = g;
  e[m] = 0;
}

/** Turns rows i and i + 1 in their plane. */
function rotate(rows: Matrix, i: number, sine: number, cosine: number): void {
  const { columns, data } = rows;
  for (let p = i * columns, q = p + columns, end = q; p < end; p++, q++) {
    const lower = data[q]!;
    const upper = data[p]!;
    data[q] = sine * upper + cosine * lower;
    data[p] = cosine * upper - sine * lower;
  }
}

function sortAscending(values: Float64Array, rows: Matrix | undefined): Float64Array {
  const order = Uint32Array.from(values, (_, i) => i).sort((i, j) => values[i]! - values[j]!);
  if (rows) {
    const { columns, data } = rows;
    const unsorted = data.slice();
    order.forEach((from, to) => {
      data.set(unsorted.subarray(from * columns, (from + 1) * columns), to * columns);
    });
  }
  return Float64Array.from(order, (i) => values[i]!);
}
