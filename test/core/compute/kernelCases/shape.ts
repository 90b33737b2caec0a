/** Cases of the operations that move elements: each for float32, int32 and bool. */
import * as tf from '@tensorflow/tfjs-core';
import type { HostTensor } from '../../../../src/core/compute/runtime';
import { drawsFrom } from '../../../support/tensors';
import { type KernelCase, type KernelCases, kernelCase } from './case';

const draw = drawsFrom(6);

function ofEveryType(
  name: string,
  shapes: readonly (readonly number[])[],
  compute: KernelCase['compute'],
): KernelCase[] {
  const draws: Readonly<Record<string, (shape: readonly number[]) => HostTensor>> = {
    float32: (shape) => draw.uniform(shape),
    int32: (shape) => draw.integers(shape, -9, 10),
    bool: (shape) => draw.bools(shape),
  };
  return Object.entries(draws).map(([dtype, one]) =>
    kernelCase(`${name}, ${dtype}`, shapes.map(one), compute),
  );
}

const [b, f] = [
  [3, 4],
  [2, 3, 4],
] as const;

export const shape: KernelCases = {
  [tf.Reshape]: [
    ...ofEveryType('to other extents', [f], (x) => [tf.reshape(x, [4, -1]), tf.reshape(x, [1, 24, 1])]),
    ...ofEveryType('to a vector and back', [f], (x) => tf.reshape(tf.reshape(x, [24]), [3, 8])),
    ...ofEveryType('a broadcast', [[3, 1]], (x) => {
      const wide = tf.broadcastTo(x, [2, 3, 4]);
      return [tf.reshape(wide, [6, 4]), tf.reshape(wide, [2, 1, 3, 4]), tf.reshape(wide, [2, 12])];
    }),
    kernelCase('of one element', [draw.uniform([1, 1])], (x) => [tf.reshape(x, []), tf.reshape(x, [1])]),
    kernelCase('of none', [draw.uniform([0, 4])], (x) => tf.reshape(x, [2, 0])),
  ],
  [tf.ExpandDims]: [0, 1, 2, -1, -2].flatMap((axis) =>
    ofEveryType(`axis ${axis}`, [b], (x) => tf.expandDims(x, axis)),
  ),
  [tf.Transpose]: [
    ...ofEveryType('all axes reversed', [f], (x) => tf.transpose(x)),
    ...ofEveryType('permutations', [[2, 3, 4, 5]], (x) => [
      tf.transpose(x, [0, 2, 1, 3]),
      tf.transpose(x, [3, 1, 2, 0]),
      tf.transpose(tf.transpose(x, [3, 1, 2, 0]), [1, 0, 2, 3]),
    ]),
    ...ofEveryType('extents of 1', [[1, 3, 1, 2]], (x) => tf.transpose(x, [2, 1, 0, 3])),
    ...ofEveryType('a broadcast', [[3, 1]], (x) => tf.transpose(tf.broadcastTo(x, [2, 3, 4]), [2, 0, 1])),
  ],
  [tf.Pack]: [0, 1, 2, -1, -2].flatMap((axis) =>
    ofEveryType(`axis ${axis}`, [b, b, b], (...list) => tf.stack(list, axis)),
  ),
  [tf.Unpack]: [0, 1, 2, -1, -2].flatMap((axis) =>
    ofEveryType(`axis ${axis}`, [f], (x) => tf.unstack(x, axis)),
  ),
  [tf.Concat]: [
    ...ofEveryType('axis 0', [b, [1, 4], b], (...list) => tf.concat(list, 0)),
    ...ofEveryType('axis -1', [b, [3, 1]], (...list) => tf.concat(list, -1)),
    ...ofEveryType('of nothing and something', [[0, 4], b], (...list) => tf.concat(list, 0)),
    kernelCase('of equal numbers', [draw.uniform([2, 3])], (x) =>
      tf.add(tf.concat([tf.ones([1, 3]), tf.ones([1, 3])], 0), x),
    ),
  ],
  [tf.SplitV]: [
    ...ofEveryType('equal parts', [[4, 6]], (x) => tf.split(x, 3, 1)),
    ...ofEveryType('parts of given extents', [[4, 6]], (x) => tf.split(x, [1, 2, 3], -1)),
    ...ofEveryType('an extent to be found', [[4, 6]], (x) => tf.split(x, [1, -1], 0)),
    kernelCase('one part', [draw.uniform([4, 6])], (x) => tf.split(x, 1, 0)),
  ],
  [tf.Tile]: [
    ...ofEveryType('all axes', [[2, 1, 3]], (x) => tf.tile(x, [2, 1, 3])),
    ...ofEveryType('an extent of 1', [[2, 1, 3]], (x) => tf.tile(x, [1, 4, 1])),
  ],
  [tf.Slice]: [
    ...ofEveryType('inside', [[4, 5]], (x) => [
      tf.slice(x, [1, 2], [2, -1]),
      tf.slice(x, 2),
      tf.slice(x, [0, 1], [4, 1]),
    ]),
    kernelCase('nothing', [draw.uniform([4, 5])], (x) => tf.slice(x, [1, 0], [0, 5])),
    kernelCase('a broadcast', [draw.uniform([1, 5])], (x) =>
      tf.slice(tf.broadcastTo(x, [4, 5]), [1, 2], [2, 2]),
    ),
  ],
  [tf.StridedSlice]: [
    ...ofEveryType('steps', [[6, 5]], (x) => tf.stridedSlice(x, [0, 1], [6, 5], [2, 3])),
    ...ofEveryType('backwards', [[6, 5]], (x) => [
      tf.stridedSlice(x, [5, 4], [0, 0], [-2, -1]),
      tf.stridedSlice(x, [5, 0], [0, 5], [-1, 1], 0, 1),
    ]),
    kernelCase('an axis taken away', [draw.uniform([6, 5])], (x) =>
      tf.stridedSlice(x, [1, 0], [2, 5], [1, 1], 0, 0, 0, 0, 1),
    ),
    kernelCase('a new axis', [draw.uniform([6, 5])], (x) =>
      tf.stridedSlice(x, [0, 1, 0], [0, 4, 5], [1, 1, 2], 0, 0, 0, 1, 0),
    ),
  ],
  [tf.Reverse]: ofEveryType('some axes', [f], (x) => [
    tf.reverse(x),
    tf.reverse(x, -1),
    tf.reverse(x, [0, 2]),
    tf.reverse(x, []),
  ]),
  [tf.PadV2]: [
    ...ofEveryType('zeros', [b], (x) =>
      tf.pad(x, [
        [1, 2],
        [0, 1],
      ]),
    ),
    ...ofEveryType('ones', [b], (x) =>
      tf.pad(
        x,
        [
          [0, 0],
          [2, 0],
        ],
        1,
      ),
    ),
    kernelCase('a value', [draw.uniform([3])], (x) => tf.pad(x, [[1, 1]], -2.5)),
    kernelCase('none', [draw.uniform([3])], (x) => tf.pad(x, [[0, 0]], 7)),
    kernelCase('zeros around zeros', [draw.uniform([4])], (x) => tf.add(tf.pad(tf.zeros([2]), [[1, 1]]), x)),
  ],
  [tf.MirrorPad]: (['reflect', 'symmetric'] as const).flatMap((mode) => [
    kernelCase(mode, [draw.uniform([3, 4])], (x) =>
      tf.mirrorPad(
        x,
        [
          [1, 2],
          [2, 0],
        ],
        mode,
      ),
    ),
    kernelCase(`${mode}, int32`, [draw.integers([5], 0, 9)], (x) => tf.mirrorPad(x, [[2, 3]], mode)),
    kernelCase(`${mode}, nothing`, [draw.uniform([5])], (x) => tf.mirrorPad(x, [[0, 0]], mode)),
  ]),
};
