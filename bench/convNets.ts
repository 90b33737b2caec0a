/** The networks of bench/convStep, as bench/conv_torch.py has them. */
import * as tf from '@tensorflow/tfjs-core';
import { batchNorm } from '../src/core/compute/operations/batchNorm';
import { convolution } from '../src/core/compute/operations/convolution';
import { evenGeometry } from '../src/core/compute/operations/convolutionGeometry';
import { maxPool } from '../src/core/compute/operations/maxPool';
import type { Group, TensorSpec } from '../src/core/compute/runtime';
import { createConvnext } from '../src/core/models/convnext';
import { withoutBuffers } from '../src/core/models/model';
import { createResnet } from '../src/core/models/resnet';
import type { ConvBench } from './convConfig';

export interface Net {
  /** What the optimiser moves. */
  readonly parameters: Group<TensorSpec>;
  readonly buffers: Group<TensorSpec>;
  forward(
    values: Group<tf.Tensor>,
    images: tf.Tensor,
  ): { readonly logits: tf.Tensor; readonly updates: Group<tf.Tensor> };
}

export function netOf(bench: ConvBench): Net {
  const { net, classes } = bench;
  if (net === 'small') return smallNet(classes);
  const image = { height: bench.image, width: bench.image };
  const depths = net === 'resnet50' ? [3, 4, 6, 3] : [3, 3, 9, 3];
  const model =
    net === 'resnet50'
      ? createResnet({
          stemWidth: 64,
          widths: [256, 512, 1024, 2048],
          innerWidths: [64, 128, 256, 512],
          bottleneck: true,
          groups: 1,
          strideFirst: false,
          firstStageHalves: false,
          activation: 'relu',
          ...{ depths, image, classes },
        })
      : createConvnext({
          patch: 4,
          widths: [96, 192, 384, 768],
          mlpWidths: [384, 768, 1536, 3072],
          kernel: 7,
          activation: 'gelu',
          layerScale: true,
          globalResponse: false,
          layerNormEpsilon: 1e-6,
          finalEpsilon: 1e-6,
          ...{ depths, image, classes },
        });
  const moved = withoutBuffers(model, model.parameters);
  return {
    parameters: moved,
    buffers: Object.fromEntries(model.buffers.map((name) => [name, model.parameters[name]!])),
    forward(values, images) {
      const { logits, updates } = model.forward(values, images, 'training');
      return { logits, updates: updates ?? {} };
    },
  };
}

/** The net that the convolutions of this program were first measured on; its running statistics are not kept. */
function smallNet(classes: number): Net {
  const width = 32;
  const parameters: Record<string, TensorSpec> = {};
  const add = (name: string, ...shape: number[]) => {
    parameters[name] = { shape, dtype: 'float32' };
  };
  const layer = (name: string, size: number, into: number, out: number, groups = 1) => {
    add(`${name}.weight`, out, into / groups, size, size);
    add(`${name}.gamma`, out);
    add(`${name}.beta`, out);
  };
  layer('stem', 3, 3, width);
  layer('a1', 3, width, width);
  layer('a2', 3, width, width);
  layer('b1', 3, width, 2 * width);
  layer('b2', 3, 2 * width, 2 * width);
  layer('b3', 1, width, 2 * width);
  layer('i1', 1, 2 * width, 4 * width);
  layer('i2', 3, 4 * width, 4 * width, 4 * width);
  layer('i3', 1, 4 * width, 2 * width);
  add('head.weight', classes, 2 * width);
  const { groups: _, ...halving } = evenGeometry({ stride: 2, padding: 1 });
  return {
    parameters,
    buffers: {},
    forward(values, images) {
      const run = (name: string, x: tf.Tensor, stride = 1, groups = 1) => {
        const weight = values[`${name}.weight`]!;
        const geometry = evenGeometry({ stride, padding: (weight.shape[2]! - 1) / 2, groups });
        const y = convolution(x, weight, geometry);
        return batchNorm(y, values[`${name}.gamma`]!, values[`${name}.beta`]!, 1e-5).normalised;
      };
      let x = maxPool(tf.relu(run('stem', images)), { ...halving, size: [3, 3] });
      x = tf.relu(tf.add(run('a2', tf.relu(run('a1', x))), x));
      x = tf.relu(tf.add(run('b2', tf.relu(run('b1', x, 2))), run('b3', x, 2)));
      const inner = tf.relu6(run('i2', tf.relu6(run('i1', x)), 1, 4 * width));
      x = tf.add(x, run('i3', inner));
      return { logits: tf.matMul(tf.mean(x, [2, 3]), values['head.weight']!, false, true), updates: {} };
    },
  };
}
