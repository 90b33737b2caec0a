/**
 * A cache of records of one length, by index: preprocessed images, or the features of a frozen network. Records stay in memory
 * up to a bound, further ones in one temporary file up to another; what no longer fits is not kept and must be made again.
 */
import { type FileHandle, mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';

export interface RecordStoreOptions<T> {
  /** Number of records that there can be. */
  readonly count: number;
  /** Values in a record. */
  readonly length: number;
  /** Makes a record of zeros: `(n) => new Uint8Array(n)`. */
  readonly allocate: (length: number) => T;
  /** Bytes kept in memory. Default: 256 MiB. */
  readonly memoryBytes?: number | undefined;
  /** Bytes kept in the temporary file. Default: 8 GiB. */
  readonly fileBytes?: number | undefined;
}

export interface RecordStore<T> {
  has(index: number): boolean;
  /** Keeps a copy of `record`, if there is room. */
  put(index: number, record: T): Promise<void>;
  /** A copy of the record, undefined when it is not kept. */
  get(index: number): Promise<T | undefined>;
  /** Frees the memory and removes the file. */
  dispose(): Promise<void>;
}

const defaultMemoryBytes = 256 * 1024 * 1024;
const defaultFileBytes = 8 * 1024 * 1024 * 1024;

export function createRecordStore<T extends Uint8Array | Float32Array>(
  options: RecordStoreOptions<T>,
): RecordStore<T> {
  const { count, length, allocate } = options;
  const recordBytes = allocate(0).BYTES_PER_ELEMENT * length;
  const inMemory = Math.min(count, Math.floor((options.memoryBytes ?? defaultMemoryBytes) / recordBytes));
  let capacity = Math.min(
    count,
    inMemory + Math.floor((options.fileBytes ?? defaultFileBytes) / recordBytes),
  );
  /** Place of every record: -1 for none, below `inMemory` in memory, from there on in the file. */
  const slots = new Int32Array(count).fill(-1);
  /** Written only once whole: a record that is still on its way to the file is not there yet. */
  const written = new Uint8Array(count);
  const memory: T[] = [];
  let used = 0;
  let disposed = false;
  let file: Promise<TemporaryFile> | undefined;

  async function putInFile(slot: number, record: T): Promise<boolean> {
    try {
      file ??= openTemporaryFile();
      const { handle } = await file;
      const bytes = new Uint8Array(record.buffer, record.byteOffset, record.byteLength);
      await writeAll(handle, bytes, (slot - inMemory) * recordBytes);
      return true;
    } catch {
      // A full or read-only disk costs speed, not the work.
      capacity = inMemory;
      return false;
    }
  }

  return {
    has: (index) => written[index] === 1,
    async put(index, record) {
      if (disposed) return;
      if (record.length !== length)
        throw new RangeError(`A record of ${record.length} values is not one of ${length}`);
      if (!(index >= 0 && index < count)) throw new RangeError(`Record ${index} is not below ${count}`);
      if (slots[index]! < 0) {
        if (used >= capacity) return;
        slots[index] = used++;
      }
      const slot = slots[index]!;
      if (slot < inMemory) {
        memory[slot] ??= allocate(length);
        memory[slot]!.set(record);
        written[index] = 1;
      } else {
        const stored = await putInFile(slot, record);
        written[index] = stored && !disposed ? 1 : 0;
      }
    },
    async get(index) {
      if (written[index] !== 1) return undefined;
      const slot = slots[index]!;
      const record = allocate(length);
      if (slot < inMemory) {
        record.set(memory[slot]!);
      } else {
        const { handle } = await file!;
        const bytes = new Uint8Array(record.buffer, record.byteOffset, record.byteLength);
        await readAll(handle, bytes, (slot - inMemory) * recordBytes);
      }
      return record;
    },
    async dispose() {
      disposed = true;
      written.fill(0);
      memory.length = 0;
      const opened = await file?.catch(() => undefined);
      file = undefined;
      await opened?.remove();
    },
  };
}

interface TemporaryFile {
  readonly handle: FileHandle;
  remove(): Promise<void>;
}

/** Where the system allows it the file loses its name at once, so that not even a killed process leaves it behind. */
async function openTemporaryFile(): Promise<TemporaryFile> {
  const folder = await mkdtemp(path.join(tmpdir(), 'repsim-cache-'));
  const removeFolder = () => rm(folder, { recursive: true, force: true });
  try {
    const handle = await open(path.join(folder, 'records'), 'wx+');
    if (process.platform !== 'win32') await removeFolder();
    return {
      handle,
      async remove() {
        await handle.close();
        await removeFolder();
      },
    };
  } catch (error) {
    await removeFolder();
    throw error;
  }
}

async function writeAll(handle: FileHandle, bytes: Uint8Array, position: number): Promise<void> {
  for (let done = 0; done < bytes.length; ) {
    const { bytesWritten } = await handle.write(bytes, done, bytes.length - done, position + done);
    done += bytesWritten;
  }
}

async function readAll(handle: FileHandle, bytes: Uint8Array, position: number): Promise<void> {
  for (let done = 0; done < bytes.length; ) {
    const { bytesRead } = await handle.read(bytes, done, bytes.length - done, position + done);
    if (bytesRead === 0) throw new Error('The temporary file of cached images or features was cut off');
    done += bytesRead;
  }
}
