/**
 * Matrix products in float64. Both factors are copied into panels of four rows or columns, so that one inner loop serves
 * every form (a b, a' b, a b') and both precisions, and reads memory in order.
 */
import { type Matrix, type MatrixView, zeros } from './matrix';

export interface MultiplyOptions {
  readonly transposeA?: boolean;
  readonly transposeB?: boolean;
}

/** Depth of a panel: 4 x 256 float64 = 8 kB, so that a panel of each factor stays in the first-level cache. */
const depthBlock = 256;
const panelWidth = 4;

/** The product of a or its transpose with b or its transpose. Throws a RangeError if the inner sizes differ. */
export function multiply(a: MatrixView, b: MatrixView, options: MultiplyOptions = {}): Matrix {
  const { transposeA = false, transposeB = false } = options;
  const rows = transposeA ? a.columns : a.rows;
  const depth = transposeA ? a.rows : a.columns;
  const columns = transposeB ? b.rows : b.columns;
  if (depth !== (transposeB ? b.columns : b.rows)) {
    throw new RangeError(`product of inner sizes ${depth} and ${transposeB ? b.columns : b.rows}`);
  }
  const result = zeros(rows, columns);
  accumulate(result, a, transposeA, b, !transposeB, depth, false);
  return result;
}

/** a' a `[columns, columns]`: half the work of the general product. */
export function columnGram(a: MatrixView): Matrix {
  const result = zeros(a.columns, a.columns);
  accumulate(result, a, true, a, true, a.rows, true);
  return mirrored(result);
}

/** a a' `[rows, rows]`: half the work of the general product. */
export function rowGram(a: MatrixView): Matrix {
  const result = zeros(a.rows, a.rows);
  accumulate(result, a, false, a, false, a.columns, true);
  return mirrored(result);
}

/** `aDown`, `bDown`: the inner index runs down the rows of that factor. `upper`: leave out panels below the diagonal. */
function accumulate(
  result: Matrix,
  a: MatrixView,
  aDown: boolean,
  b: MatrixView,
  bDown: boolean,
  depth: number,
  upper: boolean,
): void {
  const { rows, columns } = result;
  const panelsA = Math.ceil(rows / panelWidth);
  const panelsB = Math.ceil(columns / panelWidth);
  const block = Math.min(depth, depthBlock);
  const packedA = new Float64Array(panelWidth * block);
  const packedB = new Float64Array(panelsB * panelWidth * block);
  const tile = new Float64Array(panelWidth * panelWidth);
  for (let from = 0; from < depth; from += block) {
    const size = Math.min(block, depth - from);
    for (let p = 0; p < panelsB; p++) pack(b, bDown, p, columns, from, size, packedB, p * panelWidth * block);
    for (let p = 0; p < panelsA; p++) {
      pack(a, aDown, p, rows, from, size, packedA, 0);
      for (let q = upper ? p : 0; q < panelsB; q++) {
        multiplyPanels(packedA, packedB, q * panelWidth * block, size, tile);
        addTile(result, tile, p * panelWidth, q * panelWidth);
      }
    }
  }
}

/** Copies panel `panel` (four outer indices, zeros beyond `extent`) for inner indices from..from+size, inner index slow. */
function pack(
  source: MatrixView,
  down: boolean,
  panel: number,
  extent: number,
  from: number,
  size: number,
  target: Float64Array,
  offset: number,
): void {
  const { data, columns } = source;
  const outerStride = down ? 1 : columns;
  const innerStride = down ? columns : 1;
  for (let c = 0; c < panelWidth; c++) {
    const outer = panel * panelWidth + c;
    let to = offset + c;
    if (outer >= extent) {
      for (let k = 0; k < size; k++, to += panelWidth) target[to] = 0;
    } else {
      let read = outer * outerStride + from * innerStride;
      for (let k = 0; k < size; k++, to += panelWidth, read += innerStride) target[to] = data[read]!;
    }
  }
}

/** tile = the 4 x 4 product of two panels. Sixteen local sums: what the processor's registers hold. */
function multiplyPanels(
  a: Float64Array,
  b: Float64Array,
  offset: number,
  size: number,
  tile: Float64Array,
): void {
  let c00 = 0;
  let c01 = 0;
  let c02 = 0;
  let c03 = 0;
  let c10 = 0;
  let c11 = 0;
  let c12 = 0;
  let c13 = 0;
  let c20 = 0;
  let c21 = 0;
  let c22 = 0;
  let c23 = 0;
  let c30 = 0;
  let c31 = 0;
  let c32 = 0;
  let c33 = 0;
  const end = size * panelWidth;
  for (let i = 0, j = offset; i < end; i += panelWidth, j += panelWidth) {
    const b0 = b[j]!;
    const b1 = b[j + 1]!;
    const b2 = b[j + 2]!;
    const b3 = b[j + 3]!;
    const a0 = a[i]!;
    c00 += a0 * b0;
    c01 += a0 * b1;
    c02 += a0 * b2;
    c03 += a0 * b3;
    const a1 = a[i + 1]!;
    c10 += a1 * b0;
    c11 += a1 * b1;
    c12 += a1 * b2;
    c13 += a1 * b3;
    const a2 = a[i + 2]!;
    c20 += a2 * b0;
    c21 += a2 * b1;
    c22 += a2 * b2;
    c23 += a2 * b3;
    const a3 = a[i + 3]!;
    c30 += a3 * b0;
    c31 += a3 * b1;
    c32 += a3 * b2;
    c33 += a3 * b3;
  }
  tile[0] = c00;
  tile[1] = c01;
  tile[2] = c02;
  tile[3] = c03;
  tile[4] = c10;
  tile[5] = c11;
  tile[6] = c12;
  tile[7] = c13;
  tile[8] = c20;
  tile[9] = c21;
  tile[10] = c22;
  tile[11] = c23;
  tile[12] = c30;
  tile[13] = c31;
  tile[14] = c32;
  tile[15] = c33;
}

function addTile(result: Matrix, tile: Float64Array, row: number, column: number): void {
  const height = Math.min(panelWidth, result.rows - row);
  const width = Math.min(panelWidth, result.columns - column);
  for (let i = 0; i < height; i++) {
    const at = (row + i) * result.columns + column;
    for (let j = 0; j < width; j++) result.data[at + j]! += tile[i * panelWidth + j]!;
  }
}

/** Copies the upper triangle over the lower one, in place. */
function mirrored(matrix: Matrix): Matrix {
  const { rows, data } = matrix;
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < i; j++) data[i * rows + j] = data[j * rows + i]!;
  }
  return matrix;
}
