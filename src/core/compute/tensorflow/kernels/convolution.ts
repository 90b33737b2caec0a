/** Our own operations on images `[n, c, h, w]`. TensorFlow's convolution of a CPU wants channels last, and knows no groups and dilations. */
import * as tf from '@tensorflow/tfjs-core';
import { batchNormKernel } from '../../operations/batchNorm';
import { channelDot, channelDotKernel, perChannel } from '../../operations/channelDot';
import {
  convolutionKernel,
  convolutionOfFilterKernel,
  convolutionOfImageKernel,
  type FilterGradientAttributes,
  type ImageGradientAttributes,
} from '../../operations/convolution';
import {
  type ConvolutionGeometry,
  convolvedShape,
  type Pair,
  pooledShape,
} from '../../operations/convolutionGeometry';
import { channelsFirst, channelsLast, filterFirst, filterLast } from '../../operations/imageLayout';
import {
  maxPoolKernel,
  maxPoolPickKernel,
  maxPoolSpreadKernel,
  type PoolAttributes,
} from '../../operations/maxPool';
import { dtypeOf, type Kernel, type KernelCall, type KernelFamily, operation } from './kernel';
import { total, Windows } from './windows';

const isPlain = ({ groups, dilations }: ConvolutionGeometry) =>
  groups === 1 && dilations[0] === 1 && dilations[1] === 1;

function attributesOf({ strides, pads: [top, left, bottom, right] }: ConvolutionGeometry) {
  return {
    texts: { padding: 'EXPLICIT', data_format: 'NHWC' },
    ints: {
      strides: [1, ...strides, 1],
      dilations: [1, 1, 1, 1],
      explicit_paddings: [0, 0, top, bottom, left, right, 0, 0],
    },
    flags: { use_cudnn_on_gpu: true },
  };
}

function windowsOf(
  call: KernelCall,
  image: readonly number[],
  filter: readonly number[],
  geometry: ConvolutionGeometry,
): Windows {
  const [, , rows, columns] = convolvedShape(image, filter, geometry);
  return new Windows(call, image, [filter[2]!, filter[3]!], [rows!, columns!], geometry);
}

/** The filters of one element of the window, `[1, groups, o, i]` with the channels of a group. */
function filterAt(filter: tf.Tensor, [ky, kx]: Pair, groups: number): tf.Tensor {
  const [outputs, inputs] = filter.shape as [number, number, number, number];
  const at = tf.slice(filter, [0, 0, ky, kx], [outputs, inputs, 1, 1]);
  return tf.reshape(at, [1, groups, outputs / groups, inputs]);
}

/** `[n, c, rows, columns]` as a matrix a group: `[n, groups, c / groups, rows columns]`. */
function inGroups(x: tf.Tensor, groups: number): tf.Tensor {
  const [n, c] = x.shape as [number, number];
  return tf.reshape(x, [n, groups, c / groups, -1]);
}

const convolve: Kernel<ConvolutionGeometry> = (call, geometry) => {
  const { x, filter } = call.inputs as { x: tf.Tensor; filter: tf.Tensor };
  return tf.tidy(() => {
    if (isPlain(geometry)) {
      const inputs: [tf.Tensor, tf.Tensor] = [channelsLast(x), filterLast(filter)];
      return channelsFirst(operation(call, 'Conv2D', inputs, attributesOf(geometry)));
    }
    const { groups } = geometry;
    const windows = windowsOf(call, x.shape, filter.shape, geometry);
    const padded = windows.pad(x);
    const products = windows.elements.map((at) =>
      tf.matMul(filterAt(filter, at, groups), inGroups(windows.take(padded, at), groups)),
    );
    return tf.reshape(total(products), convolvedShape(x.shape, filter.shape, geometry));
  });
};

const imageGradient: Kernel<ImageGradientAttributes> = (call, { imageShape, ...geometry }) => {
  const { dy, filter } = call.inputs as { dy: tf.Tensor; filter: tf.Tensor };
  return tf.tidy(() => {
    const [n, c, h, w] = imageShape as [number, number, number, number];
    if (isPlain(geometry)) {
      const inputs = [[n, h, w, c], filterLast(filter), channelsLast(dy)];
      const attributes = { ...attributesOf(geometry), types: { T: dtypeOf(dy) } };
      return channelsFirst(call.backend.run('Conv2DBackpropInput', inputs, attributes)[0]!);
    }
    const windows = windowsOf(call, imageShape, filter.shape, geometry);
    const { groups } = geometry;
    const [, , rows, columns] = dy.shape as [number, number, number, number];
    const slopes = inGroups(dy, groups);
    const parts = windows.elements.map((at) => {
      const product = tf.matMul(filterAt(filter, at, groups), slopes, true, false);
      return windows.put(tf.reshape(product, [n, c, rows, columns]), at);
    });
    return windows.unpad(total(parts));
  });
};

