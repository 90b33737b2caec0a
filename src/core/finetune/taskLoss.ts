/**
 * The loss and the right answers of a task, as MedMNIST's own code has them: of one class an image the cross-entropy over the classes,
 * ordinal levels too; of several labels an image the binary cross-entropy of each, mean over the labels.
 */
import * as tf from '@tensorflow/tfjs-core';
import type { Task } from '../../protocol/tasks';
import { softmaxCrossEntropy } from '../compute/operations/crossEntropy';

/**
 * The loss of every image `[n]`. `logits`, `targets` `[n, classes]`. `weights`, where given: of one class an image `[n]`, by which its
 * loss is multiplied; of several labels `[classes]`, by which the part of a present label is.
 */
export function lossPerImage(
  task: Task,
  logits: tf.Tensor,
  targets: tf.Tensor,
  weights?: tf.Tensor,
): tf.Tensor {
  if (task === 'multi-label') return tf.mean(binaryCrossEntropy(logits, targets, weights), 1);
  const losses = softmaxCrossEntropy(logits, targets);
  return weights === undefined ? losses : tf.mul(losses, weights);
}

/**
 * -w t log s(z) - (1 - t) log(1 - s(z)) of every entry, s the logistic function: as (1 - t) z + (1 + (w - 1) t) softplus(-z), which
 * overflows nowhere.
 */
function binaryCrossEntropy(
  logits: tf.Tensor,
  targets: tf.Tensor,
  weights: tf.Tensor | undefined,
): tf.Tensor {
  const tail = tf.softplus(tf.neg(logits));
  const factor = weights && tf.add(tf.mul(tf.sub(weights, 1), targets), 1);
  return tf.add(tf.mul(tf.sub(1, targets), logits), factor === undefined ? tail : tf.mul(factor, tail));
}

/**
 * How right the answer is for every image `[n]`, 0 to 1: 1 where no other class has a larger logit; of several labels the share of those
 * that are told rightly, present where the probability is above 1/2. `targets` `[n, classes]` are 0 and 1.
 */
export function rightPerImage(task: Task, logits: tf.Tensor, targets: tf.Tensor): tf.Tensor {
  if (task !== 'multi-label') {
    const right = tf.greaterEqual(tf.sum(tf.mul(logits, targets), 1), tf.max(logits, 1));
    return tf.cast(right, 'float32');
  }
  const told = tf.cast(tf.greater(logits, 0), 'float32');
  return tf.mean(tf.cast(tf.equal(told, targets), 'float32'), 1);
}
