/** The classification head, the same for all architectures: linear in the embedding "final". */
import * as tf from '@tensorflow/tfjs-core';
import type { Group } from '../compute/runtime';
import { headPrefix } from './model';

/** Of a head whose weights are `[in, out]`, as those of Keras and tfjs are. */
const kernel = `${headPrefix}kernel`;
/** Of the second head of a distilled network. */
export const distillationHead = `${headPrefix}distillation`;

/** x W^T + b: `x` `[rows, in]`, weight `[out, in]`, bias `[out]` or none. */
export function linear(parameters: Group<tf.Tensor>, name: string, x: tf.Tensor): tf.Tensor {
  const product = tf.matMul(x, parameters[`${name}.weight`]!, false, true);
  const bias = parameters[`${name}.bias`];
  return bias === undefined ? product : tf.add(product, bias);
}

/**
 * The head alone: `final` `[n, width]` to logits `[n, classes]`. A distilled network has two heads, one for each half of
 * `final`, and the logits are the mean of theirs (Touvron et al., 2021).
 */
export function headLogits(parameters: Group<tf.Tensor>, final: tf.Tensor): tf.Tensor {
  const name = headPrefix.slice(0, -1);
  if (parameters[kernel] !== undefined) {
    const product = tf.matMul(final, parameters[kernel]);
    const bias = parameters[`${name}.bias`];
    return bias === undefined ? product : tf.add(product, bias);
  }
  if (parameters[`${distillationHead}.weight`] === undefined) return linear(parameters, name, final);
  const [cls, distilled] = tf.split(final, 2, 1);
  const sum = tf.add(linear(parameters, name, cls!), linear(parameters, distillationHead, distilled!));
  return tf.mul(sum, 0.5);
}
