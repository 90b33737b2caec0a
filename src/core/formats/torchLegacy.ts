/**
 * The form that torch.save wrote before PyTorch 1.6: five pickles (mark, version, system, contents, names of the storages),
 * then every storage as an int64 count of elements and their bytes.
 */
import type { FileHandle } from 'node:fs/promises';
import { UserError } from '../errors';
import { fileBytes } from './byteSource';
import { unpickle } from './pickle';
import { type PickleValue, type PickleWorld, Tuple } from './pickleValues';
import { readRange } from './readRange';
import { elementBytes } from './safetensorsHeader';
import { stateDictOf } from './stateDict';
import type { TorchContents } from './torchFile';
import { TorchStorage, torchWorld } from './torchPickle';

/** A pickle of protocol 2 with the integer 0x1950a86a20f9469cfc6c. */
const mark = [0x80, 0x02, 0x8a, 0x0a, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19, 0x2e];
/** The pickles are at the beginning of the file. */
const maximumPickleBytes = 64 * 1024 * 1024;

export function isLegacyTorch(start: Uint8Array): boolean {
  return mark.every((byte, i) => start[i] === byte);
}

/** `size`: of the whole file. Throws a UserError if it is damaged or cut off. */
export async function readLegacyTorch(
  handle: FileHandle,
  file: string,
  size: number,
): Promise<TorchContents> {
  const bytes = new Uint8Array(Math.min(size, maximumPickleBytes));
  await readRange(handle, file, 0, bytes);
  const used = new Map<string, TorchStorage>();
  const world = torchWorld(file);
  const remembering: PickleWorld = {
    ...world,
    persistent(id) {
      const storage = world.persistent(withoutView(id, file));
      if (storage instanceof TorchStorage) used.set(storage.key, storage);
      return storage;
    },
  };
  let at = 0;
  const next = (): PickleValue => {
    const { value, end } = unpickle(bytes, remembering, at);
    at = end;
    return value;
  };
  next();
  const version = next();
  if (version !== 1001)
    throw new UserError(
      `${file} has version ${typeof version === 'number' ? version : 'unknown'} of PyTorch's old form, not 1001. Save it again with a newer PyTorch.`,
    );
  const system = next();
  if (system instanceof Map && system.get('little_endian') === false) {
    throw new UserError(
      `${file} was written on a big-endian machine, which is not read. Save it on another one.`,
    );
  }
  const contents = next();
  const keys = next();
  if (!Array.isArray(keys))
    throw new UserError(`${file} is damaged: it does not name its storages. Save it again.`);
  const starts = new Map<string, number>();
  for (const key of keys) {
    const storage = typeof key === 'string' ? used.get(key) : undefined;
    if (storage?.dtype === undefined || starts.has(storage.key)) {
      throw new UserError(`${file} is damaged: its list of storages does not fit. Save it again.`);
    }
    const count = new Uint8Array(8);
    await readRange(handle, file, at, count);
    const length = new DataView(count.buffer).getBigInt64(0, true);
    const end = at + 8 + storage.length * elementBytes[storage.dtype];
    if (length !== BigInt(storage.length) || end > size) {
      throw new UserError(
        `${file} is damaged or cut off: storage ${storage.key} does not fit. Download or save it again.`,
      );
    }
    starts.set(storage.key, at + 8);
    at = end;
  }
  return {
    stateDict: stateDictOf(contents, file),
    storage({ key, dtype, length }) {
      const start = starts.get(key);
      if (start === undefined || dtype === undefined) {
        throw new UserError(`${file} has no storage ${key}: it is damaged. Download or save it again.`);
      }
      return { source: fileBytes(handle, file, start), bytes: length * elementBytes[dtype] };
    },
  };
}

/** ('storage', type, key, location, length, view): views into other storages were never more than planned. */
function withoutView(id: PickleValue, file: string): PickleValue {
  if (id instanceof Tuple && id.items.length === 6 && id.items[5] !== null) {
    throw new UserError(
      `${file} holds a view of a storage, which is not read. Save it again with a newer PyTorch.`,
    );
  }
  return id instanceof Tuple ? new Tuple(id.items.slice(0, 5)) : id;
}
