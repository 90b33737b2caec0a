/**
 * Residual networks (He et al., 2016; ResNeXt: Xie et al., 2017) as one pure function of their parameters, all in
 * PyTorch's layout: images `[n, c, h, w]`, filters `[o, i / groups, kh, kw]`.
 */
import * as tf from '@tensorflow/tfjs-core';
import { batchNorm, fixedNormalisation, updatedStatistics } from '../compute/operations/batchNorm';
import { perChannel } from '../compute/operations/channelDot';
import { convolution } from '../compute/operations/convolution';
import { type ConvolutionGeometry, evenGeometry } from '../compute/operations/convolutionGeometry';
import { maxPool } from '../compute/operations/maxPool';
import type { Group, TensorSpec } from '../compute/runtime';
import { type ActivationName, activation } from './activations';
import { headLogits } from './head';
import { type Channels, tokensOf, withChannels } from './images';
import { type ForwardMode, headPrefix, type VisionModel } from './model';

export interface ResnetConfig {
  /** 3 if not given. */
  readonly channels?: Channels;
  /** Channels of the stem. */
  readonly stemWidth: number;
  /** Channels that the blocks of each stage give. */
  readonly widths: readonly number[];
  /** Blocks of each stage. */
  readonly depths: readonly number[];
  /** Channels inside the blocks of each stage: between a 1x1 and a 3x3 convolution, or between two 3x3. */
  readonly innerWidths: readonly number[];
  /** Blocks of 1x1, 3x3 and 1x1, and not of two 3x3 convolutions. */
  readonly bottleneck: boolean;
  /** Groups of the 3x3 convolution of a bottleneck. */
  readonly groups: number;
  /** Whether the first 1x1 convolution of a bottleneck takes the stride, and not the 3x3. */
  readonly strideFirst: boolean;
  /** Whether the first stage halves the image too. */
  readonly firstStageHalves: boolean;
  readonly activation: ActivationName;
  /** Between the convolutions of a block, where it is another than after the stem and after each block's sum. */
  readonly innerActivation?: ActivationName;
  readonly image: { readonly height: number; readonly width: number };
  /** 0: no head, and `logits` is `[n, 0]`. */
  readonly classes: number;
}

/** PyTorch's default, which all of these networks keep. */
const epsilon = 1e-5;
const stemSize = 7;

/** One convolution of a block, with its BatchNorm. */
interface Convolution {
  readonly name: string;
  readonly shape: readonly [outputs: number, perGroup: number, kh: number, kw: number];
  readonly geometry: ConvolutionGeometry;
}

export interface ResidualBlock {
  readonly stage: number;
  /** Within its stage. */
  readonly index: number;
  readonly convolutions: readonly Convolution[];
  /** Where the block changes the shape of its input. */
  readonly shortcut: Convolution | undefined;
}

const stem = ({ stemWidth, channels = 3 }: ResnetConfig): Convolution => ({
  name: 'stem',
  shape: [stemWidth, channels, stemSize, stemSize],
  geometry: evenGeometry({ stride: 2, padding: 3 }),
});

/** All blocks in network order. */
export function residualBlocks(config: ResnetConfig): ResidualBlock[] {
  const blocks: ResidualBlock[] = [];
  let before = config.stemWidth;
  for (const [stage, depth] of config.depths.entries()) {
    const [width, inner] = [config.widths[stage]!, config.innerWidths[stage]!];
    for (let index = 0; index < depth; index++) {
      const stride = index === 0 && (stage > 0 || config.firstStageHalves) ? 2 : 1;
      const name = `blocks.${blocks.length}`;
      const part = (
        i: number,
        into: number,
        out: number,
        size: number,
        step: number,
        groups = 1,
      ): Convolution => ({
        name: `${name}.conv${i}`,
        shape: [out, into / groups, size, size],
        geometry: evenGeometry({ stride: step, padding: (size - 1) / 2, groups }),
      });
      const [first, second] = config.strideFirst ? [stride, 1] : [1, stride];
      const convolutions = config.bottleneck
        ? [
            part(1, before, inner, 1, first),
            part(2, inner, inner, 3, second, config.groups),
            part(3, inner, width, 1, 1),
          ]
        : [part(1, before, inner, 3, stride), part(2, inner, width, 3, 1)];
      const shortcut: Convolution | undefined =
        stride === 1 && before === width
          ? undefined
          : { name: `${name}.shortcut`, shape: [width, before, 1, 1], geometry: evenGeometry({ stride }) };
      blocks.push({ stage, index, convolutions, shortcut });
      before = width;
    }
  }
  return blocks;
}

