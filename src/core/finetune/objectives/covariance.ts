/**
 * RepSim's covariance objective, reconstructed (see feature.ts): the finetuned features should vary as much along as many directions.
 * It constrains the spectrum only, so a small value says nothing about similarity: that is always measured by CKA.
 */
import * as tf from '@tensorflow/tfjs-core';
import { anchored, squaredNorm } from './centre';

/**
 * ||Cov F - R' Cov(F0) R||_F^2 / ||Cov F0||_F^2 of one batch: a scalar. `features` F and `aligned` F0 R are `[n, d]`, centred by
 * column, and R' Cov(F0) R = Cov(F0 R). The 1 / (n - 1) of both covariances cancels.
 */
export function covarianceDistance(features: tf.Tensor, aligned: tf.Tensor): tf.Tensor {
  const pretrained = tf.matMul(aligned, aligned, true, false);
  const finetuned = tf.matMul(features, features, true, false);
  return anchored(squaredNorm(tf.sub(finetuned, pretrained)), squaredNorm(pretrained));
}
