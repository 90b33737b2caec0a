/** A checkpoint in several files, as one source of tensors. */
import path from 'node:path';
import { UserError } from '../errors';
import { readShardIndex } from './safetensorsShards';
import { openTensorFile } from './tensorFile';
import { type TensorEntry, TensorSource } from './tensorSource';

/** Opens all shards that the index names. Throws a UserError if one is missing, broken, or disagrees with the index. */
export async function openTensorShards(indexPath: string): Promise<TensorSource> {
  const { weightMap, files } = await readShardIndex(indexPath);
  const shards = new Map<string, TensorSource>();
  try {
    for (const file of files) {
      shards.set(file, await openTensorFile(path.join(path.dirname(indexPath), file)));
    }
    const owners = new Map<string, TensorSource>();
    for (const [name, file] of weightMap) {
      const shard = shards.get(file)!;
      if (!shard.entries.has(name)) {
        throw new UserError(
          `${indexPath} says that tensor ${name} is in ${file}, but it is not. Download both again.`,
        );
      }
      owners.set(name, shard);
    }
    return new Shards(indexPath, owners, [...shards.values()]);
  } catch (error) {
    for (const shard of shards.values()) await shard.close();
    throw error;
  }
}

class Shards extends TensorSource {
  readonly entries: ReadonlyMap<string, TensorEntry>;
  override readonly notes: readonly string[];

  constructor(
    readonly path: string,
    private readonly owners: ReadonlyMap<string, TensorSource>,
    private readonly shards: readonly TensorSource[],
  ) {
    super();
    this.notes = shards.flatMap(({ notes }) => notes);
    this.entries = new Map([...owners].map(([name, owner]) => [name, owner.entries.get(name)!]));
  }

  get files(): readonly string[] {
    return [path.resolve(this.path), ...this.shards.flatMap(({ files }) => files)];
  }

  async readBytes(name: string, target: Uint8Array, start = 0): Promise<void> {
    this.entryOf(name);
    await this.owners.get(name)!.readBytes(name, target, start);
  }

  async close(): Promise<void> {
    for (const file of this.shards) await file.close();
  }
}
