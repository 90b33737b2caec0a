/**
 * ConvNeXt (Liu et al., 2022) and ConvNeXt V2 (Woo et al., 2023) as one pure function of their parameters. Between the
 * blocks it holds tokens as rows `[n * h * w, c]`, as norms and products want; only convolutions see images `[n, c, h, w]`.
 */
import * as tf from '@tensorflow/tfjs-core';
import { evenGeometry } from '../compute/operations/convolutionGeometry';
import { layerNorm } from '../compute/operations/layerNorm';
import type { Group, TensorSpec } from '../compute/runtime';
import { type ActivationName, activation } from './activations';
import { headLogits, linear } from './head';
import { type Channels, convolve, imagesOf, tokensOf, withChannels } from './images';
import { headPrefix, type VisionModel } from './model';

export interface ConvnextConfig {
  /** 3 if not given. */
  readonly channels?: Channels;
  /** Side of the patches that the stem makes tokens of, in pixels. */
  readonly patch: number;
  /** Channels and blocks of each stage. */
  readonly widths: readonly number[];
  readonly depths: readonly number[];
  /** Side of the depthwise filters: odd. */
  readonly kernel: number;
  /** Inner width of the MLP of each stage. */
  readonly mlpWidths: readonly number[];
  readonly activation: ActivationName;
  /** Whether every block's branch is scaled by channel. */
  readonly layerScale: boolean;
  /** Whether the MLPs have a global response normalisation (V2). */
  readonly globalResponse: boolean;
  readonly layerNormEpsilon: number;
  /** Of the norm that the head reads. */
  readonly finalEpsilon: number;
  readonly image: { readonly height: number; readonly width: number };
  /** 0: no head, and `logits` is `[n, 0]`. */
  readonly classes: number;
}

/** Added to the mean response, in all implementations. */
const responseEpsilon = 1e-6;

export interface ConvnextBlock {
  readonly stage: number;
  /** Within its stage; 0 halves the image before it, except in the first stage. */
  readonly index: number;
  readonly halves: boolean;
}

/** All blocks in network order. */
export function convnextBlocks({ depths }: Pick<ConvnextConfig, 'depths'>): ConvnextBlock[] {
  return depths.flatMap((depth, stage) =>
    Array.from({ length: depth }, (_, index) => ({ stage, index, halves: stage > 0 && index === 0 })),
  );
}

function convnextParameters(config: ConvnextConfig): Group<TensorSpec> {
  const { widths, patch, kernel, classes } = config;
  const shapes: Record<string, readonly number[]> = {};
  const add = (name: string, out: number, ...into: number[]): void => {
    shapes[`${name}.weight`] = [out, ...into];
    shapes[`${name}.bias`] = [out];
  };
  add('embeddings.patch', widths[0]!, config.channels ?? 3, patch, patch);
  add('embeddings.norm', widths[0]!);
  for (const [i, { stage, halves }] of convnextBlocks(config).entries()) {
    const [block, d, inner] = [`blocks.${i}`, widths[stage]!, config.mlpWidths[stage]!];
    if (halves) {
      add(`${block}.downsample.norm`, widths[stage - 1]!);
      add(`${block}.downsample.conv`, d, widths[stage - 1]!, 2, 2);
    }
    add(`${block}.depthwise`, d, 1, kernel, kernel);
    add(`${block}.norm`, d);
    add(`${block}.mlp.fc1`, inner, d);
    if (config.globalResponse) add(`${block}.mlp.response`, inner);
    add(`${block}.mlp.fc2`, d, inner);
    if (config.layerScale) shapes[`${block}.scale`] = [d];
  }
  const width = widths[widths.length - 1]!;
  add('norm', width);
  if (classes > 0) add(headPrefix.slice(0, -1), classes, width);
  return Object.fromEntries(
    Object.entries(shapes).map(([name, shape]) => [name, { shape, dtype: 'float32' as const }]),
  );
}

/** Tokens as rows of a matrix `[n * h * w, c]`, and the images that they are. */
interface Grid {
  readonly rows: tf.Tensor;
  readonly height: number;
  readonly width: number;
}

function gridOf(image: tf.Tensor): Grid {
  const [, c, height, width] = image.shape as [number, number, number, number];
  return { rows: tf.reshape(tokensOf(image), [-1, c]), height, width };
}

