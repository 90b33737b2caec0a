/** Lets a kernel of ours be written with ordinary tfjs operations. */
import * as tf from '@tensorflow/tfjs-core';

/** Kernels are given `TensorInfo`s, operations want `Tensor`s: the same data under a new tensor. */
export function asTensor(info: tf.TensorInfo): tf.Tensor {
  return tf.engine().runKernel(tf.Identity, { x: info } as unknown as tf.NamedTensorMap);
}
