/** Which vector of a forward pass stands for a layer. */
import * as tf from '@tensorflow/tfjs-core';
import type { ForwardPass, VisionModel } from '../models/model';

export const poolings = ['cls', 'mean'] as const;
export type Pooling = (typeof poolings)[number];
/** What a row is: an image by one of its poolings, or a token. */
export type SampleKind = Pooling | 'tokens';

/**
 * The representation of `layer` `[n, d]`. Of a block, `cls` is its first token and `mean` the mean of its patch tokens (a network
 * without a CLS token has the mean for both); `tokens` are all of them, `[n, t, d]`. "final" is the embedding that the head
 * reads `[n, d]`, whatever the pooling.
 */
export function representation(
  model: VisionModel,
  pass: ForwardPass,
  layer: string,
  pooling: SampleKind,
): tf.Tensor {
  const index = model.layers.indexOf(layer);
  if (index < 0) throw new Error(`The network has no layer "${layer}"; it has ${model.layers.join(', ')}.`);
  const tokens = pass.blocks[index];
  if (tokens === undefined) return pass.final;
  if (pooling === 'tokens') return tokens;
  const [n, t, d] = tokens.shape as [number, number, number];
  if (pooling === 'cls' && model.hasCls) {
    return tf.reshape(tf.slice(tokens, [0, 0, 0], [n, 1, d]), [n, d]);
  }
  return tf.mean(tf.slice(tokens, [0, model.prefixTokens, 0], [n, t - model.prefixTokens, d]), 1);
}
