/** The closed form of the feature objective: the minimum over all orthogonal R (Schonemann, 1966) of every batch. */
import * as tf from '@tensorflow/tfjs-core';
import { anchored, squaredNorm } from './centre';

/** A singular value of s times the norm is multiplied by 1.5 until it is near 1: 30 iterations reach down to s = 1e-5. */
const iterations = 30;

/**
 * min over R of ||F - F0 R||_F^2 / ||F0||_F^2 = (||F||^2 + ||F0||^2 - 2 ||F0' F||_*) / ||F0||^2: a scalar. Both `[n, d]`, centred by
 * column; n < d is fine. Includes reflections.
 */
export function procrustesDistance(features: tf.Tensor, pretrained: tf.Tensor): tf.Tensor {
  const cross = tf.matMul(pretrained, features, true, false);
  const norm = squaredNorm(pretrained);
  const distance = tf.sub(tf.add(squaredNorm(features), norm), tf.mul(nuclearNorm(cross), 2));
  return anchored(distance, norm);
}

/**
 * Sum of the singular values of `matrix` `[a, b]`. Its derivative is the polar factor UV', so that nothing is differentiated
 * through the iterations; first derivatives only.
 */
export function nuclearNorm(matrix: tf.Tensor): tf.Tensor {
  const evaluate = tf.customGrad((x, save) => {
    const factor = polarFactor(x as tf.Tensor);
    (save as tf.GradSaveFunc)([factor]);
    return {
      value: tf.sum(tf.mul(x as tf.Tensor, factor)),
      gradFunc: (dy: tf.Tensor, [saved]: tf.Tensor[]) => tf.mul(dy, saved!),
    };
  });
  return evaluate(matrix);
}

/**
 * UV' of `matrix` = U S V' `[a, b]` by Newton and Schulz: X <- X (3 I - X' X) / 2 from X = matrix / ||matrix||_F. Directions whose
 * singular value is 0 stay 0.
 */
function polarFactor(matrix: tf.Tensor): tf.Tensor {
  let factor: tf.Tensor = tf.div(matrix, tf.maximum(tf.sqrt(squaredNorm(matrix)), 1e-12));
  for (let i = 0; i < iterations; i++) {
    const gram = tf.matMul(factor, factor, true, false);
    factor = tf.sub(tf.mul(factor, 1.5), tf.matMul(factor, tf.mul(gram, 0.5)));
  }
  return factor;
}
