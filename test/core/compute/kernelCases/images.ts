/** Cases of tfjs's operations on images `[n, h, w, c]`, and of its fused kernels. */
import * as tf from '@tensorflow/tfjs-core';
import { drawsFrom } from '../../../support/tensors';
import { type KernelCase, type KernelCases, kernelCase } from './case';

const draw = drawsFrom(32);

type Image = tf.Tensor4D;
type Pad = 'valid' | 'same' | number;

const conv = (
  name: string,
  image: readonly number[],
  filter: readonly number[],
  stride: number,
  pad: Pad,
  dilation = 1,
) =>
  kernelCase(name, [draw.uniform(image), draw.uniform(filter)], (x, f) =>
    tf.conv2d(x as Image, f as Image, stride, pad, 'NHWC', dilation),
  );

const depthwise = (
  name: string,
  image: readonly number[],
  filter: readonly number[],
  stride: number,
  pad: Pad,
  dilation: number | [number, number] = 1,
) =>
  kernelCase(name, [draw.uniform(image), draw.uniform(filter)], (x, f) =>
    tf.depthwiseConv2d(x as Image, f as Image, stride, pad, 'NHWC', dilation),
  );

type Pool = (x: Image, size: number, stride: number, pad: Pad) => tf.Tensor;

const pooling = (op: Pool): KernelCase[] =>
  [
    ['2x2', [2, 6, 4, 3], 2, 2, 'valid'],
    ['same, stride 2', [2, 7, 6, 3], 3, 2, 'same'],
    ['overlapping', [2, 5, 4, 3], 3, 1, 'same'],
    ['padded', [2, 6, 6, 3], 3, 2, 1],
  ].map(([name, shape, size, stride, pad]) =>
    kernelCase(name as string, [draw.uniform(shape as number[])], (x) =>
      op(x as Image, size as number, stride as number, pad as Pad),
    ),
  );

type Resize = (x: Image, size: [number, number], align?: boolean, halfPixel?: boolean) => tf.Tensor;

const resizing = (op: Resize): KernelCase[] =>
  (
    [
      ['corner to corner', true, false],
      ['pixel centres', false, true],
      ['as it was first', false, false],
    ] as const
  ).flatMap(([name, align, halfPixel]) => [
    kernelCase(`${name}, larger`, [draw.uniform([2, 3, 4, 2])], (x) =>
      op(x as Image, [7, 9], align, halfPixel),
    ),
    kernelCase(`${name}, smaller`, [draw.uniform([2, 7, 9, 2])], (x) =>
      op(x as Image, [3, 4], align, halfPixel),
    ),
  ]);

