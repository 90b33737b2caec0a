/** Derivatives of the operations that gather many elements into one. */
import * as tf from '@tensorflow/tfjs-core';
import { layerNorm, normalizeKernel } from '../../../../src/core/compute/operations/layerNorm';
import { drawsFrom } from '../../../support/tensors';
import { type DerivativeCase, type DerivativeCases, derivativeCase } from './case';

const draw = drawsFrom(12);

type Reduce = (x: tf.Tensor, axis?: number | number[], keepDims?: boolean) => tf.Tensor;

function reducing(op: Reduce): DerivativeCase[] {
  return [
    derivativeCase('everything', [draw.uniform([2, 4])], (x) => op(x)),
    derivativeCase('axis 0', [draw.uniform([3, 2])], (x) => op(x, 0)),
    derivativeCase('axis -1, kept', [draw.uniform([2, 3])], (x) => op(x, -1, true)),
    derivativeCase('two axes', [draw.uniform([2, 3, 2])], (x) => op(x, [0, -1])),
    derivativeCase('of exponentials', [draw.uniform([2, 4])], (x) => op(tf.exp(x), 1)),
  ];
}

/** The extreme itself, found by its position: nothing flows through the position. */
const atPosition = (op: (x: tf.Tensor, axis: number) => tf.Tensor) => [
  derivativeCase('picks an element', [draw.uniform([3, 4])], (x) =>
    tf.sum(tf.mul(tf.oneHot(op(x, -1) as tf.Tensor1D, 4), tf.exp(x)), -1),
  ),
];

export const reduction: DerivativeCases = {
  [tf.Sum]: reducing(tf.sum),
  [tf.Mean]: reducing(tf.mean),
  [tf.Max]: reducing(tf.max),
  [tf.Min]: reducing(tf.min),
  [tf.ArgMax]: atPosition(tf.argMax),
  [tf.ArgMin]: atPosition(tf.argMin),
  [tf.Softmax]: [
    derivativeCase('logits', [draw.uniform([3, 4])], (x) => tf.softmax(x)),
    derivativeCase('of scores', [draw.uniform([2, 3, 2]), draw.uniform([2, 3, 2])], (q, k) =>
      tf.softmax(tf.matMul(q, k, false, true)),
    ),
  ],
  [tf.Cumsum]: [
    derivativeCase('axis 0', [draw.uniform([3, 2])], (x) => tf.cumsum(x, 0)),
    derivativeCase('axis 0 of a square', [draw.uniform([3, 3])], (x) => tf.cumsum(x, 0)),
    derivativeCase('axis 1, exclusive, reverse', [draw.uniform([2, 4])], (x) => tf.cumsum(x, 1, true, true)),
  ],
  [normalizeKernel]: [
    derivativeCase(
      'with its gain and shift',
      [draw.uniform([2, 2, 4]), draw.uniform([4], 0.5, 2), draw.uniform([4])],
      (x, gamma, beta) => layerNorm(x, gamma, beta, 1e-5),
    ),
    derivativeCase('a large epsilon', [draw.uniform([3, 4])], (x) =>
      layerNorm(x, tf.ones([4]), tf.zeros([4]), 0.5),
    ),
    derivativeCase(
      'both outputs',
      [draw.uniform([3, 4])],
      (x) => tf.engine().runKernel(normalizeKernel, { x }, { epsilon: 1e-5 }) as unknown as tf.Tensor[],
    ),
    derivativeCase('twice', [draw.uniform([3, 4])], (x) => {
      const norm = (v: tf.Tensor) => layerNorm(v, tf.linspace(0.5, 2, 4), tf.ones([4]), 1e-5);
      return norm(tf.square(norm(x)));
    }),
  ],
};
