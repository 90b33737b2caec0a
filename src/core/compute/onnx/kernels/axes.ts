/** Axes as tfjs hands them to kernels: one or many, negative ones counting from the back. */
import * as tf from '@tensorflow/tfjs-core';
import type { Value } from '../values';

/** Axes as they come from tfjs, as a list without negative ones. */
export function axesOf(axis: number | number[], x: Value): number[] {
  return tf.util.parseAxisParam(axis, [...x.shape]);
}

export function axisOf(axis: number, x: Value): number {
  return axesOf(axis, x)[0]!;
}
