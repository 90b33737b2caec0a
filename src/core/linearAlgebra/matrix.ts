/** Dense float64 matrices: the little that the measures need, in ordinary memory. */

/** Row-major: entry (i, j) is `data[i * columns + j]`. */
export interface Matrix {
  readonly rows: number;
  readonly columns: number;
  readonly data: Float64Array;
}

/** A matrix that is only read, in either precision. */
export interface MatrixView {
  readonly rows: number;
  readonly columns: number;
  readonly data: Float64Array | Float32Array;
}

/** 2 GiB of float64: above this a matrix of this program is a mistake, not a need. */
const maxEntries = 2 ** 28;

/** A matrix of zeros. Throws a RangeError above 2^28 entries, before allocating. */
export function zeros(rows: number, columns: number): Matrix {
  if (!(rows >= 0 && columns >= 0 && rows * columns <= maxEntries)) {
    throw new RangeError(`a matrix of ${rows} x ${columns} numbers does not fit in memory`);
  }
  return { rows, columns, data: new Float64Array(rows * columns) };
}

export function fromRows(rows: readonly (readonly number[])[]): Matrix {
  const columns = rows[0]?.length ?? 0;
  if (rows.some((row) => row.length !== columns)) throw new RangeError('rows of different lengths');
  return { rows: rows.length, columns, data: Float64Array.from(rows.flat()) };
}

export function identity(size: number): Matrix {
  const result = zeros(size, size);
  for (let i = 0; i < size; i++) result.data[i * size + i] = 1;
  return result;
}

export function transpose(a: MatrixView): Matrix {
  const result = zeros(a.columns, a.rows);
  for (let i = 0; i < a.rows; i++) {
    for (let j = 0; j < a.columns; j++) result.data[j * a.rows + i] = a.data[i * a.columns + j]!;
  }
  return result;
}

/** Sum of a[i] b[i]. */
export function dot(a: Float64Array | Float32Array, b: Float64Array | Float32Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}

/** Euclidean norm, of a matrix the Frobenius norm. */
export function norm(a: Float64Array | Float32Array): number {
  return Math.sqrt(dot(a, a));
}
