/** A small network with BatchNorm, of tfjs operations alone: a layer, BatchNorm, ReLU, the embedding, a head. */
import * as tf from '@tensorflow/tfjs-core';
import type { Group, HostTensor } from '../../../src/core/compute/runtime';
import { sizeOf } from '../../../src/core/compute/runtime';
import type { VisionModel } from '../../../src/core/models/model';
import { createRandom } from '../../../src/core/random';

export const side = 4;
const inputs = 3 * side * side;
export const width = 5;
export const classes = 3;
const momentum = 0.1;
const epsilon = 1e-5;

const float = (...shape: number[]) => ({ shape, dtype: 'float32' as const });

/** Mean over the batch, and the variance: biased to normalise with, unbiased for the running one, as in PyTorch. */
export const batchNormModel: VisionModel = {
  architecture: 'small network with BatchNorm',
  layers: ['block.0', 'final'],
  width,
  widths: { 'block.0': width, final: width },
  classes,
  input: { height: side, width: side },
  parameters: {
    'stem.weight': float(width, inputs),
    'norm.weight': float(width),
    'norm.bias': float(width),
    'norm.mean': float(width),
    'norm.variance': float(width),
    'head.weight': float(classes, width),
    'head.bias': float(classes),
  },
  prefixTokens: 0,
  hasCls: false,
  buffers: ['norm.mean', 'norm.variance'],
  forward(parameters, images, mode = 'evaluation') {
    const p = parameters as Record<string, tf.Tensor>;
    const n = images.shape[0]!;
    const x = tf.matMul(tf.reshape(images, [n, inputs]), p['stem.weight']!, false, true);
    const mean = mode === 'training' ? tf.mean(x, 0) : p['norm.mean']!;
    const centred = tf.sub(x, mean);
    const variance = mode === 'training' ? tf.mean(tf.mul(centred, centred), 0) : p['norm.variance']!;
    const normal = tf.div(centred, tf.sqrt(tf.add(variance, epsilon)));
    const block = tf.relu(tf.add(tf.mul(normal, p['norm.weight']!), p['norm.bias']!));
    const final = tf.mul(block, 2);
    const moved = (name: string, now: tf.Tensor) =>
      tf.add(tf.mul(p[name]!, 1 - momentum), tf.mul(now, momentum));
    return {
      blocks: [tf.reshape(block, [n, 1, width])],
      final,
      logits: tf.add(tf.matMul(final, p['head.weight']!, false, true), p['head.bias']!),
      ...(mode === 'training' && {
        updates: {
          'norm.mean': moved('norm.mean', mean),
          'norm.variance': moved('norm.variance', tf.mul(variance, n / (n - 1))),
        },
      }),
    };
  },
};

export function draw(shape: readonly number[], seed: number, scale = 0.3): HostTensor {
  const random = createRandom(seed);
  const data = Float32Array.from({ length: sizeOf(shape) }, () => scale * random.normal());
  return { shape, dtype: 'float32', data };
}

/** Weights as they could be after some training; variances are positive. */
export function batchNormParameters(seed: number): Group<HostTensor> {
  return Object.fromEntries(
    Object.entries(batchNormModel.parameters).map(([name, { shape }], i) => {
      const tensor = draw(shape, 100 * seed + i);
      const lifted = /norm\.(weight|variance)/.test(name)
        ? tensor.data.map((v) => 1 + Math.abs(v))
        : tensor.data;
      return [name, { ...tensor, data: lifted }];
    }),
  );
}
