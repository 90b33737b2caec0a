/**
 * NumPy's archives of arrays. Stored arrays are read by range from the archive; a deflated one is inflated once, when
 * it is first read, into memory while there is room and into a temporary file beyond that: memory does not grow with
 * the archive.
 */
import type { FileHandle } from 'node:fs/promises';
import { UserError } from '../errors';
import { type ByteSource, fileBytes, memoryBytes, temporaryBytes } from './byteSource';
import { type ArrayInfo, type NpyValues, readNpyRows } from './npy';
import { checkedDataBytes, type NpyHeader, npyPrefixBytes, parseNpyHeader } from './npyHeader';
import { openFile } from './openFile';
import { readRange } from './readRange';
import { inflate, listZip, type ZipEntry } from './zip';

export interface Npz {
  readonly path: string;
  readonly arrays: ReadonlyMap<string, ArrayInfo>;
  /**
   * Rows `start`..`start + count` along the first axis, row-major, in a buffer of their own. A RangeError if there is
   * no such array or row; a UserError if the data is damaged or the disk is full; the signal's reason when cancelled.
   */
  readRows(name: string, start: number, count: number, signal?: AbortSignal): Promise<NpyValues>;
  readAll(name: string, signal?: AbortSignal): Promise<NpyValues>;
  /** Closes the file and removes temporary ones. */
  close(): Promise<void>;
}

/** Inflated bytes of one archive that are kept in memory. */
const memoryBudget = 256 * 1024 * 1024;

interface NpzArray {
  readonly what: string;
  readonly entry: ZipEntry;
  readonly header: NpyHeader;
  /** The array's bytes, header included, once they can be read by range. */
  source?: Promise<ByteSource> | undefined;
}

/**
 * Opens the archive and reads the headers of its arrays; other files in it are ignored. Throws a UserError if it is no
 * archive, cut off, or if the size of an array is not what its header says. `memory`: another budget, for tests.
 */
export async function openNpz(path: string, { memory = memoryBudget } = {}): Promise<Npz> {
  const handle = await openFile(path);
  try {
    const arrays = new Map<string, NpzArray>();
    for (const entry of await listZip(handle, path)) {
      if (!entry.name.endsWith('.npy')) continue;
      const name = entry.name.slice(0, -'.npy'.length);
      if (arrays.has(name)) throw new UserError(`${path} holds two arrays called ${name}. Save it again.`);
      const what = `${name} in ${path}`;
      const header = parseNpyHeader(await readPrefix(handle, path, entry), what);
      checkedDataBytes(header, entry.size - header.dataStart, what);
      arrays.set(name, { what, entry, header });
    }
    return new NpzFile(path, handle, arrays, memory);
  } catch (error) {
    await handle.close();
    throw error;
  }
}

async function readPrefix(handle: FileHandle, path: string, entry: ZipEntry): Promise<Uint8Array> {
  const prefix = new Uint8Array(Math.min(entry.size, npyPrefixBytes));
  if (!entry.deflated) {
    await readRange(handle, path, entry.start, prefix);
    return prefix;
  }
  let filled = 0;
  for await (const chunk of inflate(handle, path, entry)) {
    const part = chunk.subarray(0, prefix.length - filled);
    prefix.set(part, filled);
    filled += part.length;
    if (filled === prefix.length) break;
  }
  return prefix;
}

class NpzFile implements Npz {
  readonly arrays: ReadonlyMap<string, ArrayInfo>;

  constructor(
    readonly path: string,
    private readonly handle: FileHandle,
    private readonly found: ReadonlyMap<string, NpzArray>,
    private memoryLeft: number,
  ) {
    this.arrays = new Map([...found].map(([name, { header }]) => [name, header]));
  }

  async readRows(name: string, start: number, count: number, signal?: AbortSignal): Promise<NpyValues> {
    const array = this.array(name);
    return readNpyRows(await this.sourceOf(array, signal), array.header, array.what, start, count);
  }

  async readAll(name: string, signal?: AbortSignal): Promise<NpyValues> {
    return this.readRows(name, 0, this.array(name).header.shape[0] ?? 1, signal);
  }

  async close(): Promise<void> {
    for (const { source } of this.found.values()) {
      const opened = await source?.catch(() => undefined);
      await opened?.close();
    }
    await this.handle.close();
  }

  private array(name: string): NpzArray {
    const array = this.found.get(name);
    if (array === undefined) throw new RangeError(`${this.path} has no array called ${name}`);
    return array;
  }

  /** Inflates once, however many readers wait for it; after a failure the next reader tries again. */
  private sourceOf(array: NpzArray, signal: AbortSignal | undefined): Promise<ByteSource> {
    array.source ??= this.unpack(array, signal).catch((error) => {
      array.source = undefined;
      throw error;
    });
    return array.source;
  }

  private async unpack({ entry, what }: NpzArray, signal: AbortSignal | undefined): Promise<ByteSource> {
    if (!entry.deflated) return fileBytes(this.handle, what, entry.start);
    const chunks = inflate(this.handle, this.path, entry, signal);
    if (entry.size > this.memoryLeft) return temporaryBytes(chunks, entry.size, what);
    this.memoryLeft -= entry.size;
    try {
      const bytes = new Uint8Array(entry.size);
      let filled = 0;
      for await (const chunk of chunks) {
        bytes.set(chunk, filled);
        filled += chunk.length;
      }
      return memoryBytes(bytes, what);
    } catch (error) {
      this.memoryLeft += entry.size;
      throw error;
    }
  }
}
