/**
 * The vision transformer (Dosovitskiy et al., 2021) and its relatives as one pure function of its parameters. Weights have
 * PyTorch's orientation `[out, in]`; between the blocks tokens are rows `[n * t, d]`, because two-dimensional products are
 * fastest.
 */
import * as tf from '@tensorflow/tfjs-core';
import { layerNorm } from '../compute/operations/layerNorm';
import type { Group } from '../compute/runtime';
import { activation } from './activations';
import { headLogits, linear } from './head';
import { withChannels } from './images';
import type { VisionModel } from './model';
import { resampleGrid } from './positions';
import {
  finalWidth,
  patchGrid,
  prefixNames,
  prefixTokens,
  type VitConfig,
  type VitOptions,
  vitConfig,
  vitParameters,
} from './vitConfig';

type Parameters = Group<tf.Tensor>;

function norm(config: VitConfig, parameters: Parameters, name: string, x: tf.Tensor): tf.Tensor {
  return layerNorm(x, parameters[`${name}.weight`]!, parameters[`${name}.bias`]!, config.layerNormEpsilon);
}

/** Images `[n, 3, h, w]` to tokens `[n * t, d]`: the prefix tokens, then the patches row by row. */
function embed(config: VitConfig, parameters: Parameters, images: tf.Tensor): tf.Tensor {
  const n = images.shape[0]!;
  const { patch, width: d } = config;
  const { rows, columns } = patchGrid(config);
  const prefix = prefixTokens(config);
  const pixels = config.channels * patch.height * patch.width;
  const coloured = withChannels(images, config.channels);
  const cells = tf.reshape(coloured, [n, config.channels, rows, patch.height, columns, patch.width]);
  const patches = tf.reshape(tf.transpose(cells, [0, 2, 4, 1, 3, 5]), [n, rows * columns, pixels]);
  // Prefix tokens are patches of zeros: everything a token gets whatever the image shows is then one small table `[t, d]`.
  const padding: [number, number][] = [
    [0, 0],
    [prefix, 0],
    [0, 0],
  ];
  const all = tf.reshape(prefix === 0 ? patches : tf.pad(patches, padding), [-1, pixels]);
  const projected = tf.matMul(all, parameters['embeddings.patch.weight']!, false, true);
  const table = tokenTable(config, parameters);
  const tokens = tf.reshape(tf.add(tf.reshape(projected, [n, prefix + rows * columns, d]), table), [-1, d]);
  return config.normBefore ? norm(config, parameters, 'embeddings.norm', tokens) : tokens;
}

/** What every image's tokens have in common `[t, d]`: prefix tokens, positions and the bias of the patches. */
function tokenTable(config: VitConfig, parameters: Parameters): tf.Tensor {
  const { prefix, grid, resampling } = config.positions;
  const stored = parameters['embeddings.position']!;
  const [own, others] =
    prefix === 0 ? [undefined, stored] : tf.split(stored, [prefix, grid.rows * grid.columns], 0);
  const patches = resampleGrid(others!, grid, patchGrid(config), resampling);
  const bias = parameters['embeddings.patch.bias'];
  const patchTable = bias === undefined ? patches : tf.add(patches, bias);
  const names = prefixNames(config);
  if (names.length === 0) return patchTable;
  const tokens = names.map((name) => parameters[name]!);
  const first = tokens.length === 1 ? tokens[0]! : tf.concat(tokens, 0);
  return tf.concat([own === undefined ? first : withPositions(first, own), patchTable], 0);
}

/** The first tokens have positions, the others none. */
function withPositions(tokens: tf.Tensor, positions: tf.Tensor): tf.Tensor {
  const [given, all] = [positions.shape[0]!, tokens.shape[0]!];
  if (given === all) return tf.add(tokens, positions);
  const [first, rest] = tf.split(tokens, [given, all - given], 0);
  return tf.concat([tf.add(first!, positions), rest!], 0);
}