/** Every convolution in network order. */
export function convolutionsOf(config: ResnetConfig): Convolution[] {
  const blocks = residualBlocks(config);
  return [
    stem(config),
    ...blocks.flatMap(({ convolutions, shortcut }) => [...convolutions, ...(shortcut ? [shortcut] : [])]),
  ];
}

/** The parts of a BatchNorm, in PyTorch's order; the last two are buffers. */
export const batchNormParts = ['weight', 'bias', 'mean', 'variance'] as const;

function resnetParameters(config: ResnetConfig): Group<TensorSpec> {
  const shapes: Record<string, readonly number[]> = {};
  for (const { name, shape } of convolutionsOf(config)) {
    shapes[`${name}.weight`] = shape;
    for (const part of batchNormParts) shapes[`${name}.norm.${part}`] = [shape[0]];
  }
  if (config.classes > 0) {
    shapes[`${headPrefix}weight`] = [config.classes, config.widths[config.widths.length - 1]!];
    shapes[`${headPrefix}bias`] = [config.classes];
  }
  return Object.fromEntries(
    Object.entries(shapes).map(([name, shape]) => [name, { shape, dtype: 'float32' as const }]),
  );
}

/** One pass through the network: parameters in, new running statistics out. */
interface Pass {
  readonly parameters: Group<tf.Tensor>;
  readonly mode: ForwardMode;
  readonly updates: Record<string, tf.Tensor>;
}

/** A convolution and its BatchNorm. With fixed statistics they are one convolution: its filters scaled, its result shifted. */
function normalised(pass: Pass, { name, geometry }: Convolution, x: tf.Tensor): tf.Tensor {
  const filter = pass.parameters[`${name}.weight`]!;
  const [gamma, beta, mean, variance] = batchNormParts.map(
    (part) => pass.parameters[`${name}.norm.${part}`]!,
  ) as [tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor];
  if (pass.mode === 'evaluation') {
    const { scale, shift } = fixedNormalisation({ mean, variance }, gamma, beta, epsilon);
    const scaled = tf.mul(filter, tf.reshape(scale, [-1, 1, 1, 1]));
    return tf.add(convolution(x, scaled, geometry), perChannel(shift));
  }
  const batch = batchNorm(convolution(x, filter, geometry), gamma, beta, epsilon);
  const updated = updatedStatistics({ mean, variance }, batch);
  pass.updates[`${name}.norm.mean`] = updated.mean;
  pass.updates[`${name}.norm.variance`] = updated.variance;
  return batch.normalised;
}

export function createResnet(config: ResnetConfig): VisionModel {
  const act = activation(config.activation);
  const innerAct = activation(config.innerActivation ?? config.activation);
  const blocks = residualBlocks(config);
  const parameters = resnetParameters(config);
  const width = config.widths[config.widths.length - 1]!;
  const layers = blocks.map((_, i) => `block.${i}`);
  const blockWidths = blocks.map(({ stage }, i) => [layers[i]!, config.widths[stage]!] as const);
  return {
    architecture: 'resnet',
    layers: [...layers, 'final'],
    width,
    widths: { ...Object.fromEntries(blockWidths), final: width },
    classes: config.classes,
    input: config.image,
    parameters,
    prefixTokens: 0,
    hasCls: false,
    buffers: Object.keys(parameters).filter((name) => /\.norm\.(?:mean|variance)$/.test(name)),
    forward(values, images, mode = 'evaluation') {
      const pass: Pass = { parameters: values, mode, updates: {} };
      const coloured = withChannels(images, config.channels ?? 3);
      const { groups: _, ...pooling } = evenGeometry({ stride: 2, padding: 1 });
      let x = maxPool(act(normalised(pass, stem(config), coloured)), { ...pooling, size: [3, 3] });
      const taps = blocks.map(({ convolutions, shortcut }) => {
        const last = convolutions.length - 1;
        const branch = convolutions.reduce((y, part, i) => {
          const z = normalised(pass, part, y);
          return i < last ? innerAct(z) : z;
        }, x);
        x = act(tf.add(branch, shortcut ? normalised(pass, shortcut, x) : x));
        return tokensOf(x);
      });
      const final = tf.mean(x, [2, 3]);
      const logits = config.classes > 0 ? headLogits(values, final) : tf.zeros([images.shape[0]!, 0]);
      const forward = { blocks: taps, final, logits };
      return mode === 'training' ? { ...forward, updates: pass.updates } : forward;
    },
  };
}
