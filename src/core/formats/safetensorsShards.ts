/** A checkpoint in several safetensors files: `model.safetensors.index.json` says which tensor is where. */
import path from 'node:path';
import { UserError } from '../errors';
import { readJsonFile } from './jsonFile';
import { openSafetensors, type TensorSource } from './safetensors';
import type { SafetensorsEntry } from './safetensorsHeader';
import { isJsonObject } from './strictJson';

const maximumShards = 1000;

/** Pairs of tensor and file, and the files, each once. Throws a UserError if the index is broken. */
export async function readShardIndex(indexPath: string): Promise<{
  readonly weightMap: readonly (readonly [tensor: string, file: string])[];
  readonly files: readonly string[];
}> {
  const { value } = await readJsonFile(indexPath);
  if (!isJsonObject(value.weight_map)) {
    throw new UserError(`${indexPath} has no weight_map, which says which tensor is in which file.`);
  }
  const weightMap = Object.entries(value.weight_map).map(
    ([tensor, file]) => [tensor, shardName(file, indexPath)] as const,
  );
  const files = [...new Set(weightMap.map(([, file]) => file))];
  if (files.length === 0 || files.length > maximumShards) {
    throw new UserError(`${indexPath} names ${files.length} files where 1 to ${maximumShards} are read.`);
  }
  return { weightMap, files };
}

/** Opens all shards that the index names. Throws a UserError if one is missing, broken, or disagrees with the index. */
export async function openSafetensorsShards(indexPath: string): Promise<TensorSource> {
  const { weightMap, files } = await readShardIndex(indexPath);
  const shards = new Map<string, TensorSource>();
  const close = async (): Promise<void> => {
    for (const shard of shards.values()) await shard.close();
  };
  try {
    for (const file of files) {
      shards.set(file, await openSafetensors(path.join(path.dirname(indexPath), file)));
    }
    const owners = new Map<string, TensorSource>();
    const entries = new Map<string, SafetensorsEntry>();
    for (const [name, file] of weightMap) {
      const shard = shards.get(file)!;
      const entry = shard.entries.get(name);
      if (entry === undefined) {
        throw new UserError(
          `${indexPath} says that tensor ${name} is in ${file}, but it is not. Download both again.`,
        );
      }
      owners.set(name, shard);
      entries.set(name, entry);
    }
    const owner = (name: string): TensorSource => {
      const shard = owners.get(name);
      if (shard === undefined) throw new UserError(`${indexPath} names no tensor called ${name}.`);
      return shard;
    };
    return {
      path: indexPath,
      entries,
      readTensor: async (name) => owner(name).readTensor(name),
      readFloats: async (name, target) => owner(name).readFloats(name, target),
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/** The index is untrusted: a shard is a file beside it, never a path to somewhere else. */
function shardName(file: unknown, indexPath: string): string {
  if (typeof file !== 'string' || !/^[\w][\w.-]*\.safetensors$/.test(file)) {
    throw new UserError(
      `${indexPath} names the file ${JSON.stringify(file)?.slice(0, 120)}, which is no name of a .safetensors file beside it.`,
    );
  }
  return file;
}
