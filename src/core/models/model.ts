/** What a vision model is to the rest of the program: named layers and one pure function. */
import type { Tensor } from '@tensorflow/tfjs-core';
import type { Group, TensorSpec } from '../compute/runtime';

/** Everything one pass through the network shows. */
export interface ForwardPass {
  /** Output of every block before any final norm, in network order: tokens `[n, t, d]`. */
  readonly blocks: readonly Tensor[];
  /** Tokens at the front of each `blocks` entry that are no patches (CLS, registers). */
  readonly prefixTokens: number;
  /** The embedding that the head reads `[n, d]`: layer "final". */
  readonly final: Tensor;
  /** `[n, classes]` */
  readonly logits: Tensor;
}

export interface VisionModel {
  readonly architecture: string;
  /** "block.0" ... in network order, then "final". */
  readonly layers: readonly string[];
  readonly width: number;
  readonly classes: number;
  /** Size of the images it takes, in pixels. */
  readonly input: { readonly height: number; readonly width: number };
  /** Names, shapes and dtypes of all parameters; names of the head begin with "head.". */
  readonly parameters: Group<TensorSpec>;
  /** `images`: float32 `[n, 3, height, width]`, preprocessed. */
  forward(parameters: Group<Tensor>, images: Tensor): ForwardPass;
}

export const headPrefix = 'head.';
