/** Cases of our own operations on images `[n, c, h, w]`. */
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
import { type KernelCase, type KernelCases, kernelCase } from './case';

const draw = drawsFrom(31);

interface Setting {
  readonly name: string;
  readonly image: readonly number[];
  readonly filter: readonly number[];
  readonly geometry: ConvolutionGeometry;
}

const setting = (
  name: string,
  image: readonly number[],
  filter: readonly number[],
  geometry: ConvolutionGeometry,
): Setting => ({ name, image, filter, geometry });

const even = evenGeometry;

/** Every form that the derivatives are computed in, and the edges between them. */
const settings: readonly Setting[] = [
  setting('3x3', [2, 3, 6, 5], [4, 3, 3, 3], even({ padding: 1 })),
  setting('3x3 without padding', [2, 3, 6, 5], [4, 3, 3, 3], even()),
  setting('3x3, stride 2', [2, 3, 7, 6], [4, 3, 3, 3], even({ stride: 2, padding: 1 })),
  setting('7x7, stride 2', [2, 3, 12, 11], [4, 3, 7, 7], even({ stride: 2, padding: 3 })),
  setting('stem of patches, rest left over', [2, 3, 9, 10], [4, 3, 4, 4], even({ stride: 4 })),
  setting('1x1', [2, 3, 4, 5], [4, 3, 1, 1], even()),
  setting('1x1, stride 2', [2, 3, 7, 6], [4, 3, 1, 1], even({ stride: 2 })),
  setting('1x1 of few places and many channels', [2, 16, 2, 2], [12, 16, 1, 1], even()),
  setting('3x3 of few places and many channels', [2, 8, 2, 2], [12, 8, 3, 3], even({ padding: 1 })),
  setting('one pixel', [2, 3, 1, 1], [4, 3, 3, 3], even({ padding: 1 })),
  setting('two groups', [2, 4, 6, 5], [6, 2, 3, 3], even({ padding: 1, groups: 2 })),
  setting('two groups, stride 2', [2, 4, 6, 5], [6, 2, 3, 3], even({ stride: 2, padding: 1, groups: 2 })),
  setting('depthwise', [2, 3, 6, 5], [3, 1, 3, 3], even({ padding: 1, groups: 3 })),
  setting('depthwise 7x7', [2, 3, 6, 5], [3, 1, 7, 7], even({ padding: 3, groups: 3 })),
  setting('depthwise 7x7 of 3x2 pixels', [2, 3, 3, 2], [3, 1, 7, 7], even({ padding: 3, groups: 3 })),
  setting('depthwise, wider', [2, 3, 4, 11], [3, 1, 3, 5], {
    ...even({ groups: 3 }),
    pads: [1, 2, 1, 2],
  }),
  setting('depthwise, wider, padded on one side', [2, 3, 6, 12], [3, 1, 7, 3], {
    ...even({ groups: 3 }),
    pads: [3, 0, 1, 0],
  }),
  setting('depthwise, stride 2', [2, 3, 7, 6], [3, 1, 3, 3], even({ stride: 2, padding: 1, groups: 3 })),
  setting('depthwise, two filters a channel', [2, 3, 6, 5], [6, 1, 3, 3], even({ padding: 1, groups: 3 })),
  setting('depthwise, four channels', [2, 4, 6, 5], [4, 1, 3, 3], even({ padding: 1, groups: 4 })),
  setting(
    'depthwise, four channels, stride 2',
    [2, 4, 7, 6],
    [4, 1, 3, 3],
    even({ stride: 2, padding: 1, groups: 4 }),
  ),
  setting(
    'depthwise, three filters for each of four channels',
    [2, 4, 6, 5],
    [12, 1, 3, 3],
    even({ padding: 1, groups: 4 }),
  ),
  setting(
    'four groups of two by three, stride 2',
    [2, 8, 6, 5],
    [12, 2, 3, 3],
    even({ stride: 2, padding: 1, groups: 4 }),
  ),
  setting(
    'two groups of four by eight, stride 2',
    [2, 8, 6, 5],
    [16, 4, 3, 3],
    even({ stride: 2, padding: 1, groups: 2 }),
  ),
  setting('two groups of one by six', [2, 2, 6, 5], [12, 1, 3, 3], even({ padding: 1, groups: 2 })),
  setting('one channel', [2, 1, 5, 5], [2, 1, 3, 3], even({ padding: 1 })),
  setting('unlike sides', [2, 3, 7, 6], [4, 3, 2, 3], {
    strides: [2, 1],
    dilations: [1, 2],
    pads: [1, 0, 0, 2],
    groups: 1,
  }),
  setting('depthwise, dilated', [2, 3, 8, 7], [3, 1, 3, 2], {
    strides: [1, 1],
    dilations: [2, 3],
    pads: [2, 1, 2, 1],
    groups: 3,
  }),
  setting('padding wider than the filter', [2, 3, 4, 4], [4, 3, 1, 1], even({ padding: 1 })),
];

