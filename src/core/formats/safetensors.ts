/** Reads tensors of a safetensors file by range. The file is untrusted; its header is checked when it is opened. */
import type { FileHandle } from 'node:fs/promises';
import path from 'node:path';
import { openFile } from './openFile';
import { readRange } from './readRange';
import {
  headerLength,
  parseHeader,
  type SafetensorsEntry,
  type SafetensorsHeader,
} from './safetensorsHeader';
import { TensorSource } from './tensorSource';

/** Throws a UserError if the file cannot be opened or is no valid safetensors file. */
export async function openSafetensors(file: string): Promise<TensorSource> {
  const handle = await openFile(file);
  try {
    return new SafetensorsFile(file, handle, await readSafetensorsHeader(handle, file));
  } catch (error) {
    await handle.close();
    throw error;
  }
}

/** Reads and checks the header of an open file. Throws a UserError. */
export async function readSafetensorsHeader(handle: FileHandle, file: string): Promise<SafetensorsHeader> {
  const { size } = await handle.stat();
  const prefix = new Uint8Array(Math.min(size, 8));
  await readRange(handle, file, 0, prefix);
  const json = new Uint8Array(headerLength(prefix, size, file));
  await readRange(handle, file, 8, json);
  return parseHeader(json, size, file);
}

class SafetensorsFile extends TensorSource {
  readonly entries: ReadonlyMap<string, SafetensorsEntry>;

  constructor(
    readonly path: string,
    private readonly handle: FileHandle,
    header: SafetensorsHeader,
  ) {
    super();
    this.entries = header.entries;
  }

  get files(): readonly string[] {
    return [path.resolve(this.path)];
  }

  async readBytes(name: string, target: Uint8Array, start = 0): Promise<void> {
    const entry = this.entryOf(name) as SafetensorsEntry;
    if (start + target.length > entry.end - entry.start) {
      throw new Error(`${name} has ${entry.end - entry.start} bytes, not ${target.length} from ${start} on`);
    }
    await readRange(this.handle, this.path, entry.start + start, target);
  }

  close(): Promise<void> {
    return this.handle.close();
  }
}
