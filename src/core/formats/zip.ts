/** Entries of a zip archive: where their bytes are, and their inflated contents as a checked stream. */
import type { FileHandle } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { createInflateRaw } from 'node:zlib';
import { type Entry, fromRandomAccessReaderPromise, RandomAccessReader, type ZipFile } from 'yauzl';
import { UserError } from '../errors';
import { Crc32 } from './crc32';
import { readRange } from './readRange';

export interface ZipEntry {
  readonly name: string;
  readonly deflated: boolean;
  /** First byte of the entry's data in the archive. */
  readonly start: number;
  readonly compressedSize: number;
  readonly size: number;
  readonly crc32: number;
}

const maximumEntries = 10_000;
/** Deflate packs at most 1032 bytes into one (RFC 1951); a size beyond that is a lie. */
const maximumRatio = 1032;
const chunkBytes = 256 * 1024;

/** Damaged archives point beyond their end, where yauzl's own reader ends the process. */
class BoundedReader extends RandomAccessReader {
  constructor(
    private readonly handle: FileHandle,
    private readonly path: string,
    private readonly size: number,
  ) {
    super();
  }

  override read(
    buffer: Buffer,
    offset: number,
    length: number,
    position: number,
    callback: (error: Error | null) => void,
  ): void {
    const read =
      position + length > this.size
        ? Promise.reject(new Error('it points beyond its end'))
        : readRange(this.handle, this.path, position, buffer.subarray(offset, offset + length));
    read.then(() => callback(null), callback);
  }
}

/** All files in the archive. Throws a UserError if it is no zip archive or an entry cannot be read. */
export async function listZip(handle: FileHandle, path: string): Promise<readonly ZipEntry[]> {
  try {
    const { size } = await handle.stat();
    const reader = new BoundedReader(handle, path, size);
    const zip = await fromRandomAccessReaderPromise(reader, size, { autoClose: false });
    if (zip.entryCount > maximumEntries) throw new Error(`it has more than ${maximumEntries} entries`);
    const entries: ZipEntry[] = [];
    for await (const entry of zip.eachEntry()) {
      if (!entry.fileName.endsWith('/')) entries.push(await describe(zip, entry));
    }
    return entries;
  } catch (error) {
    const reason = (error instanceof Error ? error.message : String(error)).replace(/\.$/, '');
    throw new UserError(
      `${path} is no zip archive that can be read, or it is cut off: ${reason}. Copy it again.`,
    );
  }
}

async function describe(zip: ZipFile, entry: Entry): Promise<ZipEntry> {
  const { fileName: name, compressedSize, uncompressedSize: size, compressionMethod: method, crc32 } = entry;
  if (entry.isEncrypted()) throw new Error(`${name} is encrypted`);
  if (method !== 0 && method !== 8)
    throw new Error(`${name} is packed by method ${method}, not stored or deflated`);
  if (size > compressedSize * maximumRatio) {
    throw new Error(`${name} claims ${size} bytes from ${compressedSize}, which deflate cannot do`);
  }
  const { fileDataStart: start } = await zip.readLocalFileHeaderPromise(entry, { minimal: true });
  return { name, deflated: method === 8, start, compressedSize, size, crc32 };
}

/** Not `handle.createReadStream`: that closes the handle when its reader stops early, whatever `autoClose` says. */
async function* packedChunks(handle: FileHandle, path: string, entry: ZipEntry): AsyncGenerator<Uint8Array> {
  const end = entry.start + entry.compressedSize;
  for (let at = entry.start; at < end; at += chunkBytes) {
    const chunk = new Uint8Array(Math.min(chunkBytes, end - at));
    await readRange(handle, path, at, chunk);
    yield chunk;
  }
}

/**
 * The contents of a deflated entry, piece by piece, checked at the end (size and CRC-32). Stops early if the caller
 * does. Throws a UserError if the data is damaged, or the reason of `signal`.
 */
export async function* inflate(
  handle: FileHandle,
  path: string,
  entry: ZipEntry,
  signal?: AbortSignal,
): AsyncGenerator<Uint8Array> {
  const damaged = (reason: string): UserError =>
    new UserError(`${entry.name} in ${path} is damaged: ${reason}. Copy the file again.`);
  const packed = Readable.from(packedChunks(handle, path, entry), { highWaterMark: 1 });
  const unpacked = packed.pipe(createInflateRaw({ chunkSize: chunkBytes }));
  packed.on('error', (error) => unpacked.destroy(error));
  const checksum = new Crc32();
  let size = 0;
  try {
    for await (const chunk of unpacked as AsyncIterable<Uint8Array>) {
      signal?.throwIfAborted();
      size += chunk.length;
      if (size > entry.size) throw damaged(`it holds more than the ${entry.size} bytes that it claims`);
      checksum.update(chunk);
      yield chunk;
    }
  } catch (error) {
    if (error instanceof UserError || signal?.aborted) throw error;
    throw damaged(error instanceof Error ? error.message : String(error));
  } finally {
    packed.destroy();
    unpacked.destroy();
  }
  if (size !== entry.size) throw damaged(`it holds ${size} of the ${entry.size} bytes that it claims`);
  if (checksum.value !== entry.crc32) throw damaged('its checksum is wrong');
}
