/**
 * tfjs's operations on images `[n, h, w, c]`: those of the layers of a tfjs model. They are computed in ONNX's layout between
 * two transposes; transposes that meet cancel. Their gradients are in `imageGradients.ts` and made of our own operations.
 */
import * as tf from '@tensorflow/tfjs-core';
import { filterOfDepthwise, geometryOf, windowOf } from '../../operations/tfjsImages';
import { convolutionImageGradient, convolve } from '../convolution';
import { binary, unary } from '../elementwise';
import type { Graph } from '../graph';
import { averagePool, maxPool } from '../pooling';
import { cast, reshape, transpose } from '../shapes';
import type { Value } from '../values';
import type { Kernel, KernelCall, KernelFamily } from './kernel';

const toChannelsFirst = (graph: Graph, x: Value) => transpose(graph, x, [0, 3, 1, 2]);
const toChannelsLast = (graph: Graph, x: Value) => transpose(graph, x, [0, 2, 3, 1]);
/** `[h, w, i, o]` to `[o, i, h, w]` */
const filterFirst = (graph: Graph, filter: Value) => transpose(graph, filter, [3, 2, 0, 1]);

function conv2d({ graph, inputs: { x, filter } }: KernelCall, attributes: tf.Conv2DAttrs): Value {
  const geometry = geometryOf(x!.shape, filter!.shape, attributes);
  return toChannelsLast(
    graph,
    convolve(graph, toChannelsFirst(graph, x!), filterFirst(graph, filter!), geometry),
  );
}

function depthwise(
  { graph, inputs: { x, filter } }: KernelCall,
  attributes: tf.DepthwiseConv2dNativeAttrs,
): Value {
  const geometry = geometryOf(x!.shape, filter!.shape, attributes, true);
  const shape = filterOfDepthwise(filter!.shape);
  const filters = reshape(graph, transpose(graph, filter!, [2, 3, 0, 1]), shape);
  return toChannelsLast(graph, convolve(graph, toChannelsFirst(graph, x!), filters, geometry));
}

export const images: KernelFamily = {
  [tf.Conv2D]: conv2d as Kernel<never>,
  [tf.DepthwiseConv2dNative]: depthwise as Kernel<never>,
  [tf.Conv2DBackpropInput]: (({ graph, inputs: { dy, filter } }, attributes) => {
    const { inputShape } = attributes;
    const geometry = geometryOf(inputShape, filter.shape, { ...attributes, dilations: 1 });
    const [n, h, w, c] = inputShape;
    const gradient = convolutionImageGradient(
      graph,
      toChannelsFirst(graph, dy),
      filterFirst(graph, filter),
      [n, c, h, w],
      geometry,
    );
    return toChannelsLast(graph, gradient);
  }) satisfies Kernel<tf.Conv2DBackpropInputAttrs>,

  [tf.MaxPool]: (({ graph, inputs: { x } }, attributes) => {
    const pooled = maxPool(graph, toChannelsFirst(graph, x), windowOf(x.shape, attributes));
    return toChannelsLast(graph, pooled);
  }) satisfies Kernel<tf.MaxPoolAttrs>,
  [tf.AvgPool]: (({ graph, inputs: { x } }, attributes) => {
    const pooled = averagePool(graph, toChannelsFirst(graph, x), windowOf(x.shape, attributes));
    return toChannelsLast(graph, pooled);
  }) satisfies Kernel<tf.AvgPoolAttrs>,

  [tf.FusedBatchNorm]: (({ graph, inputs: { x, mean, variance, scale, offset } }, { varianceEpsilon }) => {
    const std = unary(graph, 'Sqrt', binary(graph, 'Add', variance, graph.scalar(varianceEpsilon)));
    const factor = binary(graph, 'Div', scale ?? graph.scalar(1), std);
    const centred = binary(graph, 'Mul', binary(graph, 'Sub', x, mean), factor);
    return offset ? binary(graph, 'Add', centred, offset) : centred;
  }) satisfies Kernel<tf.FusedBatchNormAttrs>,

  [tf.ResizeBilinear]: resize('linear'),
  [tf.ResizeNearestNeighbor]: resize('nearest'),
};

function resize(mode: 'linear' | 'nearest'): Kernel<tf.ResizeBilinearAttrs> {
  return ({ graph, inputs: { images: given } }, { size, alignCorners, halfPixelCenters }) => {
    const x = toChannelsFirst(graph, cast(graph, given!, 'float32'));
    const shape = [x.shape[0]!, x.shape[1]!, ...size];
    const mapping = alignCorners ? 'align_corners' : halfPixelCenters ? 'half_pixel' : 'asymmetric';
    // tfjs takes the pixel that a centre falls into, which half_pixel says as the nearest centre.
    const nearest = mapping === 'asymmetric' ? 'floor' : 'round_prefer_ceil';
    const attributes = {
      mode,
      coordinate_transformation_mode: mapping,
      ...(mode === 'nearest' ? { nearest_mode: nearest } : {}),
    };
    const output = { shape, dtype: 'float32' } as const;
    const inputs = [x, undefined, undefined, graph.indices(shape)];
    return toChannelsLast(graph, graph.emit('Resize', inputs, output, attributes));
  };
}
