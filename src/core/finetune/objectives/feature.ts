/**
 * RepSim's feature objective, reconstructed from the abstract of arXiv 2503.07399 (the paper's own formula is not public):
 * the finetuned features should be the pretrained ones up to a rotation.
 */
import * as tf from '@tensorflow/tfjs-core';
import { anchored, squaredNorm } from './centre';

/**
 * ||F - F0 R||_F^2 / ||F0||_F^2 of one batch: a scalar. `features` F and `aligned` F0 R are `[n, d]`, centred by column;
 * ||F0 R|| = ||F0|| because R is orthogonal.
 */
export function featureDistance(features: tf.Tensor, aligned: tf.Tensor): tf.Tensor {
  return anchored(squaredNorm(tf.sub(features, aligned)), squaredNorm(aligned));
}
