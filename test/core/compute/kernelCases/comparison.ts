/** Cases of comparisons, logic and choice. */
import * as tf from '@tensorflow/tfjs-core';
import { bools, drawsFrom, floats } from '../../../support/tensors';
import { type KernelCase, type KernelCases, kernelCase } from './case';

const draw = drawsFrom(2);

type Binary = (a: tf.Tensor, b: tf.Tensor) => tf.Tensor;

function comparing(op: Binary): KernelCase[] {
  const extremes = [0, -0, 1, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, Number.NaN];
  return [
    kernelCase('float32', [draw.ties([2, 3, 4]), draw.ties([3, 1])], op),
    kernelCase('with a number', [draw.ties([3, 4])], (a) => op(a, tf.scalar(0.5))),
    kernelCase('int32', [draw.integers([9], 0, 3), draw.integers([9], 0, 3)], op),
    kernelCase('int32 with float32', [draw.integers([9], -1, 2), draw.ties([9])], op),
    kernelCase('bool', [draw.bools([9]), draw.bools([9])], op),
    kernelCase('signed zeros, infinities and NaN', [floats([6, 1], extremes), floats([1, 6], extremes)], op, {
      extreme: true,
    }),
  ];
}

function logic(op: Binary): KernelCase[] {
  return [
    kernelCase('bool', [draw.bools([4, 5]), draw.bools([4, 5])], op),
    kernelCase('broadcasting', [draw.bools([2, 3, 1]), draw.bools([4])], op),
  ];
}

const where = (condition: tf.Tensor, a: tf.Tensor, b: tf.Tensor) => tf.where(condition, a, b);

export const comparison: KernelCases = {
  [tf.Equal]: comparing(tf.equal),
  [tf.NotEqual]: comparing(tf.notEqual),
  [tf.Greater]: comparing(tf.greater),
  [tf.GreaterEqual]: comparing(tf.greaterEqual),
  [tf.Less]: comparing(tf.less),
  [tf.LessEqual]: comparing(tf.lessEqual),
  [tf.LogicalAnd]: logic(tf.logicalAnd),
  [tf.LogicalOr]: logic(tf.logicalOr),
  [tf.LogicalNot]: [
    kernelCase('bool', [draw.bools([4, 5])], tf.logicalNot),
    kernelCase('of a broadcast', [draw.bools([4, 1])], (a) => tf.logicalNot(tf.broadcastTo(a, [4, 3]))),
  ],
  [tf.Select]: [
    kernelCase('float32', [draw.bools([3, 4]), draw.uniform([3, 4]), draw.uniform([3, 4])], where),
    kernelCase('int32', [draw.bools([5]), draw.integers([5], 0, 9), draw.integers([5], 0, 9)], where),
    kernelCase('bool', [draw.bools([5]), draw.bools([5]), draw.bools([5])], where),
    kernelCase('broadcasting', [draw.bools([3, 1]), draw.uniform([1, 4]), draw.uniform([3, 4])], where),
    kernelCase('scalars', [draw.bools([3, 4])], (c) => tf.where(c, tf.scalar(1), tf.scalar(-1))),
    // tfjs's cpu backend repeats the first element of each row.
    kernelCase(
      'whole rows',
      [bools([3], [1, 0, 1]), floats([3, 2], [1, 2, 3, 4, 5, 6]), floats([3, 2], [7, 8, 9, 10, 11, 12])],
      (condition, t, e) => tf.engine().runKernel(tf.Select, { condition, t, e }),
      { expected: [floats([3, 2], [1, 2, 9, 10, 5, 6])] },
    ),
    kernelCase('a condition that is known', [draw.uniform([2, 3]), draw.uniform([2, 3])], (a, b) => [
      tf.where(tf.onesLike(tf.greater(a, b)), a, b),
      tf.where(tf.zerosLike(tf.greater(a, b)), a, b),
    ]),
  ],
};
