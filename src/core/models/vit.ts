/**
 * The vision transformer (Dosovitskiy et al., 2021) as one pure function of its parameters. Weights have PyTorch's
 * orientation `[out, in]`; between the blocks tokens are rows `[n * t, d]`, because two-dimensional products are fastest.
 */
import * as tf from '@tensorflow/tfjs-core';
import { layerNorm } from '../compute/operations/layerNorm';
import type { Group, TensorSpec } from '../compute/runtime';
import { type ActivationName, activation } from './activations';
import { headPrefix, type VisionModel } from './model';

export interface VitConfig {
  readonly width: number;
  readonly depth: number;
  /** Divides `width`. */
  readonly heads: number;
  readonly mlpWidth: number;
  readonly activation: ActivationName;
  readonly layerNormEpsilon: number;
  /** Whether query, key and value have biases. */
  readonly attentionBias: boolean;
  /** In pixels; a multiple of `patch`. */
  readonly image: { readonly height: number; readonly width: number };
  readonly patch: { readonly height: number; readonly width: number };
  /** 0: no head, and `logits` is `[n, 0]`. */
  readonly classes: number;
}

/** Patches of one image: rows and columns of the position grid. */
export function patchGrid({ image, patch }: Pick<VitConfig, 'image' | 'patch'>): {
  rows: number;
  columns: number;
} {
  return { rows: Math.floor(image.height / patch.height), columns: Math.floor(image.width / patch.width) };
}

/** Names and shapes of all parameters, in network order. */
export function vitParameters(config: VitConfig): Group<TensorSpec> {
  const { width: d, mlpWidth, classes } = config;
  const { rows, columns } = patchGrid(config);
  const shapes: Record<string, readonly number[]> = {
    'embeddings.patch.weight': [d, 3 * config.patch.height * config.patch.width],
    'embeddings.patch.bias': [d],
    'embeddings.cls': [1, d],
    'embeddings.position': [1 + rows * columns, d],
  };
  for (let i = 0; i < config.depth; i++) {
    const block = `blocks.${i}`;
    shapes[`${block}.norm1.weight`] = [d];
    shapes[`${block}.norm1.bias`] = [d];
    shapes[`${block}.attention.qkv.weight`] = [3 * d, d];
    if (config.attentionBias) shapes[`${block}.attention.qkv.bias`] = [3 * d];
    shapes[`${block}.attention.output.weight`] = [d, d];
    shapes[`${block}.attention.output.bias`] = [d];
    shapes[`${block}.norm2.weight`] = [d];
    shapes[`${block}.norm2.bias`] = [d];
    shapes[`${block}.mlp.fc1.weight`] = [mlpWidth, d];
    shapes[`${block}.mlp.fc1.bias`] = [mlpWidth];
    shapes[`${block}.mlp.fc2.weight`] = [d, mlpWidth];
    shapes[`${block}.mlp.fc2.bias`] = [d];
  }
  shapes['norm.weight'] = [d];
  shapes['norm.bias'] = [d];
  if (classes > 0) {
    shapes[`${headPrefix}weight`] = [classes, d];
    shapes[`${headPrefix}bias`] = [classes];
  }
  return Object.fromEntries(
    Object.entries(shapes).map(([name, shape]) => [name, { shape, dtype: 'float32' as const }]),
  );
}

/** x W^T + b: `x` `[rows, in]`, weight `[out, in]`, bias `[out]` or none. */
function linear(parameters: Group<tf.Tensor>, name: string, x: tf.Tensor): tf.Tensor {
  const product = tf.matMul(x, parameters[`${name}.weight`]!, false, true);
  const bias = parameters[`${name}.bias`];
  return bias === undefined ? product : tf.add(product, bias);
}

