/** Cases of the operations whose indices are values of the program. */
import * as tf from '@tensorflow/tfjs-core';
import { drawsFrom, integers } from '../../../support/tensors';
import { type KernelCases, kernelCase } from './case';

const draw = drawsFrom(7);

export const indexing: KernelCases = {
  [tf.GatherV2]: [
    kernelCase('rows', [draw.uniform([5, 3]), draw.integers([4], 0, 5)], (x, i) =>
      tf.gather(x, i as tf.Tensor1D),
    ),
    kernelCase('axis 1, a table of indices', [draw.uniform([2, 5, 3]), draw.integers([2, 2], 0, 5)], (x, i) =>
      tf.gather(x, i as tf.Tensor2D, 1),
    ),
    kernelCase('axis -1', [draw.uniform([2, 5]), draw.integers([3], 0, 5)], (x, i) =>
      tf.gather(x, i as tf.Tensor1D, -1),
    ),
    kernelCase('a scalar index', [draw.uniform([5, 3]), integers([], [2])], (x, i) =>
      tf.gather(x, i as tf.Tensor1D),
    ),
    kernelCase('int32', [draw.integers([5, 3], -9, 10), draw.integers([4], 0, 5)], (x, i) =>
      tf.gather(x, i as tf.Tensor1D),
    ),
    kernelCase('bool', [draw.bools([5, 3]), draw.integers([4], 0, 5)], (x, i) =>
      tf.gather(x, i as tf.Tensor1D),
    ),
  ],
  [tf.GatherNd]: [
    kernelCase('rows', [draw.uniform([3, 4]), draw.integers([5, 1], 0, 3)], (x, i) => tf.gatherND(x, i)),
    kernelCase('elements', [draw.uniform([3, 3]), draw.integers([6, 2], 0, 3)], (x, i) => tf.gatherND(x, i)),
    kernelCase('int32', [draw.integers([4], -9, 10), draw.integers([5, 1], 0, 4)], (x, i) =>
      tf.gatherND(x, i),
    ),
  ],
  [tf.ScatterNd]: [
    kernelCase('rows that meet', [draw.integers([5, 1], 0, 4), draw.uniform([5, 3])], (i, x) =>
      tf.scatterND(i, x, [4, 3]),
    ),
    kernelCase('elements', [draw.integers([6, 2], 0, 3), draw.uniform([6])], (i, x) =>
      tf.scatterND(i, x, [3, 3]),
    ),
    kernelCase('int32', [draw.integers([5, 1], 0, 4), draw.integers([5], -9, 10)], (i, x) =>
      tf.scatterND(i, x, [4]),
    ),
  ],
  [tf.UnsortedSegmentSum]: [
    kernelCase('ids out of range too', [draw.uniform([6, 3]), integers([6], [0, 3, -1, 4, 3, 1])], (x, ids) =>
      tf.unsortedSegmentSum(x, ids as tf.Tensor1D, 4),
    ),
    kernelCase('a vector', [draw.uniform([8]), draw.integers([8], 0, 3)], (x, ids) =>
      tf.unsortedSegmentSum(x, ids as tf.Tensor1D, 3),
    ),
    // tfjs's cpu backend makes it float32.
    kernelCase(
      'int32',
      [integers([4, 2], [1, 2, 3, 4, 5, 6, 7, 8]), integers([4], [2, 0, 2, 1])],
      (x, ids) => tf.unsortedSegmentSum(x, ids as tf.Tensor1D, 3),
      { expected: [integers([3, 2], [3, 4, 7, 8, 6, 8])] },
    ),
  ],
  [tf.OneHot]: [
    kernelCase('ids out of range too', [integers([7], [0, 4, -1, 5, 2, 2, 9])], (ids) => tf.oneHot(ids, 5)),
    kernelCase('on and off', [draw.integers([2, 3], 0, 4)], (ids) => tf.oneHot(ids, 4, 0.9, 0.1)),
    kernelCase('int32', [draw.integers([4], 0, 3)], (ids) => tf.oneHot(ids, 3, 2, -1, 'int32')),
  ],
};
