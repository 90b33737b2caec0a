/** Derivatives of what networks and losses are made of, with the kernel that each must reach. */
import * as tf from '@tensorflow/tfjs-core';
import { softmaxCrossEntropy } from '../../../../src/core/compute/operations/crossEntropy';
import { gelu, geluKernel } from '../../../../src/core/compute/operations/gelu';
import { layerNorm, normalizeKernel } from '../../../../src/core/compute/operations/layerNorm';
import { drawsFrom } from '../../../support/tensors';
import { type DerivativeCases, derivativeCase } from './case';

const draw = drawsFrom(14);
const targets = () =>
  tf.tensor2d(
    [
      [0.1, 0.7, 0.2],
      [0, 0, 1],
    ],
    [2, 3],
  );

export const composition: DerivativeCases = {
  [tf.Exp]: [
    derivativeCase('log softmax', [draw.uniform([3, 4])], (x) => tf.logSoftmax(x)),
    derivativeCase('softmax cross-entropy', [draw.uniform([2, 3])], (x) => softmaxCrossEntropy(x, targets())),
    derivativeCase('log of a sum of exponentials', [draw.uniform([3, 4])], (x) => tf.logSumExp(x, -1)),
    derivativeCase('exp of tanh of softmax', [draw.uniform([2, 4])], (x) => tf.exp(tf.tanh(tf.softmax(x)))),
  ],
  [tf.Softplus]: [derivativeCase('log sigmoid', [draw.uniform([5])], (x) => tf.logSigmoid(x))],
  [tf.Sqrt]: [
    derivativeCase('Euclidean norm of rows', [draw.uniform([2, 3])], (x) => tf.norm(x, 2, 1)),
    derivativeCase('rows of norm 1', [draw.uniform([2, 3])], (x) => tf.div(x, tf.norm(x, 2, 1, true))),
  ],
  [tf.Mean]: [derivativeCase('variance', [draw.uniform([3, 4])], (x) => tf.moments(x, [0, 1]).variance)],
  [tf.Softmax]: [
    derivativeCase(
      'attention',
      [draw.uniform([2, 3, 2]), draw.uniform([2, 3, 2]), draw.uniform([2, 3, 2])],
      (q, k, v) => tf.matMul(tf.softmax(tf.mul(tf.matMul(q, k, false, true), 0.7)), v),
    ),
  ],
  [geluKernel]: [
    derivativeCase(
      'a hidden layer',
      [draw.uniform([2, 3]), draw.uniform([4, 3]), draw.uniform([4]), draw.uniform([2, 4])],
      (x, w1, b1, w2) => tf.matMul(gelu(tf.add(tf.matMul(x, w1, false, true), b1)), w2, false, true),
    ),
  ],
  [normalizeKernel]: [
    derivativeCase(
      'a residual block with its norm',
      [draw.uniform([3, 4]), draw.uniform([4, 4]), draw.uniform([4], 0.5, 2), draw.uniform([4])],
      (x, w, gamma, beta) => tf.add(x, gelu(tf.matMul(layerNorm(x, gamma, beta, 1e-6), w, false, true))),
    ),
  ],
};
