/** Position embeddings of a network that sees images of another size than it was pretrained on. */
import * as tf from '@tensorflow/tfjs-core';

export interface Grid {
  readonly rows: number;
  readonly columns: number;
}

/**
 * What a library does, in the words of torch.nn.functional.interpolate: `bicubic` (align_corners=False), `antialiased`
 * (the same with antialias=True) or `corners` (align_corners=True).
 */
export type Resampling = 'bicubic' | 'antialiased' | 'corners';

/** `table` `[rows * columns, d]` row by row, of the grid `from`, as one of the grid `to`. Differentiable. */
export function resampleGrid(table: tf.Tensor, from: Grid, to: Grid, how: Resampling): tf.Tensor {
  if (from.rows === to.rows && from.columns === to.columns) return table;
  const d = table.shape[1]!;
  const rows = resamplingMatrix(from.rows, to.rows, how);
  const columns = resamplingMatrix(from.columns, to.columns, how);
  const down = tf.matMul(rows, tf.reshape(table, [from.rows, from.columns * d]));
  const turned = tf.transpose(tf.reshape(down, [to.rows, from.columns, d]), [1, 0, 2]);
  const across = tf.matMul(columns, tf.reshape(turned, [from.columns, to.rows * d]));
  const back = tf.transpose(tf.reshape(across, [to.columns, to.rows, d]), [1, 0, 2]);
  return tf.reshape(back, [to.rows * to.columns, d]);
}

/** `[to, from]`: what each of `from` values along one side gives to each of `to`. */
function resamplingMatrix(from: number, to: number, how: Resampling): tf.Tensor {
  return tf.tensor2d(resamplingWeights(from, to, how), [to, from]);
}

/** The numbers of `resamplingMatrix`, row-major. Formulas: PyTorch's UpSample.h and UpSampleKernel.cpp. */
function resamplingWeights(from: number, to: number, how: Resampling): Float32Array {
  const weights = new Float32Array(to * from);
  for (let i = 0; i < to; i++) {
    const row = weights.subarray(i * from, (i + 1) * from);
    if (how === 'antialiased') antialiasedRow(row, i, from / to);
    else cubicRow(row, how === 'corners' ? i * cornerScale(from, to) : (i + 0.5) * (from / to) - 0.5);
  }
  return weights;
}

function cornerScale(from: number, to: number): number {
  return to > 1 ? (from - 1) / (to - 1) : 0;
}

/** Four taps around `centre`; those beyond an end count for the value at the end. */
function cubicRow(row: Float32Array, centre: number): void {
  const first = Math.floor(centre) - 1;
  for (let k = first; k < first + 4; k++) {
    const place = Math.min(row.length - 1, Math.max(0, k));
    row[place] = row[place]! + cubic(k - centre, -0.75);
  }
}

/** The filter is stretched where the grid shrinks; taps beyond an end are left out. */
function antialiasedRow(row: Float32Array, i: number, scale: number): void {
  const stretch = Math.max(1, scale);
  const centre = (i + 0.5) * scale;
  const first = Math.max(0, Math.trunc(centre - 2 * stretch + 0.5));
  const end = Math.min(row.length, Math.trunc(centre + 2 * stretch + 0.5));
  let total = 0;
  const values: number[] = [];
  for (let k = first; k < end; k++) {
    const value = cubic((k - centre + 0.5) / stretch, -0.5);
    values.push(value);
    total += value;
  }
  for (const [k, value] of values.entries()) row[first + k] = value / total;
}

/** Keys' cubic convolution kernel (1981) with parameter `a`. */
function cubic(distance: number, a: number): number {
  const x = Math.abs(distance);
  if (x < 1) return ((a + 2) * x - (a + 3)) * x * x + 1;
  if (x < 2) return ((x - 5) * x + 8) * a * x - 4 * a;
  return 0;
}
