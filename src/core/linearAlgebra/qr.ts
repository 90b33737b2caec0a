/** QR decomposition with column pivoting. */
import { type Reflection, reflect, reflectStretch } from './householder';
import { type Matrix, type MatrixView, transpose, zeros } from './matrix';

export interface PivotedQr {
  /** `[rows, k]`, k = min(rows, columns); orthonormal columns. */
  readonly q: Matrix;
  /** `[k, columns]`, upper triangular, diagonal falling in magnitude. */
  readonly r: Matrix;
  /** Column j of q r is column `order[j]` of the input. */
  readonly order: Uint32Array;
}

/** a[:, order] = q r by Householder reflections (Golub and Van Loan, algorithm 5.4.1). */
export function pivotedQr(a: MatrixView): PivotedQr {
  const { rows: m, columns: n } = a;
  const depth = Math.min(m, n);
  // Columns as rows, so that every loop runs along memory.
  const { data } = transpose(a);
  const order = Uint32Array.from({ length: n }, (_, j) => j);
  const reflections: Reflection[] = [];
  for (let k = 0; k < depth; k++) {
    exchange(data, order, m, k, longest(data, m, n, k));
    const reflection = reflect(data.slice(k * m + k, (k + 1) * m));
    reflections.push(reflection);
    if (reflection.beta === 0) continue;
    for (let j = k; j < n; j++) reflectStretch(reflection, data, j * m + k);
  }
  const r = zeros(depth, n);
  for (let j = 0; j < n; j++) {
    for (let i = 0; i <= Math.min(j, depth - 1); i++) r.data[i * n + j] = data[j * m + i]!;
  }
  return { q: firstColumns(reflections, m, depth), r, order };
}

/** The first `count` columns of the product of the reflections, the k-th of which acts on entries k and on. */
function firstColumns(reflections: readonly Reflection[], m: number, count: number): Matrix {
  const columns = zeros(count, m);
  for (let j = 0; j < count; j++) {
    columns.data[j * m + j] = 1;
    for (let k = Math.min(j, reflections.length - 1); k >= 0; k--) {
      reflectStretch(reflections[k]!, columns.data, j * m + k);
    }
  }
  return transpose(columns);
}

/** The column, from k on, whose entries from k on are longest. */
function longest(data: Float64Array, m: number, n: number, k: number): number {
  let best = k;
  let bestSum = -1;
  for (let j = k; j < n; j++) {
    let sum = 0;
    for (let i = j * m + k; i < (j + 1) * m; i++) sum += data[i]! * data[i]!;
    if (sum > bestSum) {
      bestSum = sum;
      best = j;
    }
  }
  return best;
}

function exchange(data: Float64Array, order: Uint32Array, m: number, k: number, other: number): void {
  if (other === k) return;
  const kept = data.slice(k * m, (k + 1) * m);
  data.copyWithin(k * m, other * m, (other + 1) * m);
  data.set(kept, other * m);
  const index = order[k]!;
  order[k] = order[other]!;
  order[other] = index;
}
