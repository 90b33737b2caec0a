/** What networks share: images `[n, c, h, w]` inside, tokens `[n, h * w, c]` where they are looked at. */
import * as tf from '@tensorflow/tfjs-core';
import { perChannel } from '../compute/operations/channelDot';
import { convolution } from '../compute/operations/convolution';
import type { ConvolutionGeometry } from '../compute/operations/convolutionGeometry';
import type { Group } from '../compute/runtime';

/** Colours of an image, or its brightness alone. */
export type Channels = 1 | 3;

/** Parts of red, green and blue in the brightness (ITU-R BT.601), as Pillow's mode "L" has it. */
const brightness: readonly number[] = [0.299, 0.587, 0.114];

/** Images `[n, 3, h, w]` as a network of so many channels takes them. */
export function withChannels(images: tf.Tensor, channels: Channels): tf.Tensor {
  if (channels === 3) return images;
  return tf.sum(tf.mul(images, tf.tensor([...brightness], [1, 3, 1, 1])), 1, true);
}

/** Filters `${name}.weight` `[o, i / groups, kh, kw]`, and biases `${name}.bias` `[o]` if there are any. */
export function convolve(
  parameters: Group<tf.Tensor>,
  name: string,
  x: tf.Tensor,
  geometry: ConvolutionGeometry,
): tf.Tensor {
  const y = convolution(x, parameters[`${name}.weight`]!, geometry);
  const bias = parameters[`${name}.bias`];
  return bias === undefined ? y : tf.add(y, perChannel(bias));
}

/** Images `[n, c, h, w]` to tokens `[n, h * w, c]`, row by row. */
export function tokensOf(x: tf.Tensor): tf.Tensor {
  const [n, c] = x.shape as [number, number];
  return tf.transpose(tf.reshape(x, [n, c, -1]), [0, 2, 1]);
}

/** Tokens `[n, h * w, c]` to images `[n, c, h, w]`. */
export function imagesOf(tokens: tf.Tensor, h: number, w: number): tf.Tensor {
  const [n, , c] = tokens.shape as [number, number, number];
  return tf.reshape(tf.transpose(tokens, [0, 2, 1]), [n, c, h, w]);
}
