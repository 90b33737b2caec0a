/** How tfjs writes down convolutions and poolings of images `[n, h, w, c]`, in the terms of our own operations. */
import * as tf from '@tensorflow/tfjs-core';
import type { ConvolutionGeometry, Pair } from './convolutionGeometry';
import type { PoolAttributes } from './maxPool';

type Attributes = Pick<tf.Conv2DAttrs, 'strides' | 'pad' | 'dimRoundingMode'> & {
  readonly dilations?: [number, number] | number | null;
  readonly dataFormat?: string;
};

/** `filter`: `[kh, kw, i, o]`, or `[kh, kw, i, multiplier]` of a depthwise convolution. Throws an Error for images `[n, c, h, w]`. */
export function geometryOf(
  image: readonly number[],
  filter: readonly number[],
  { strides, dilations, pad, dimRoundingMode, dataFormat }: Attributes,
  depthwise = false,
): ConvolutionGeometry {
  checkFormat(dataFormat);
  const info = tf.backend_util.computeConv2DInfo(
    image as [number, number, number, number],
    filter as [number, number, number, number],
    strides,
    dilations ?? 1,
    pad,
    dimRoundingMode,
    depthwise,
  );
  return { ...geometry(info), groups: depthwise ? info.inChannels : 1 };
}

export function windowOf(image: readonly number[], attributes: tf.MaxPoolAttrs): PoolAttributes {
  const { filterSize, strides, pad, dimRoundingMode } = attributes;
  const info = tf.backend_util.computePool2DInfo(
    image as [number, number, number, number],
    filterSize,
    strides,
    1,
    pad,
    dimRoundingMode,
  );
  return { ...geometry(info), size: [info.filterHeight, info.filterWidth] };
}

function geometry(info: tf.backend_util.Conv2DInfo) {
  const { top, left, bottom, right } = info.padInfo;
  return {
    strides: [info.strideHeight, info.strideWidth] as Pair,
    dilations: [info.dilationHeight, info.dilationWidth] as Pair,
    pads: [top, left, bottom, right] as const,
  };
}

/** Shape of a depthwise filter `[kh, kw, i, multiplier]` as one of a convolution in i groups. */
export function filterOfDepthwise([kh, kw, inputs, multiplier]: readonly number[]): number[] {
  return [inputs! * multiplier!, 1, kh!, kw!];
}

function checkFormat(dataFormat: string | undefined): void {
  if (dataFormat !== undefined && dataFormat !== 'NHWC')
    throw new Error(`A convolution of ${dataFormat} images cannot be compiled: give images as NHWC.`);
}
