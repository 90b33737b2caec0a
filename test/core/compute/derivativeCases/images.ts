/** Derivatives of tfjs's operations on images `[n, h, w, c]`. */
import * as tf from '@tensorflow/tfjs-core';
import { drawsFrom } from '../../../support/tensors';
import { type DerivativeCases, derivativeCase } from './case';

const draw = drawsFrom(34);

type Image = tf.Tensor4D;
const conv = (stride: number, pad: 'same' | 'valid', dilation: number) => (x: tf.Tensor, f: tf.Tensor) =>
  tf.conv2d(x as Image, f as Image, stride, pad, 'NHWC', dilation);
const depthwise = (stride: number, dilation: number) => (x: tf.Tensor, f: tf.Tensor) =>
  tf.depthwiseConv2d(x as Image, f as Image, stride, 'same', 'NHWC', dilation);

export const images: DerivativeCases = {
  [tf.Conv2D]: [
    derivativeCase('3x3', [draw.uniform([2, 4, 3, 2]), draw.uniform([3, 3, 2, 3])], conv(1, 'same', 1)),
    derivativeCase('stride 2', [draw.uniform([1, 4, 4, 2]), draw.uniform([3, 3, 2, 3])], conv(2, 'same', 1)),
    derivativeCase('dilated', [draw.uniform([1, 5, 4, 2]), draw.uniform([2, 2, 2, 2])], conv(1, 'valid', 2)),
  ],
  [tf.Conv2DBackpropInput]: [
    derivativeCase('transposed', [draw.uniform([1, 2, 2, 3]), draw.uniform([3, 3, 2, 3])], (x, f) =>
      tf.conv2dTranspose(x as Image, f as Image, [1, 4, 4, 2], 2, 'same'),
    ),
  ],
  [tf.DepthwiseConv2dNative]: [
    derivativeCase('3x3', [draw.uniform([2, 4, 3, 2]), draw.uniform([3, 3, 2, 1])], depthwise(1, 1)),
    derivativeCase('two filters', [draw.uniform([1, 4, 3, 2]), draw.uniform([3, 3, 2, 2])], depthwise(1, 1)),
    derivativeCase('stride 2', [draw.uniform([1, 4, 4, 2]), draw.uniform([3, 3, 2, 1])], depthwise(2, 1)),
    derivativeCase('dilated', [draw.uniform([1, 4, 4, 2]), draw.uniform([2, 2, 2, 1])], depthwise(1, 2)),
  ],
  [tf.MaxPool]: [
    derivativeCase('overlapping', [draw.uniform([1, 5, 4, 2])], (x) => tf.maxPool(x as Image, 3, 2, 'same')),
  ],
  [tf.AvgPool]: [
    derivativeCase('overlapping', [draw.uniform([1, 5, 4, 2])], (x) => tf.avgPool(x as Image, 3, 2, 'same')),
    derivativeCase('2x2', [draw.uniform([1, 4, 4, 2])], (x) => tf.avgPool(x as Image, 2, 2, 'valid')),
  ],
  [tf.FusedBatchNorm]: [
    derivativeCase(
      'all parameters',
      [
        draw.uniform([2, 2, 2, 3]),
        draw.uniform([3]),
        draw.uniform([3], 0.5, 2),
        draw.uniform([3]),
        draw.uniform([3]),
      ],
      (x, mean, variance, offset, scale) =>
        tf.batchNorm(
          x,
          mean as tf.Tensor1D,
          variance as tf.Tensor1D,
          offset as tf.Tensor1D,
          scale as tf.Tensor1D,
          1e-2,
        ),
    ),
  ],
};
