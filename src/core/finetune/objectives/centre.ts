/** Column-centred features, which all RepSim objectives start from. */
import * as tf from '@tensorflow/tfjs-core';

/** Subtracts the mean over the batch: `[n, d]` to `[n, d]`. */
export function centreColumns(features: tf.Tensor): tf.Tensor {
  return tf.sub(features, tf.mean(features, 0, true));
}

/** Squared Frobenius norm: a scalar. */
export function squaredNorm(x: tf.Tensor): tf.Tensor {
  return tf.sum(tf.mul(x, x));
}

/**
 * What both objectives are divided by: the pretrained side alone, so that the scale of the features stays anchored. A batch whose
 * pretrained features are all alike has nothing to keep; the bound keeps its term finite.
 */
export function anchored(distance: tf.Tensor, pretrainedNorm: tf.Tensor): tf.Tensor {
  return tf.div(distance, tf.maximum(pretrainedNorm, 1e-12));
}
