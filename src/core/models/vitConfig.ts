/** What distinguishes one vision transformer from another, and the parameters that it has. */
import type { Group, TensorSpec } from '../compute/runtime';
import type { ActivationName } from './activations';
import { distillationHead } from './head';
import type { Channels } from './images';
import { headPrefix } from './model';
import type { Grid, Resampling } from './positions';

export interface VitConfig {
  readonly width: number;
  readonly depth: number;
  /** Divides `width`. */
  readonly heads: number;
  /** Inner width of the MLP: what its second product reads. */
  readonly mlpWidth: number;
  readonly activation: ActivationName;
  /** A gated MLP (DINOv2 giant), whose activation is SiLU whatever `activation` says. */
  readonly swiglu: boolean;
  readonly layerNormEpsilon: number;
  /** Whether query, key and value have biases. */
  readonly attentionBias: boolean;
  readonly channels: Channels;
  /** In pixels; a multiple of `patch`. */
  readonly image: { readonly height: number; readonly width: number };
  readonly patch: { readonly height: number; readonly width: number };
  readonly patchBias: boolean;
  readonly classToken: boolean;
  readonly distillationToken: boolean;
  /** Number of register tokens (Darcet et al., 2024). */
  readonly registers: number;
  readonly positions: {
    /** The grid that the stored positions have. */
    readonly grid: Grid;
    /** Prefix tokens, counted from the first, that have positions. */
    readonly prefix: number;
    readonly resampling: Resampling;
  };
  /** A norm before the first block (CLIP). */
  readonly normBefore: boolean;
  /** Both branches of a block scaled per channel (DINOv2, DeiT III). */
  readonly layerScale: boolean;
  /** A norm of the tokens after the last block. */
  readonly finalNorm: boolean;
  /** What the head reads: the CLS token, the mean of the patch tokens, both, or CLS and distillation token. */
  readonly pooling: 'cls' | 'mean' | 'cls and mean' | 'distilled';
  /** A norm of what was pooled. */
  readonly pooledNorm: boolean;
  /** 0: no head, and `logits` is `[n, 0]`. */
  readonly classes: number;
  readonly headBias: boolean;
}

/** A ViT as it was published first. */
const plain = {
  channels: 3,
  swiglu: false,
  attentionBias: true,
  patchBias: true,
  classToken: true,
  distillationToken: false,
  registers: 0,
  normBefore: false,
  layerScale: false,
  finalNorm: true,
  pooling: 'cls',
  pooledNorm: false,
  headBias: true,
} as const satisfies Partial<VitConfig>;

/** A configuration that says only what differs from a ViT as it was published first. */
export type VitOptions = Omit<VitConfig, keyof typeof plain | 'positions'> &
  Partial<Pick<VitConfig, keyof typeof plain | 'positions'>>;

export function vitConfig(options: VitOptions): VitConfig {
  const config = { ...plain, ...options };
  const positions = { grid: patchGrid(config), prefix: prefixTokens(config), resampling: 'bicubic' } as const;
  return { ...config, positions: options.positions ?? positions };
}

/** Patches of one image: rows and columns. */
export function patchGrid({ image, patch }: Pick<VitConfig, 'image' | 'patch'>): Grid {
  return { rows: Math.floor(image.height / patch.height), columns: Math.floor(image.width / patch.width) };
}

type Prefix = Pick<VitConfig, 'classToken' | 'distillationToken' | 'registers'>;

/** Parameters that are tokens before the patches, in their order. */
export function prefixNames({ classToken, distillationToken, registers }: Prefix): string[] {
  return [
    ...(classToken ? ['embeddings.cls'] : []),
    ...(distillationToken ? ['embeddings.distillation'] : []),
    ...(registers > 0 ? ['embeddings.registers'] : []),
  ];
}

/** Tokens before the patches. */
export function prefixTokens({ classToken, distillationToken, registers }: Prefix): number {
  return Number(classToken) + Number(distillationToken) + registers;
}

/** Width of the embedding that the head reads. */
export function finalWidth({ width, pooling }: VitConfig): number {
  return pooling === 'cls and mean' || pooling === 'distilled' ? 2 * width : width;
}

/** Names and shapes of all parameters, in network order. */
export function vitParameters(config: VitConfig): Group<TensorSpec> {
  const { width: d, mlpWidth, classes, patch, positions, pooling } = config;
  const shapes: Record<string, readonly number[]> = {};
  const add = (name: string, ...shape: number[]): void => {
    shapes[name] = shape;
  };
  const linear = (name: string, out: number, into: number, bias = true): void => {
    add(`${name}.weight`, out, into);
    if (bias) add(`${name}.bias`, out);
  };
  const norm = (name: string): void => {
    add(`${name}.weight`, d);
    add(`${name}.bias`, d);
  };
  linear('embeddings.patch', d, config.channels * patch.height * patch.width, config.patchBias);
  for (const name of prefixNames(config)) add(name, name.endsWith('registers') ? config.registers : 1, d);
  add('embeddings.position', positions.prefix + positions.grid.rows * positions.grid.columns, d);
  if (config.normBefore) norm('embeddings.norm');
  for (let i = 0; i < config.depth; i++) {
    const block = `blocks.${i}`;
    norm(`${block}.norm1`);
    linear(`${block}.attention.qkv`, 3 * d, d, config.attentionBias);
    linear(`${block}.attention.output`, d, d);
    if (config.layerScale) add(`${block}.scale1`, d);
    norm(`${block}.norm2`);
    linear(`${block}.mlp.fc1`, config.swiglu ? 2 * mlpWidth : mlpWidth, d);
    linear(`${block}.mlp.fc2`, d, mlpWidth);
    if (config.layerScale) add(`${block}.scale2`, d);
  }
  if (config.finalNorm) norm('norm');
  if (config.pooledNorm) norm('pooledNorm');
  if (classes > 0) {
    const into = pooling === 'cls and mean' ? 2 * d : d;
    linear(headPrefix.slice(0, -1), classes, into, config.headBias);
    if (pooling === 'distilled') linear(distillationHead, classes, into, config.headBias);
  }
  return Object.fromEntries(
    Object.entries(shapes).map(([name, shape]) => [name, { shape, dtype: 'float32' as const }]),
  );
}
