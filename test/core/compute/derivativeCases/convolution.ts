/** Derivatives of our own operations on images, and of what a residual network is made of. */
import * as tf from '@tensorflow/tfjs-core';
import { batchNorm, batchNormKernel } from '../../../../src/core/compute/operations/batchNorm';
import { channelDot, channelDotKernel } from '../../../../src/core/compute/operations/channelDot';
import {
  convolutionFilterGradient,
  convolutionImageGradient,
  convolutionKernel,
  convolutionOfFilterKernel,
  convolutionOfImageKernel,
  convolution as convolve,
} from '../../../../src/core/compute/operations/convolution';
import {
  type ConvolutionGeometry,
  convolvedShape,
  evenGeometry,
  pooledShape,
} from '../../../../src/core/compute/operations/convolutionGeometry';
import {
  maxPool,
  maxPoolKernel,
  maxPoolPick,
  maxPoolPickKernel,
  maxPoolSpread,
  maxPoolSpreadKernel,
  type PoolAttributes,
} from '../../../../src/core/compute/operations/maxPool';
import { drawsFrom } from '../../../support/tensors';
import { type DerivativeCases, derivativeCase } from './case';

const draw = drawsFrom(33);

const settings: readonly (readonly [
  name: string,
  image: readonly number[],
  filter: readonly number[],
  geometry: ConvolutionGeometry,
])[] = [
  ['3x3', [2, 2, 4, 3], [3, 2, 3, 3], evenGeometry({ padding: 1 })],
  ['stride 2', [1, 2, 4, 5], [3, 2, 3, 3], evenGeometry({ stride: 2, padding: 1 })],
  ['1x1', [2, 2, 2, 3], [3, 2, 1, 1], evenGeometry()],
  ['1x1 of many channels', [2, 3, 1, 2], [4, 3, 1, 1], evenGeometry()],
  ['two groups', [1, 4, 3, 3], [2, 2, 2, 2], evenGeometry({ groups: 2 })],
  ['depthwise', [2, 2, 4, 3], [2, 1, 3, 3], evenGeometry({ padding: 1, groups: 2 })],
  ['depthwise, stride 2', [1, 2, 5, 4], [2, 1, 3, 3], evenGeometry({ stride: 2, padding: 1, groups: 2 })],
];

const { groups: _, ...overlapping } = evenGeometry({ stride: 2, padding: 1 });
const window: PoolAttributes = { ...overlapping, size: [3, 3] };
const image = [1, 2, 5, 4];
const pooled = pooledShape(image, window.size, window);

export const convolution: DerivativeCases = {
  [convolutionKernel]: settings.map(([name, shape, filter, geometry]) =>
    derivativeCase(name, [draw.uniform(shape), draw.uniform(filter)], (x, f) => convolve(x, f, geometry)),
  ),
  [convolutionOfImageKernel]: settings.map(([name, shape, filter, geometry]) => {
    const dy = draw.uniform(convolvedShape(shape, filter, geometry));
    return derivativeCase(name, [dy, draw.uniform(filter)], (g, f) =>
      convolutionImageGradient(g, f, shape, geometry),
    );
  }),
  [convolutionOfFilterKernel]: settings.map(([name, shape, filter, geometry]) => {
    const dy = draw.uniform(convolvedShape(shape, filter, geometry));
    return derivativeCase(name, [draw.uniform(shape), dy], (x, g) =>
      convolutionFilterGradient(x, g, filter, geometry),
    );
  }),
  [maxPoolKernel]: [derivativeCase('overlapping', [draw.uniform(image)], (x) => maxPool(x, window))],
  [maxPoolSpreadKernel]: [
    derivativeCase('overlapping', [draw.uniform(pooled), draw.uniform(image)], (dy, x) =>
      maxPoolSpread(dy, x, window),
    ),
  ],
  [maxPoolPickKernel]: [
    derivativeCase('overlapping', [draw.uniform(image), draw.uniform(image)], (u, x) =>
      maxPoolPick(u, x, window),
    ),
  ],
  [channelDotKernel]: [
    derivativeCase('two images', [draw.uniform([2, 3, 2, 2]), draw.uniform([2, 3, 2, 2])], channelDot),
    derivativeCase('with itself', [draw.uniform([2, 3, 2, 2])], (x) => channelDot(x, x)),
  ],
  [batchNormKernel]: [
    derivativeCase(
      'images and statistics',
      [draw.uniform([2, 3, 2, 2]), draw.uniform([3], 0.5, 2), draw.uniform([3])],
      (x, gamma, beta) => Object.values(batchNorm(x, gamma, beta, 1e-2)),
    ),
    derivativeCase(
      'a residual block',
      [draw.uniform([2, 2, 3, 3]), draw.uniform([2, 2, 3, 3]), draw.uniform([2], 0.5, 2), draw.uniform([2])],
      (x, filter, gamma, beta) => {
        const y = convolve(x, filter, evenGeometry({ padding: 1 }));
        return tf.tanh(tf.add(x, batchNorm(y, gamma, beta, 1e-2).normalised));
      },
    ),
  ],
};
