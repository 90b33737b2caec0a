/**
 * Convolution of images `[n, c, h, w]`, PyTorch's layout, with strides, any padding, dilation and groups. It is linear in
 * image and filter, and so are its two derivatives, which are operations too: each is the derivative of the others, hence
 * all derivatives of any order.
 */
import * as tf from '@tensorflow/tfjs-core';
import { type ConvolutionGeometry, convolvedShape } from './convolutionGeometry';
import { registerConvolutionReference } from './convolutionReference';

/** Inputs {x, filter}. */
export const convolutionKernel = 'RepsimConvolution';
/** Inputs {dy, filter}, attribute {imageShape}. */
export const convolutionOfImageKernel = 'RepsimConvolutionImageGradient';
/** Inputs {x, dy}, attribute {filterShape}. */
export const convolutionOfFilterKernel = 'RepsimConvolutionFilterGradient';

export interface ImageGradientAttributes extends ConvolutionGeometry {
  readonly imageShape: readonly number[];
}

export interface FilterGradientAttributes extends ConvolutionGeometry {
  readonly filterShape: readonly number[];
}

/**
 * Cross-correlation, as networks compute it: x `[n, i, h, w]`, filter `[o, i / groups, kh, kw]`; gives `[n, o, rows, columns]`.
 * Throws an Error if the shapes do not fit together.
 */
export function convolution(x: tf.Tensor, filter: tf.Tensor, geometry: ConvolutionGeometry): tf.Tensor {
  convolvedShape(x.shape, filter.shape, geometry);
  return run(convolutionKernel, { x, filter }, geometry);
}

/** The gradient with respect to the image `[n, i, h, w]`, given that of the output; also a transposed convolution. */
export function convolutionImageGradient(
  dy: tf.Tensor,
  filter: tf.Tensor,
  imageShape: readonly number[],
  geometry: ConvolutionGeometry,
): tf.Tensor {
  return run(convolutionOfImageKernel, { dy, filter }, { ...geometry, imageShape });
}

/** The gradient with respect to the filter `[o, i / groups, kh, kw]`, given that of the output. */
export function convolutionFilterGradient(
  x: tf.Tensor,
  dy: tf.Tensor,
  filterShape: readonly number[],
  geometry: ConvolutionGeometry,
): tf.Tensor {
  return run(convolutionOfFilterKernel, { x, dy }, { ...geometry, filterShape });
}

function run(kernel: string, inputs: tf.NamedTensorMap, attributes: object): tf.Tensor {
  return tf.engine().runKernel(kernel, inputs, attributes as unknown as tf.NamedAttrMap);
}

registerConvolutionReference({
  convolution: convolutionKernel,
  ofImage: convolutionOfImageKernel,
  ofFilter: convolutionOfFilterKernel,
});

tf.registerGradient({
  kernelName: convolutionKernel,
  inputsToSave: ['x', 'filter'],
  gradFunc: (upstream, saved, attributes) => {
    const dy = upstream as tf.Tensor;
    const [x, filter] = saved as [tf.Tensor, tf.Tensor];
    const geometry = attributes as unknown as ConvolutionGeometry;
    return {
      x: () => convolutionImageGradient(dy, filter, x.shape, geometry),
      filter: () => convolutionFilterGradient(x, dy, filter.shape, geometry),
    };
  },
});

tf.registerGradient({
  kernelName: convolutionOfImageKernel,
  inputsToSave: ['dy', 'filter'],
  gradFunc: (upstream, saved, attributes) => {
    const g = upstream as tf.Tensor;
    const [dy, filter] = saved as [tf.Tensor, tf.Tensor];
    const { imageShape: _, ...geometry } = attributes as unknown as ImageGradientAttributes;
    return {
      dy: () => convolution(g, filter, geometry),
      filter: () => convolutionFilterGradient(g, dy, filter.shape, geometry),
    };
  },
});

tf.registerGradient({
  kernelName: convolutionOfFilterKernel,
  inputsToSave: ['x', 'dy'],
  gradFunc: (upstream, saved, attributes) => {
    const g = upstream as tf.Tensor;
    const [x, dy] = saved as [tf.Tensor, tf.Tensor];
    const { filterShape: _, ...geometry } = attributes as unknown as FilterGradientAttributes;
    return {
      x: () => convolutionImageGradient(dy, g, x.shape, geometry),
      dy: () => convolution(x, g, geometry),
    };
  },
});