export const images: KernelCases = {
  [tf.Conv2D]: [
    conv('3x3', [2, 6, 5, 3], [3, 3, 3, 4], 1, 'same'),
    conv('stride 2, padded more below', [2, 6, 6, 3], [3, 3, 3, 4], 2, 'same'),
    conv('valid', [2, 6, 5, 3], [2, 3, 3, 4], 1, 'valid'),
    conv('padded', [2, 6, 5, 3], [3, 3, 3, 4], 2, 1),
    conv('1x1', [2, 4, 5, 3], [1, 1, 3, 4], 1, 'same'),
    conv('dilated', [2, 7, 6, 3], [3, 3, 3, 4], 1, 'same', 2),
    kernelCase(
      'two, with an activation between',
      [draw.uniform([2, 6, 5, 3]), draw.uniform([3, 3, 3, 4]), draw.uniform([1, 1, 4, 2])],
      (x, f, g) => tf.conv2d(tf.relu(tf.conv2d(x as Image, f as Image, 1, 'same')), g as Image, 1, 'same'),
    ),
  ],
  [tf.Conv2DBackpropInput]: [
    kernelCase('transposed', [draw.uniform([2, 3, 4, 4]), draw.uniform([3, 3, 2, 4])], (x, f) =>
      tf.conv2dTranspose(x as Image, f as Image, [2, 6, 8, 2], 2, 'same'),
    ),
    kernelCase('transposed, stride 1', [draw.uniform([2, 3, 4, 4]), draw.uniform([2, 3, 2, 4])], (x, f) =>
      tf.conv2dTranspose(x as Image, f as Image, [2, 4, 6, 2], 1, 'valid'),
    ),
  ],
  [tf.DepthwiseConv2dNative]: [
    depthwise('3x3', [2, 6, 5, 3], [3, 3, 3, 1], 1, 'same'),
    depthwise('two filters a channel', [2, 6, 5, 3], [3, 3, 3, 2], 1, 'same'),
    depthwise('stride 2', [2, 6, 6, 3], [3, 3, 3, 1], 2, 'same'),
    depthwise('dilated', [2, 7, 6, 3], [3, 3, 3, 1], 1, 'same', [2, 2]),
    kernelCase(
      'separable',
      [draw.uniform([2, 6, 5, 3]), draw.uniform([3, 3, 3, 2]), draw.uniform([1, 1, 6, 4])],
      (x, f, g) => tf.separableConv2d(x as Image, f as Image, g as Image, 1, 'same'),
    ),
  ],
  [tf.MaxPool]: pooling(tf.maxPool),
  [tf.AvgPool]: pooling(tf.avgPool),
  [tf.FusedBatchNorm]: [
    kernelCase(
      'all parameters',
      [
        draw.uniform([2, 3, 4, 5]),
        draw.uniform([5]),
        draw.uniform([5], 0.5, 2),
        draw.uniform([5]),
        draw.uniform([5]),
      ],
      (x, mean, variance, offset, scale) =>
        tf.batchNorm(
          x,
          mean as tf.Tensor1D,
          variance as tf.Tensor1D,
          offset as tf.Tensor1D,
          scale as tf.Tensor1D,
          1e-3,
        ),
    ),
    kernelCase(
      'neither scale nor offset',
      [draw.uniform([2, 3, 4, 5]), draw.uniform([5]), draw.uniform([5], 0.5, 2)],
      (x, mean, variance) => tf.batchNorm(x, mean as tf.Tensor1D, variance as tf.Tensor1D),
    ),
  ],
  [tf.ResizeBilinear]: resizing(tf.image.resizeBilinear),
  [tf.ResizeNearestNeighbor]: resizing(tf.image.resizeNearestNeighbor),
};

const activationNames = ['linear', 'relu', 'relu6', 'elu', 'sigmoid'] as const;

export const fused: KernelCases = {
  [tf._FusedMatMul]: [
    ...activationNames.map((activation) =>
      kernelCase(activation, [draw.uniform([3, 5]), draw.uniform([5, 4]), draw.uniform([4])], (a, b, bias) =>
        tf.fused.matMul({ a, b, bias, activation }),
      ),
    ),
    kernelCase('leaky, transposed', [draw.uniform([5, 3]), draw.uniform([4, 5])], (a, b) =>
      tf.fused.matMul({
        a,
        b,
        transposeA: true,
        transposeB: true,
        activation: 'leakyrelu',
        leakyreluAlpha: 0.3,
      }),
    ),
    kernelCase(
      'with a slope a column',
      [draw.uniform([3, 5]), draw.uniform([5, 4]), draw.uniform([4])],
      (a, b, preluActivationWeights) =>
        tf.fused.matMul({ a, b, activation: 'prelu', preluActivationWeights }),
    ),
  ],
  [tf.FusedConv2D]: activationNames.map((activation) =>
    kernelCase(
      activation,
      [draw.uniform([2, 6, 5, 3]), draw.uniform([3, 3, 3, 4]), draw.uniform([4])],
      (x, filter, bias) =>
        tf.fused.conv2d({
          x: x as Image,
          filter: filter as Image,
          strides: 2,
          pad: 'same',
          bias,
          activation,
        }),
    ),
  ),
  [tf.FusedDepthwiseConv2D]: [
    kernelCase(
      'relu6',
      [draw.uniform([2, 6, 5, 3]), draw.uniform([3, 3, 3, 1]), draw.uniform([3])],
      (x, filter, bias) =>
        tf.fused.depthwiseConv2d({
          x: x as Image,
          filter: filter as Image,
          strides: 1,
          pad: 'same',
          bias,
          activation: 'relu6',
        }),
    ),
  ],
};
