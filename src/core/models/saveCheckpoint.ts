/** Writes a checkpoint in the layout that it was read in. */
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Group, HostTensor } from '../compute/runtime';
import { replaceFolder } from '../formats/replaceFile';
import {
  type FloatDType,
  type TensorBytes,
  type WritableTensor,
  writeSafetensors,
} from '../formats/safetensorsWriter';
import type { Checkpoint } from './checkpoint';
import { configFile, weightsFile } from './checkpointFiles';
import { dtypeNames, plainConfig, timmConfig, transformersConfig } from './configText';
import { isAnonymous, modelType } from './layouts/layout';
import { withoutWrappers } from './layouts/wrappers';
import { preprocessorFile } from './preprocessorConfig';
import { partsOf } from './storedParts';

export interface SaveOptions {
  /** Weights in float32 whatever they were read from: nothing is rounded, so that a training can go on from them. */
  readonly exact?: boolean;
}

/**
 * Writes `parameters` (those of `checkpoint.model`) as a checkpoint folder of the same layout: model.safetensors with the
 * names, shapes and dtypes of the tensors they came from (rounded to nearest even; what was kept byte for byte);
 * config.json with its keys as they were and the labels of `checkpoint`; preprocessor_config.json. Where a weight has
 * outgrown its dtype, all are float32. The folder appears, or is replaced, only when it is whole. Returns what the person
 * should know about it. Throws a UserError if the file system refuses.
 */
export async function saveCheckpoint(
  folder: string,
  checkpoint: Checkpoint,
  parameters: Group<HostTensor>,
): Promise<readonly string[]> {
  await replaceFolder(folder, (temporary) => writeCheckpointFiles(temporary, checkpoint, parameters));
  const outgrown = outgrownTensor(checkpoint, parameters);
  if (outgrown === undefined) return [];
  const { name, dtype } = outgrown;
  return [
    `The training made weights of ${name} too large for ${dtypeNames[dtype]}: the checkpoint is saved in float32.`,
  ];
}

/** The files of `saveCheckpoint`, for a caller that replaces the folder itself because it puts more into it. */
export async function writeCheckpointFiles(
  folder: string,
  checkpoint: Checkpoint,
  parameters: Group<HostTensor>,
  { exact = false }: SaveOptions = {},
): Promise<void> {
  const { source } = checkpoint;
  const widened = exact || outgrownTensor(checkpoint, parameters) !== undefined;
  const tensors = storedTensors(checkpoint, parameters, widened);
  await mkdir(folder, { recursive: true });
  if (source.preprocessorText !== undefined) {
    await writeFile(path.join(folder, preprocessorFile), source.preprocessorText);
  }
  if (source.layout.write !== undefined) {
    const floats = new Map(partsOf(source.layout, parameters));
    await source.layout.write(folder, floats, source.newHead ? checkpoint.labels : undefined);
    return;
  }
  const config = configTextOf(checkpoint, tensors);
  if (config !== undefined) await writeFile(path.join(folder, configFile), config);
  await writeSafetensors(path.join(folder, weightsFile), tensors);
}

/**
 * A library that config.json names knows nothing of what training code put before its names, and would begin with random
 * weights; without one, the names are those of the person's own code.
 */
function namesToWrite({ config }: Checkpoint['source']): (name: string) => string {
  return isAnonymous({ config, entries: new Map(), path: '' }) ? (name) => name : withoutWrappers;
}

type Stored = ReadonlyMap<string, WritableTensor | TensorBytes>;

function storedTensors({ source }: Checkpoint, parameters: Group<HostTensor>, exact: boolean): Stored {
  const stored = new Map<string, WritableTensor | TensorBytes>();
  const nameOf = namesToWrite(source);
  for (const [name, tensor] of partsOf(source.layout, parameters)) {
    stored.set(nameOf(name), exact ? { ...tensor, storedAs: 'F32' } : tensor);
  }
  for (const [name, tensor] of source.kept) stored.set(nameOf(source.layout.kept.get(name)!.name), tensor);
  return stored;
}

/** From where on a value is rounded to infinity: half a step beyond the largest number. */
const roundedToInfinity: Partial<Record<FloatDType, number>> = { F16: 65_520, BF16: 2 ** 128 - 2 ** 119 };

/** The first tensor that would be saved with infinities. */
function outgrownTensor(
  { source }: Checkpoint,
  parameters: Group<HostTensor>,
): { readonly name: string; readonly dtype: FloatDType } | undefined {
  for (const [name, { data, storedAs: dtype = 'F32' }] of partsOf(source.layout, parameters)) {
    const limit = roundedToInfinity[dtype];
    if (limit !== undefined && data.some((value) => Math.abs(value) >= limit)) return { name, dtype };
  }
  return undefined;
}

function configTextOf({ source, labels }: Checkpoint, stored: Stored): string | undefined {
  const { layout, newHead } = source;
  const config = layout.config ?? source.config;
  const files = { config, entries: new Map(), path: '' };
  if (config === undefined || isAnonymous(files)) {
    return plainConfig(config, newHead ? labels : [], layout.facts ?? {});
  }
  const head = newHead ? { architecture: layout.architecture, labels } : undefined;
  if (modelType(files) === undefined) return timmConfig(config, head);
  return transformersConfig(config, head, dtypeOf(stored));
}

/** That of most matrices. */
function dtypeOf(stored: Stored): FloatDType {
  const counts = new Map<FloatDType, number>();
  for (const tensor of stored.values()) {
    if ('bytes' in tensor || tensor.shape.length < 2) continue;
    const dtype = tensor.storedAs ?? 'F32';
    counts.set(dtype, (counts.get(dtype) ?? 0) + 1);
  }
  return [...counts].sort(([, a], [, b]) => b - a)[0]?.[0] ?? 'F32';
}