/** Images `[n, 3, h, w]` to tokens `[n * t, d]`, CLS first, then the patches row by row. */
function embed(config: VitConfig, parameters: Group<tf.Tensor>, images: tf.Tensor): tf.Tensor {
  const n = images.shape[0]!;
  const { patch, width: d } = config;
  const { rows, columns } = patchGrid(config);
  const pixels = 3 * patch.height * patch.width;
  const cells = tf.reshape(images, [n, 3, rows, patch.height, columns, patch.width]);
  const patches = tf.reshape(tf.transpose(cells, [0, 2, 4, 1, 3, 5]), [n, rows * columns, pixels]);
  // CLS is a patch of zeros: everything a token gets whatever the image shows is then one small table `[t, d]`.
  const padding: [number, number][] = [
    [0, 0],
    [1, 0],
    [0, 0],
  ];
  const withCls = tf.reshape(tf.pad(patches, padding), [-1, pixels]);
  const projected = tf.matMul(withCls, parameters['embeddings.patch.weight']!, false, true);
  const [first, others] = tf.split(parameters['embeddings.position']!, [1, rows * columns], 0);
  const table = tf.concat(
    [tf.add(first!, parameters['embeddings.cls']!), tf.add(others!, parameters['embeddings.patch.bias']!)],
    0,
  );
  return tf.reshape(tf.add(tf.reshape(projected, [n, 1 + rows * columns, d]), table), [-1, d]);
}

/** Multi-head self-attention: `x` `[n * t, d]` and the result too. */
function attend(
  config: VitConfig,
  parameters: Group<tf.Tensor>,
  name: string,
  x: tf.Tensor,
  n: number,
): tf.Tensor {
  const { width: d, heads } = config;
  const perHead = d / heads;
  const qkv = tf.reshape(linear(parameters, `${name}.qkv`, x), [n, -1, 3, heads, perHead]);
  const [query, key, value] = tf.unstack(tf.transpose(qkv, [2, 0, 3, 1, 4]), 0); // each [n, heads, t, perHead]
  const scores = tf.matMul(tf.mul(query!, 1 / Math.sqrt(perHead)), key!, false, true);
  const mixed = tf.matMul(tf.softmax(scores, -1), value!);
  return linear(parameters, `${name}.output`, tf.reshape(tf.transpose(mixed, [0, 2, 1, 3]), [-1, d]));
}

/** A vision transformer with its norms before attention and MLP, a CLS token, and a linear head on it. */
export function createVit(config: VitConfig): VisionModel {
  const { width: d, depth } = config;
  const act = activation(config.activation);
  const norm = (parameters: Group<tf.Tensor>, name: string, x: tf.Tensor): tf.Tensor =>
    layerNorm(x, parameters[`${name}.weight`]!, parameters[`${name}.bias`]!, config.layerNormEpsilon);
  const layers = [...Array.from({ length: depth }, (_, i) => `block.${i}`), 'final'];
  return {
    architecture: 'vit',
    layers,
    width: d,
    widths: Object.fromEntries(layers.map((layer) => [layer, d])),
    classes: config.classes,
    input: config.image,
    parameters: vitParameters(config),
    buffers: [],
    forward(parameters, images) {
      const n = images.shape[0]!;
      let x = embed(config, parameters, images);
      const blocks: tf.Tensor[] = [];
      for (let i = 0; i < depth; i++) {
        const block = `blocks.${i}`;
        x = tf.add(
          x,
          attend(config, parameters, `${block}.attention`, norm(parameters, `${block}.norm1`, x), n),
        );
        const hidden = act(linear(parameters, `${block}.mlp.fc1`, norm(parameters, `${block}.norm2`, x)));
        x = tf.add(x, linear(parameters, `${block}.mlp.fc2`, hidden));
        blocks.push(tf.reshape(x, [n, -1, d]));
      }
      const cls = tf.reshape(tf.slice(blocks[depth - 1]!, [0, 0, 0], [n, 1, d]), [n, d]);
      const final = norm(parameters, 'norm', cls);
      const logits = config.classes > 0 ? linear(parameters, 'head', final) : tf.zeros([n, 0]);
      return { blocks, prefixTokens: 1, final, logits };
    },
  };
}
