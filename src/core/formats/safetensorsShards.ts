/**
 * The index of a checkpoint in several files, `model.safetensors.index.json` or `pytorch_model.bin.index.json`: which
 * tensor is where.
 */
import { UserError } from '../errors';
import { readJsonFile } from './jsonFile';
import { isJsonObject } from './strictJson';

const maximumShards = 1000;

/** Pairs of tensor and file, and the files, each once. Throws a UserError if the index is broken. */
export async function readShardIndex(indexPath: string): Promise<{
  readonly weightMap: readonly (readonly [tensor: string, file: string])[];
  readonly files: readonly string[];
}> {
  const { value } = await readJsonFile(indexPath);
  if (!isJsonObject(value.weight_map)) {
    throw new UserError(
      `${indexPath} has no weight_map, which says which tensor is in which file. Download it again.`,
    );
  }
  const weightMap = Object.entries(value.weight_map).map(
    ([tensor, file]) => [tensor, shardName(file, indexPath)] as const,
  );
  const files = [...new Set(weightMap.map(([, file]) => file))];
  if (files.length === 0 || files.length > maximumShards) {
    throw new UserError(
      `${indexPath} names ${files.length} files where 1 to ${maximumShards} are read. Download it again.`,
    );
  }
  return { weightMap, files };
}

/** The index is untrusted: a shard is a file beside it, never a path to somewhere else. */
function shardName(file: unknown, indexPath: string): string {
  if (typeof file !== 'string' || !/^[\w][\w.-]*\.(?:safetensors|bin)$/.test(file)) {
    throw new UserError(
      `${indexPath} names the file ${JSON.stringify(file)?.slice(0, 120)}, which is no name of a .safetensors or .bin file beside it. Download it again.`,
    );
  }
  return file;
}
