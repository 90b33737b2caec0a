/** Our own operations on images `[n, c, h, w]`, the layout of ONNX itself. */
import { batchNormKernel } from '../../operations/batchNorm';
import { channelDotKernel } from '../../operations/channelDot';
import {
  convolutionKernel,
  convolutionOfFilterKernel,
  convolutionOfImageKernel,
  type FilterGradientAttributes,
  type ImageGradientAttributes,
} from '../../operations/convolution';
import type { ConvolutionGeometry } from '../../operations/convolutionGeometry';
import {
  maxPoolKernel,
  maxPoolPickKernel,
  maxPoolSpreadKernel,
  type PoolAttributes,
} from '../../operations/maxPool';
import { sizeOf } from '../../runtime';
import { convolutionImageGradient, convolve } from '../convolution';
import { convolutionFilterGradient } from '../convolutionFilterGradient';
import { binary, unary } from '../elementwise';
import type { Graph } from '../graph';
import { matmul } from '../matmul';
import { maxPool, maxPoolPick, maxPoolSpread } from '../pooling';
import { reduce } from '../reductions';
import { reshape } from '../shapes';
import type { Value } from '../values';
import type { Kernel, KernelCall, KernelFamily } from './kernel';

export const convolution: KernelFamily = {
  [convolutionKernel]: (({ graph, inputs: { x, filter } }, geometry) =>
    convolve(graph, x, filter, geometry)) satisfies Kernel<ConvolutionGeometry>,
  [convolutionOfImageKernel]: (({ graph, inputs: { dy, filter } }, { imageShape, ...geometry }) =>
    convolutionImageGradient(
      graph,
      dy,
      filter,
      imageShape,
      geometry,
    )) satisfies Kernel<ImageGradientAttributes>,
  [convolutionOfFilterKernel]: (({ graph, inputs: { x, dy } }, { filterShape, ...geometry }) =>
    convolutionFilterGradient(
      graph,
      x,
      dy,
      filterShape,
      geometry,
    )) satisfies Kernel<FilterGradientAttributes>,

  [maxPoolKernel]: (({ graph, inputs: { x } }, window) =>
    maxPool(graph, x, window)) satisfies Kernel<PoolAttributes>,
  [maxPoolSpreadKernel]: (({ graph, inputs: { dy, x } }, window) =>
    maxPoolSpread(graph, dy, x, window)) satisfies Kernel<PoolAttributes>,
  [maxPoolPickKernel]: (({ graph, inputs: { u, x } }, window) =>
    maxPoolPick(graph, u, x, window)) satisfies Kernel<PoolAttributes>,

  [channelDotKernel]: ({ graph, inputs: { a, b } }) => dotOfChannels(graph, a, b),
  [batchNormKernel]: batchNorm as Kernel<never>,
};

/**
 * Not by the node BatchNormalization in training mode: it writes its statistics into the memory of two of its inputs, whoever
 * else reads them, and runs on one thread.
 */
function batchNorm(call: KernelCall, { epsilon }: { epsilon: number }): readonly Value[] {
  const { graph, inputs } = call;
  const { x, gamma, beta } = inputs as { x: Value; gamma: Value; beta: Value };
  const channel = (value: Value) => reshape(graph, value, [gamma.shape[0]!, 1, 1]);
  const mean = reduce(graph, 'ReduceMean', x, [0, 2, 3], false);
  const centred = binary(graph, 'Sub', x, channel(mean));
  const share = gamma.shape[0]! / sizeOf(x.shape);
  const variance = binary(graph, 'Mul', dotOfChannels(graph, centred, centred), graph.scalar(share));
  const std = unary(graph, 'Sqrt', binary(graph, 'Add', variance, graph.scalar(epsilon)));
  const scale = binary(graph, 'Mul', gamma, unary(graph, 'Reciprocal', std));
  const scaled = binary(graph, 'Mul', centred, channel(scale));
  return [binary(graph, 'Add', scaled, channel(beta)), mean, variance];
}

/** sum over n, h, w of a b. On the CPU a row times a column an image and channel, which makes no array of the products. */
function dotOfChannels(graph: Graph, a: Value, b: Value): Value {
  if (graph.target === 'onnx-webgpu')
    return reduce(graph, 'ReduceSum', binary(graph, 'Mul', a, b), [0, 2, 3], false);
  const [n, c, ...extents] = a.shape as [number, number, number, number];
  const rows = [n * c, 1, sizeOf(extents)];
  const products = matmul(graph, reshape(graph, a, rows), reshape(graph, b, rows), false, true);
  return reduce(graph, 'ReduceSum', reshape(graph, products, [n, c]), [0], false);
}
