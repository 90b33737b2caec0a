/** Derivatives of matrix products and of the operations that move elements. */
import * as tf from '@tensorflow/tfjs-core';
import { drawsFrom } from '../../../support/tensors';
import { type DerivativeCase, type DerivativeCases, derivativeCase } from './case';

const draw = drawsFrom(13);

function product(left: readonly number[], right: readonly number[]): DerivativeCase[] {
  return [false, true].flatMap((transposeA) =>
    [false, true].map((transposeB) => {
      const a = [...left, ...(transposeA ? [3, 2] : [2, 3])];
      const b = [...right, ...(transposeB ? [2, 3] : [3, 2])];
      const name = `[${a}]${transposeA ? ' transposed' : ''} by [${b}]${transposeB ? ' transposed' : ''}`;
      return derivativeCase(name, [draw.uniform(a), draw.uniform(b)], (x, y) =>
        tf.matMul(x, y, transposeA, transposeB),
      );
    }),
  );
}

const moved = (name: string, shape: readonly number[], compute: DerivativeCase['compute']) =>
  derivativeCase(name, [draw.uniform(shape)], compute);

const two = (name: string, shapes: readonly (readonly number[])[], compute: DerivativeCase['compute']) =>
  derivativeCase(
    name,
    shapes.map((shape) => draw.uniform(shape)),
    compute,
  );

export const structure: DerivativeCases = {
  [tf.BatchMatMul]: [
    ...product([], []),
    ...product([2], [2]),
    ...product([2, 2], [2, 2]),
    moved('with itself transposed', [3, 4], (x) => tf.matMul(x, x, false, true)),
    two('of a row, with a bias', [[1, 3], [3, 4], [4]], (a, b, bias) => tf.add(tf.matMul(a, b), bias)),
  ],
  [tf.Reshape]: [
    moved('to other extents', [2, 6], (x) => tf.reshape(x, [3, 4])),
    moved('a broadcast', [3, 1], (x) => tf.reshape(tf.broadcastTo(x, [2, 3, 2]), [6, 2])),
  ],
  [tf.ExpandDims]: [moved('axis -1', [2, 3], (x) => tf.expandDims(x, -1))],
  [tf.Transpose]: [
    moved('reversed', [2, 3, 2], (x) => tf.transpose(x)),
    moved('permuted', [2, 3, 2, 2], (x) => tf.transpose(x, [0, 2, 1, 3])),
  ],
  [tf.Pack]: [
    two(
      'axis 0',
      [
        [2, 3],
        [2, 3],
      ],
      (a, b) => tf.stack([a, b]),
    ),
    two(
      'axis -1',
      [
        [2, 3],
        [2, 3],
      ],
      (a, b) => tf.stack([a, b, a], -1),
    ),
  ],
  [tf.Unpack]: [
    moved('axis 0', [3, 2], (x) => tf.unstack(x, 0)),
    moved('axis -1, some of it', [2, 3], (x) => tf.unstack(x, -1)[1]!),
  ],
  [tf.Concat]: [
    two(
      'axis 0',
      [
        [2, 3],
        [1, 3],
      ],
      (a, b) => tf.concat([a, b], 0),
    ),
    two(
      'axis -1',
      [
        [2, 3],
        [2, 1],
      ],
      (a, b) => tf.concat([a, b, a], -1),
    ),
  ],
  [tf.SplitV]: [
    moved('equal parts', [2, 4], (x) => tf.split(x, 2, 1)),
    moved('some of the parts', [5, 2], (x) => tf.split(x, [2, 1, 2], 0).slice(1)),
  ],
  [tf.Tile]: [
    moved('both axes', [2, 3], (x) => tf.tile(x, [2, 3])),
    moved('an extent of 1', [2, 1, 2], (x) => tf.tile(x, [1, 3, 1])),
  ],
  [tf.Slice]: [moved('inside', [3, 4], (x) => tf.slice(x, [1, 1], [2, 2]))],
  [tf.Reverse]: [
    moved('an axis', [2, 3], (x) => tf.reverse(x, -1)),
    moved('all', [2, 3], (x) => tf.reverse(x)),
  ],
  [tf.PadV2]: [
    moved('zeros', [2, 3], (x) =>
      tf.pad(x, [
        [1, 0],
        [2, 1],
      ]),
    ),
  ],
  [tf.GatherV2]: [
    moved('rows, one twice', [3, 2], (x) => tf.gather(x, tf.tensor1d([2, 0, 2], 'int32'))),
    moved('axis 1', [2, 4], (x) => tf.gather(x, tf.tensor1d([3, 3, 1], 'int32'), 1)),
    moved('the middle axis, a table', [2, 3, 2], (x) =>
      tf.gather(
        x,
        tf.tensor2d(
          [
            [0, 2],
            [1, 0],
          ],
          [2, 2],
          'int32',
        ),
        1,
      ),
    ),
  ],
  [tf.UnsortedSegmentSum]: [
    moved('ids out of range too', [4, 2], (x) =>
      tf.unsortedSegmentSum(x, tf.tensor1d([0, 2, -1, 0], 'int32'), 3),
    ),
  ],
  [tf.OneHot]: [
    moved('picks a class', [2, 3], (x) =>
      tf.sum(tf.mul(tf.oneHot(tf.tensor1d([2, 0], 'int32'), 3), tf.exp(x)), 1),
    ),
  ],
};
