/** Cross-entropy whose second derivative is right; tfjs's own `losses.softmaxCrossEntropy` loses terms of it. */
import * as tf from '@tensorflow/tfjs-core';

/**
 * Cross-entropy of every row: -sum_c targets[i, c] log softmax(logits)[i, c].
 * `logits` and `targets` `[n, classes]`; a row of targets is a distribution, one-hot or soft. Returns `[n]`.
 */
export function softmaxCrossEntropy(logits: tf.Tensor, targets: tf.Tensor): tf.Tensor {
  return tf.neg(tf.sum(tf.mul(targets, tf.logSoftmax(logits, -1)), -1));
}