function pooling(size: number, stride: number, padding: number): PoolAttributes {
  const { groups: _, ...window } = even({ stride, padding });
  return { ...window, size: [size, size] };
}

const windows: readonly (readonly [name: string, image: readonly number[], window: PoolAttributes])[] = [
  ['3x3, stride 2', [2, 3, 8, 7], pooling(3, 2, 1)],
  ['2x2', [2, 3, 6, 5], pooling(2, 2, 0)],
  ['3x3 overlapping', [2, 3, 5, 6], pooling(3, 1, 1)],
  ['all pixels', [2, 3, 4, 4], pooling(4, 4, 0)],
];

/** Of different values, and of few, so that there are ties. */
function poolingCases(
  compute: (
    x: Parameters<typeof maxPool>[0],
    y: Parameters<typeof maxPool>[0],
    window: PoolAttributes,
  ) => ReturnType<typeof maxPool>,
  second: 'pooled' | 'image',
): KernelCase[] {
  return windows.flatMap(([name, image, window]) => {
    const other = () => draw.uniform(second === 'image' ? image : pooledShape(image, window.size, window));
    return [
      kernelCase(name, [draw.uniform(image), other()], (x, y) => compute(x, y, window)),
      kernelCase(`${name}, with ties`, [draw.ties(image), other()], (x, y) => compute(x, y, window)),
    ];
  });
}

export const convolution: KernelCases = {
  [convolutionKernel]: settings.map(({ name, image, filter, geometry }) =>
    kernelCase(name, [draw.uniform(image), draw.uniform(filter)], (x, f) => convolve(x, f, geometry)),
  ),
  [convolutionOfImageKernel]: settings.map(({ name, image, filter, geometry }) => {
    const dy = draw.uniform(convolvedShape(image, filter, geometry));
    return kernelCase(name, [dy, draw.uniform(filter)], (g, f) =>
      convolutionImageGradient(g, f, image, geometry),
    );
  }),
  [convolutionOfFilterKernel]: settings.map(({ name, image, filter, geometry }) => {
    const dy = draw.uniform(convolvedShape(image, filter, geometry));
    return kernelCase(name, [draw.uniform(image), dy], (x, g) =>
      convolutionFilterGradient(x, g, filter, geometry),
    );
  }),
  [maxPoolKernel]: poolingCases((x, _, window) => maxPool(x, window), 'image'),
  [maxPoolSpreadKernel]: poolingCases((x, dy, window) => maxPoolSpread(dy, x, window), 'pooled'),
  [maxPoolPickKernel]: poolingCases((x, u, window) => maxPoolPick(u, x, window), 'image'),
  [channelDotKernel]: [
    kernelCase('images', [draw.uniform([2, 3, 4, 5]), draw.uniform([2, 3, 4, 5])], channelDot),
    kernelCase('pixels', [draw.uniform([4, 3, 1, 1]), draw.uniform([4, 3, 1, 1])], channelDot),
    kernelCase('with itself', [draw.uniform([1, 3, 4, 5])], (x) => channelDot(x, x)),
  ],
  [batchNormKernel]: [
    kernelCase(
      'images',
      [draw.uniform([3, 4, 5, 2]), draw.uniform([4], 0.5, 2), draw.uniform([4])],
      (x, gamma, beta) => Object.values(batchNorm(x, gamma, beta, 1e-5)),
    ),
    kernelCase(
      'far from zero',
      [draw.uniform([3, 4, 5, 2], 20, 21), draw.uniform([4], 0.5, 2), draw.uniform([4])],
      (x, gamma, beta) => Object.values(batchNorm(x, gamma, beta, 1e-3)),
      { tolerance: { ofLargest: 5e-5 } },
    ),
  ],
};
