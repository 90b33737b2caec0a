/** What a vision model is to the rest of the program: named layers and one pure function. */
import type { Tensor } from '@tensorflow/tfjs-core';
import type { Group, TensorSpec } from '../compute/runtime';

/** Everything one pass through the network shows. */
export interface ForwardPass {
  /** Output of every block before any final norm, in network order: tokens `[n, t, d]`. */
  readonly blocks: readonly Tensor[];
  /** The embedding that the head reads `[n, d]`: layer "final". */
  readonly final: Tensor;
  /** `[n, classes]` */
  readonly logits: Tensor;
  /** Of a training pass: new values of the model's `buffers`. */
  readonly updates?: Group<Tensor>;
}

/** `training`: BatchNorm takes the statistics of the batch and gives new running ones; other layers do the same in both. */
export type ForwardMode = 'training' | 'evaluation';

export interface VisionModel {
  readonly architecture: string;
  /** "block.0" ... in network order, then "final". */
  readonly layers: readonly string[];
  /** Of the embedding that the head reads. */
  readonly width: number;
  /** Of every layer, by its name. */
  readonly widths: Readonly<Record<string, number>>;
  readonly classes: number;
  /** Size of the images it takes, in pixels. */
  readonly input: { readonly height: number; readonly width: number };
  /** Names, shapes and dtypes of all parameters and buffers; names of the head begin with "head.". */
  readonly parameters: Group<TensorSpec>;
  /** Tokens at the front of each block's output that are no patches (CLS, registers). */
  readonly prefixTokens: number;
  /** Whether the first of them is a CLS token; without one a layer stands for an image by the mean of its patches. */
  readonly hasCls: boolean;
  /** Names of `parameters` that no gradient moves: running statistics, which a training pass gives anew. */
  readonly buffers: readonly string[];
  /** `images`: float32 `[n, 3, height, width]`, preprocessed. `mode`: 'evaluation' if not given. */
  forward(parameters: Group<Tensor>, images: Tensor, mode?: ForwardMode): ForwardPass;
}

export const headPrefix = 'head.';

/** What of `group`, by parameter name, a gradient moves: all but the buffers. */
export function withoutBuffers<T>({ buffers }: Pick<VisionModel, 'buffers'>, group: Group<T>): Group<T> {
  if (buffers.length === 0) return group;
  const held = new Set(buffers);
  return Object.fromEntries(Object.entries(group).filter(([name]) => !held.has(name)));
}
