/** Cases of tensors made of numbers alone. */
import * as tf from '@tensorflow/tfjs-core';
import { drawsFrom } from '../../../support/tensors';
import { type KernelCase, type KernelCases, kernelCase } from './case';

const draw = drawsFrom(8);

const like = (op: (x: tf.Tensor) => tf.Tensor): KernelCase[] => [
  kernelCase('float32', [draw.uniform([2, 3])], op),
  kernelCase('int32', [draw.integers([4], 0, 9)], op),
  kernelCase('bool', [draw.bools([4])], op),
];

export const creation: KernelCases = {
  [tf.Fill]: [
    kernelCase('float32', [], () => [tf.fill([2, 3], 4.25), tf.fill([], -1), tf.fill([0, 2], 1)]),
    kernelCase('int32', [], () => tf.fill([3], 7, 'int32')),
    kernelCase('with a tensor', [draw.uniform([3])], (x) => tf.add(tf.fill([2, 3], 4), x)),
  ],
  [tf.ZerosLike]: like(tf.zerosLike),
  [tf.OnesLike]: like(tf.onesLike),
  [tf.Range]: [
    kernelCase('float32', [draw.uniform([3])], (x) => [tf.range(0, 3), tf.mul(tf.range(1, 4), x)]),
    kernelCase('steps', [], () => [tf.range(0, 5, 2), tf.range(3, 0, -1), tf.range(0, 1, 0.25)]),
    kernelCase('int32', [], () => tf.range(2, 6, 1, 'int32')),
  ],
  [tf.LinSpace]: [
    kernelCase('float32', [draw.uniform([5])], (x) => [
      tf.linspace(0, 1, 5),
      tf.mul(tf.linspace(3, -1, 5), x),
    ]),
    kernelCase('one', [], () => tf.linspace(2, 5, 1)),
  ],
};