/** `[n, h * w, c]` */
function tokensOfGrid({ rows, height, width }: Grid): tf.Tensor {
  return tf.reshape(rows, [-1, height * width, rows.shape[1]!]);
}

const imageOf = (grid: Grid): tf.Tensor => imagesOf(tokensOfGrid(grid), grid.height, grid.width);

/** gamma (x N) + beta + x, N the norm of a channel over the image, relative to the mean of all channels. */
function globalResponse(parameters: Group<tf.Tensor>, name: string, grid: Grid): tf.Tensor {
  const x = tokensOfGrid(grid);
  const norms = tf.sqrt(tf.sum(tf.square(x), 1, true));
  const relative = tf.div(norms, tf.add(tf.mean(norms, -1, true), responseEpsilon));
  const scaled = tf.mul(tf.mul(x, relative), parameters[`${name}.weight`]!);
  const answered = tf.add(tf.add(scaled, parameters[`${name}.bias`]!), x);
  return tf.reshape(answered, grid.rows.shape);
}

export function createConvnext(config: ConvnextConfig): VisionModel {
  const act = activation(config.activation);
  const blocks = convnextBlocks(config);
  const { widths, kernel, patch } = config;
  const width = widths[widths.length - 1]!;
  const layers = blocks.map((_, i) => `block.${i}`);
  const blockWidths = blocks.map(({ stage }, i) => [layers[i]!, widths[stage]!] as const);

  const norm = (parameters: Group<tf.Tensor>, name: string, x: tf.Tensor, epsilon: number): tf.Tensor =>
    layerNorm(x, parameters[`${name}.weight`]!, parameters[`${name}.bias`]!, epsilon);

  const halved = (parameters: Group<tf.Tensor>, name: string, grid: Grid): Grid => {
    const rows = norm(parameters, `${name}.norm`, grid.rows, config.layerNormEpsilon);
    const image = imageOf({ ...grid, rows });
    return gridOf(convolve(parameters, `${name}.conv`, image, evenGeometry({ stride: 2 })));
  };

  const branch = (parameters: Group<tf.Tensor>, name: string, grid: Grid): tf.Tensor => {
    const geometry = evenGeometry({ padding: (kernel - 1) / 2, groups: grid.rows.shape[1]! });
    const mixed = gridOf(convolve(parameters, `${name}.depthwise`, imageOf(grid), geometry));
    const normed = norm(parameters, `${name}.norm`, mixed.rows, config.layerNormEpsilon);
    const inner = act(linear(parameters, `${name}.mlp.fc1`, normed));
    const answered = config.globalResponse
      ? globalResponse(parameters, `${name}.mlp.response`, { ...grid, rows: inner })
      : inner;
    const changed = linear(parameters, `${name}.mlp.fc2`, answered);
    const scale = parameters[`${name}.scale`];
    return scale === undefined ? changed : tf.mul(changed, scale);
  };

  return {
    architecture: 'convnext',
    layers: [...layers, 'final'],
    width,
    widths: { ...Object.fromEntries(blockWidths), final: width },
    classes: config.classes,
    input: config.image,
    parameters: convnextParameters(config),
    prefixTokens: 0,
    hasCls: false,
    buffers: [],
    forward(parameters, images) {
      const coloured = withChannels(images, config.channels ?? 3);
      const patches = convolve(parameters, 'embeddings.patch', coloured, evenGeometry({ stride: patch }));
      let grid = gridOf(patches);
      grid = { ...grid, rows: norm(parameters, 'embeddings.norm', grid.rows, config.layerNormEpsilon) };
      const taps = blocks.map(({ halves }, i) => {
        const name = `blocks.${i}`;
        if (halves) grid = halved(parameters, `${name}.downsample`, grid);
        grid = { ...grid, rows: tf.add(grid.rows, branch(parameters, name, grid)) };
        return tokensOfGrid(grid);
      });
      const final = norm(parameters, 'norm', tf.mean(tokensOfGrid(grid), 1), config.finalEpsilon);
      const logits = config.classes > 0 ? headLogits(parameters, final) : tf.zeros([images.shape[0]!, 0]);
      return { blocks: taps, final, logits };
    },
  };
}
