/** Between tfjs's and TensorFlow's layout of images and filters and that of our own operations. */
import * as tf from '@tensorflow/tfjs-core';

/** `[n, h, w, c]` to `[n, c, h, w]`. */
export function channelsFirst(images: tf.Tensor): tf.Tensor {
  return tf.transpose(images, [0, 3, 1, 2]);
}

/** `[n, c, h, w]` to `[n, h, w, c]`. */
export function channelsLast(images: tf.Tensor): tf.Tensor {
  return tf.transpose(images, [0, 2, 3, 1]);
}

/** `[h, w, i, o]` to `[o, i, h, w]`. */
export function filterFirst(filter: tf.Tensor): tf.Tensor {
  return tf.transpose(filter, [3, 2, 0, 1]);
}

/** `[o, i, h, w]` to `[h, w, i, o]`. */
export function filterLast(filter: tf.Tensor): tf.Tensor {
  return tf.transpose(filter, [2, 3, 1, 0]);
}