/** Multi-head self-attention: `x` `[n * t, d]` and the result too. */
function attend(config: VitConfig, parameters: Parameters, name: string, x: tf.Tensor, n: number): tf.Tensor {
  const { width: d, heads } = config;
  const perHead = d / heads;
  const qkv = tf.reshape(linear(parameters, `${name}.qkv`, x), [n, -1, 3, heads, perHead]);
  const [query, key, value] = tf.unstack(tf.transpose(qkv, [2, 0, 3, 1, 4]), 0); // each [n, heads, t, perHead]
  const scores = tf.matMul(tf.mul(query!, 1 / Math.sqrt(perHead)), key!, false, true);
  const mixed = tf.matMul(tf.softmax(scores, -1), value!);
  return linear(parameters, `${name}.output`, tf.reshape(tf.transpose(mixed, [0, 2, 1, 3]), [-1, d]));
}

/** Plain: act(x W1) W2. SwiGLU (Shazeer, 2020), its two inner products packed into one: (silu(a) b) W2. */
function mlp(config: VitConfig, parameters: Parameters, name: string, x: tf.Tensor): tf.Tensor {
  const inner = linear(parameters, `${name}.fc1`, x);
  if (!config.swiglu) return linear(parameters, `${name}.fc2`, activation(config.activation)(inner));
  const [gate, value] = tf.split(inner, 2, 1);
  return linear(parameters, `${name}.fc2`, tf.mul(tf.mul(gate!, tf.sigmoid(gate!)), value!));
}

function block(config: VitConfig, parameters: Parameters, name: string, x: tf.Tensor, n: number): tf.Tensor {
  const scaled = (branch: tf.Tensor, scale: string): tf.Tensor =>
    config.layerScale ? tf.mul(branch, parameters[`${name}.${scale}`]!) : branch;
  const attended = attend(
    config,
    parameters,
    `${name}.attention`,
    norm(config, parameters, `${name}.norm1`, x),
    n,
  );
  const y = tf.add(x, scaled(attended, 'scale1'));
  const changed = mlp(config, parameters, `${name}.mlp`, norm(config, parameters, `${name}.norm2`, y));
  return tf.add(y, scaled(changed, 'scale2'));
}

/** The embedding that the head reads `[n, finalWidth]`, from the last block's tokens `[n, t, d]`. */
function pool(config: VitConfig, parameters: Parameters, tokens: tf.Tensor): tf.Tensor {
  const [n, t, d] = tokens.shape as [number, number, number];
  const prefix = prefixTokens(config);
  const normed = (x: tf.Tensor): tf.Tensor => (config.finalNorm ? norm(config, parameters, 'norm', x) : x);
  const token = (index: number): tf.Tensor =>
    normed(tf.reshape(tf.slice(tokens, [0, index, 0], [n, 1, d]), [n, d]));
  const mean = (): tf.Tensor => tf.mean(normed(tf.slice(tokens, [0, prefix, 0], [n, t - prefix, d])), 1);
  const pooled = {
    cls: () => token(0),
    mean,
    'cls and mean': () => tf.concat([token(0), mean()], 1),
    distilled: () => tf.concat([token(0), token(1)], 1),
  }[config.pooling]();
  return config.pooledNorm ? norm(config, parameters, 'pooledNorm', pooled) : pooled;
}

/** A vision transformer with its norms before attention and MLP. */
export function createVit(options: VitOptions): VisionModel {
  const config = vitConfig(options);
  const { width: d, depth } = config;
  const layers = Array.from({ length: depth }, (_, i) => `block.${i}`);
  const width = finalWidth(config);
  return {
    architecture: 'vit',
    layers: [...layers, 'final'],
    width,
    widths: { ...Object.fromEntries(layers.map((layer) => [layer, d])), final: width },
    classes: config.classes,
    input: config.image,
    parameters: vitParameters(config),
    prefixTokens: prefixTokens(config),
    hasCls: config.classToken,
    buffers: [],
    forward(parameters, images) {
      const n = images.shape[0]!;
      let x = embed(config, parameters, images);
      const blocks: tf.Tensor[] = [];
      for (let i = 0; i < depth; i++) {
        x = block(config, parameters, `blocks.${i}`, x, n);
        blocks.push(tf.reshape(x, [n, -1, d]));
      }
      const final = pool(config, parameters, blocks[depth - 1]!);
      const logits = config.classes > 0 ? headLogits(parameters, final) : tf.zeros([n, 0]);
      return { blocks, final, logits };
    },
  };
}