const filterGradient: Kernel<FilterGradientAttributes> = (call, { filterShape, ...geometry }) => {
  const { x, dy } = call.inputs as { x: tf.Tensor; dy: tf.Tensor };
  return tf.tidy(() => {
    const [outputs, inputs, kh, kw] = filterShape as [number, number, number, number];
    if (isPlain(geometry)) {
      const operands = [channelsLast(x), [kh, kw, inputs, outputs], channelsLast(dy)];
      const attributes = { ...attributesOf(geometry), types: { T: dtypeOf(dy) } };
      return filterFirst(call.backend.run('Conv2DBackpropFilter', operands, attributes)[0]!);
    }
    const windows = windowsOf(call, x.shape, filterShape, geometry);
    const { groups } = geometry;
    const padded = windows.pad(x);
    const slopes = inGroups(dy, groups);
    const parts = windows.elements.map((at) => {
      const product = tf.matMul(slopes, inGroups(windows.take(padded, at), groups), false, true);
      return tf.reshape(tf.sum(product, 0), [outputs, inputs]);
    });
    return tf.reshape(tf.stack(parts, 2), [outputs, inputs, kh, kw]);
  });
};

/** For every window its elements `[elements, n, c, rows, columns]`, and a mask of the first largest of them. */
function maxima(call: KernelCall, x: tf.Tensor, window: PoolAttributes) {
  const [, , rows, columns] = pooledShape(x.shape, window.size, window);
  const windows = new Windows(call, x.shape, window.size, [rows!, columns!], window);
  const taken = (image: tf.Tensor, around: number) => {
    const padded = windows.pad(image, around);
    return tf.stack(windows.elements.map((at) => windows.take(padded, at)));
  };
  const elements = taken(x, Number.NEGATIVE_INFINITY);
  const chosen = tf.oneHot(tf.argMax(elements, 0), window.size[0] * window.size[1]);
  const axes = Array.from({ length: chosen.rank }, (_, axis) => (axis === 0 ? chosen.rank - 1 : axis - 1));
  return { windows, taken, elements, mask: tf.cast(tf.transpose(chosen, axes), 'float32') };
}

export const convolution: KernelFamily = {
  [convolutionKernel]: convolve as Kernel<never>,
  [convolutionOfImageKernel]: imageGradient as Kernel<never>,
  [convolutionOfFilterKernel]: filterGradient as Kernel<never>,

  [maxPoolKernel]: ((call, window) =>
    tf.tidy(() => tf.max(maxima(call, call.inputs.x!, window).elements, 0))) satisfies Kernel<PoolAttributes>,
  [maxPoolPickKernel]: ((call, window) =>
    tf.tidy(() => {
      const { taken, mask } = maxima(call, call.inputs.x!, window);
      return tf.sum(tf.mul(taken(call.inputs.u!, 0), mask), 0);
    })) satisfies Kernel<PoolAttributes>,
  [maxPoolSpreadKernel]: ((call, window) =>
    tf.tidy(() => {
      const { windows, mask } = maxima(call, call.inputs.x!, window);
      const slopes = tf.unstack(tf.mul(mask, call.inputs.dy!));
      return windows.unpad(total(windows.elements.map((at, i) => windows.put(slopes[i]!, at))));
    })) satisfies Kernel<PoolAttributes>,

  [channelDotKernel]: ({ inputs }) => tf.tidy(() => tf.sum(tf.mul(inputs.a!, inputs.b!), [0, 2, 3])),
  [batchNormKernel]: (({ inputs }, { epsilon }) => {
    const { x, gamma, beta } = inputs as { x: tf.Tensor; gamma: tf.Tensor; beta: tf.Tensor };
    return tf.tidy(() => {
      const mean = tf.mean(x, [0, 2, 3]);
      const centred = tf.sub(x, perChannel(mean));
      const variance = tf.mul(channelDot(centred, centred), gamma.size / x.size);
      const scale = tf.mul(gamma, tf.rsqrt(tf.add(variance, epsilon)));
      return [tf.add(tf.mul(centred, perChannel(scale)), perChannel(beta)), mean, variance];
    });
  }) satisfies Kernel<{ epsilon: number }>,
};
