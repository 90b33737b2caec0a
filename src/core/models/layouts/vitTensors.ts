/** The stored tensors of every parameter of a vision transformer, in whatever words a library has for them. */
import { distillationHead } from '../head';
import { headPrefix } from '../model';
import { createVit } from '../vit';
import { finalWidth, type VitConfig } from '../vitConfig';
import type { StoredTensor } from './layout';
import type { NetworkTable } from './tensorTable';

/** A tensor: what is before ".weight" and ".bias", or the whole name where `joiner` is given. */
export interface VitNames {
  readonly patch: string;
  readonly cls: string;
  readonly distillation?: string;
  readonly registers?: string;
  readonly position: string;
  /** Of the position table `[rows, d]` and of a token `[d]`, in the file. */
  readonly positionRank: 2 | 3;
  readonly clsRank: 1 | 3;
  readonly normBefore?: string;
  /** Of block `i`, with what follows. */
  readonly block: (i: number) => string;
  readonly norm1: string;
  /** Query, key and value, one after the other: three tensors or one that holds all. */
  readonly qkv: readonly string[];
  /** Between the name of a qkv tensor and "weight" or "bias". */
  readonly qkvJoiner?: string;
  readonly output: string;
  readonly scale1?: string;
  readonly norm2: string;
  readonly fc1: string;
  readonly fc2: string;
  readonly scale2?: string;
  readonly norm: string;
  readonly pooledNorm?: string;
  readonly head: string;
  readonly distillationHead?: string;
}

/** The network of `config` and its tensors under `names`. */
export function vitNetwork(config: VitConfig, names: VitNames): NetworkTable {
  return { model: createVit(config), parts: vitTensors(config, names) };
}

function vitTensors(config: VitConfig, names: VitNames): Map<string, StoredTensor[]> {
  const { width: d, mlpWidth, patch, positions } = config;
  const parts = new Map<string, StoredTensor[]>();
  const add = (parameter: string, name: string, ...shape: number[]): void => {
    parts.set(parameter, [{ name, shape }]);
  };
  const linear = (parameter: string, name: string, out: number, into: number, bias = true): void => {
    add(`${parameter}.weight`, `${name}.weight`, out, into);
    if (bias) add(`${parameter}.bias`, `${name}.bias`, out);
  };
  const norm = (parameter: string, name: string): void => {
    add(`${parameter}.weight`, `${name}.weight`, d);
    add(`${parameter}.bias`, `${name}.bias`, d);
  };
  const ones = (rank: number): number[] => Array<number>(rank - 1).fill(1);
  const rows = positions.prefix + positions.grid.rows * positions.grid.columns;
  add('embeddings.patch.weight', `${names.patch}.weight`, d, config.channels, patch.height, patch.width);
  if (config.patchBias) add('embeddings.patch.bias', `${names.patch}.bias`, d);
  if (config.classToken) add('embeddings.cls', names.cls, ...ones(names.clsRank), d);
  if (config.distillationToken) add('embeddings.distillation', names.distillation!, 1, 1, d);
  if (config.registers > 0) add('embeddings.registers', names.registers!, 1, config.registers, d);
  add('embeddings.position', names.position, ...ones(names.positionRank - 1), rows, d);
  if (config.normBefore) norm('embeddings.norm', names.normBefore!);
  for (let i = 0; i < config.depth; i++) {
    const block = `blocks.${i}`;
    const stored = names.block(i);
    const qkvRows = (3 * d) / names.qkv.length;
    const qkv = (kind: 'weight' | 'bias', ...rest: number[]): void => {
      const tensors = names.qkv.map((name) => ({
        name: stored + name + (names.qkvJoiner ?? '.') + kind,
        shape: [qkvRows, ...rest],
      }));
      parts.set(`${block}.attention.qkv.${kind}`, tensors);
    };
    norm(`${block}.norm1`, stored + names.norm1);
    qkv('weight', d);
    if (config.attentionBias) qkv('bias');
    linear(`${block}.attention.output`, stored + names.output, d, d);
    if (config.layerScale) add(`${block}.scale1`, stored + names.scale1!, d);
    norm(`${block}.norm2`, stored + names.norm2);
    linear(`${block}.mlp.fc1`, stored + names.fc1, config.swiglu ? 2 * mlpWidth : mlpWidth, d);
    linear(`${block}.mlp.fc2`, stored + names.fc2, d, mlpWidth);
    if (config.layerScale) add(`${block}.scale2`, stored + names.scale2!, d);
  }
  if (config.finalNorm) norm('norm', names.norm);
  if (config.pooledNorm) norm('pooledNorm', names.pooledNorm!);
  if (config.classes > 0) {
    const heads: [string, string][] = [[headPrefix.slice(0, -1), names.head]];
    if (config.pooling === 'distilled') heads.push([distillationHead, names.distillationHead!]);
    for (const [parameter, name] of heads) {
      linear(parameter, name, config.classes, finalWidth(config) / heads.length, config.headBias);
    }
  }
  return parts;
}
