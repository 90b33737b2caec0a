/** The stored tensors of every parameter of a ConvNeXt, in whatever words a library has for them, and its sizes read off them. */
import type { TensorEntry } from '../../formats/tensorSource';
import { type ConvnextConfig, convnextBlocks, createConvnext } from '../convnext';
import { headPrefix } from '../model';
import type { StoredTensor } from './layout';
import type { NetworkTable } from './tensorTable';

/** What stands before ".weight" and ".bias". */
export interface ConvnextNames {
  readonly patch: string;
  readonly patchNorm: string;
  /** Norm and convolution before stage `s`, from 1. */
  readonly downsampleNorm: (s: number) => string;
  readonly downsample: (s: number) => string;
  /** Of block `b` of stage `s`, with what follows. */
  readonly block: (s: number, b: number) => string;
  readonly depthwise: string;
  readonly norm: string;
  readonly fc1: string;
  readonly fc2: string;
  /** The whole names of what scales and what shifts. */
  readonly response?: readonly [scale: string, shift: string];
  /** The whole name. */
  readonly scale: string;
  readonly finalNorm: string;
  readonly head: string;
}

/** What only the tensors tell. */
export interface ConvnextSizes
  extends Pick<
    ConvnextConfig,
    'channels' | 'patch' | 'widths' | 'depths' | 'kernel' | 'mlpWidths' | 'layerScale' | 'globalResponse'
  > {
  /** Rank of the weights of the MLP: of products, or of 1x1 convolutions, which compute the same. */
  readonly linearRank: 2 | 4;
  /** Rank of the scales, whose trailing extents are 1. */
  readonly scaleRank: number;
  /** Rank of the parameters of the response normalisation, whose leading extents are 1. */
  readonly responseRank: number;
}

type Found = ReadonlyMap<string, TensorEntry>;

/** Shapes are those of the file, and not checked yet. */
export function convnextSizes(found: Found, names: ConvnextNames): ConvnextSizes {
  const shape = (name: string): readonly number[] => found.get(name)?.shape ?? [];
  const blockShape = (s: number, b: number, part: string) => shape(`${names.block(s, b)}${part}.weight`);
  const depths: number[] = [];
  while (found.has(`${names.block(depths.length, 0)}${names.depthwise}.weight`)) {
    let depth = 1;
    while (found.has(`${names.block(depths.length, depth)}${names.depthwise}.weight`)) depth++;
    depths.push(depth);
  }
  const scale = `${names.block(0, 0)}${names.scale}`;
  const response = names.response && shape(names.block(0, 0) + names.response[0]);
  return {
    channels: shape(`${names.patch}.weight`)[1] === 1 ? 1 : 3,
    patch: shape(`${names.patch}.weight`)[3] ?? 4,
    depths,
    widths: depths.map((_, s) => blockShape(s, 0, names.depthwise)[0] ?? 1),
    kernel: blockShape(0, 0, names.depthwise)[3] ?? 7,
    mlpWidths: depths.map((_, s) => blockShape(s, 0, names.fc1)[0] ?? 1),
    layerScale: found.has(scale),
    globalResponse: response !== undefined && response.length > 0,
    linearRank: blockShape(0, 0, names.fc1).length === 4 ? 4 : 2,
    scaleRank: Math.max(1, shape(scale).length),
    responseRank: Math.max(1, response?.length ?? 1),
  };
}

const ones = (count: number): number[] => Array<number>(count).fill(1);

export function convnextNetwork(
  config: ConvnextConfig,
  sizes: ConvnextSizes,
  names: ConvnextNames,
): NetworkTable {
  const parts = new Map<string, StoredTensor[]>();
  const add = (parameter: string, name: string, ...shape: number[]): void => {
    parts.set(parameter, [{ name, shape }]);
  };
  const both = (parameter: string, name: string, out: number, ...into: number[]): void => {
    add(`${parameter}.weight`, `${name}.weight`, out, ...into);
    add(`${parameter}.bias`, `${name}.bias`, out);
  };
  const { widths, patch, kernel } = config;
  const product = ones(sizes.linearRank - 2);
  both('embeddings.patch', names.patch, widths[0]!, config.channels ?? 3, patch, patch);
  both('embeddings.norm', names.patchNorm, widths[0]!);
  for (const [i, { stage, index, halves }] of convnextBlocks(config).entries()) {
    const [block, stored] = [`blocks.${i}`, names.block(stage, index)];
    const [d, inner] = [widths[stage]!, config.mlpWidths[stage]!];
    if (halves) {
      const before = widths[stage - 1]!;
      both(`${block}.downsample.norm`, names.downsampleNorm(stage), before);
      both(`${block}.downsample.conv`, names.downsample(stage), d, before, 2, 2);
    }
    both(`${block}.depthwise`, stored + names.depthwise, d, 1, kernel, kernel);
    both(`${block}.norm`, stored + names.norm, d);
    both(`${block}.mlp.fc1`, stored + names.fc1, inner, d, ...product);
    if (config.globalResponse) {
      const extents = [...ones(sizes.responseRank - 1), inner];
      const [scale, shift] = names.response!;
      add(`${block}.mlp.response.weight`, stored + scale, ...extents);
      add(`${block}.mlp.response.bias`, stored + shift, ...extents);
    }
    both(`${block}.mlp.fc2`, stored + names.fc2, d, inner, ...product);
    if (config.layerScale) add(`${block}.scale`, stored + names.scale, d, ...ones(sizes.scaleRank - 1));
  }
  const width = widths[widths.length - 1]!;
  both('norm', names.finalNorm, width);
  if (config.classes > 0) both(headPrefix.slice(0, -1), names.head, config.classes, width);
  return { model: createConvnext(config), parts };
}
