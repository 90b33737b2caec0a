/** Bytes that can be read by range, wherever they are. */
import { randomUUID } from 'node:crypto';
import { type FileHandle, open, statfs, unlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { UserError } from '../errors';
import { reasonOf } from './fileErrors';
import { readRange } from './readRange';

export interface ByteSource {
  /** Fills `target` from byte `position` on. Throws a UserError if there are fewer bytes. */
  read(position: number, target: Uint8Array): Promise<void>;
  /** Gives back what the source holds on its own: memory or a temporary file. */
  close(): Promise<void>;
}

/** Part of an open file that belongs to somebody else. */
export function fileBytes(handle: FileHandle, name: string, start: number): ByteSource {
  return {
    read: (position, target) => readRange(handle, name, start + position, target),
    close: async () => {},
  };
}

export function memoryBytes(bytes: Uint8Array, name: string): ByteSource {
  return {
    async read(position, target) {
      if (position + target.length > bytes.length) throw new UserError(`${name} is cut off. Copy it again.`);
      target.set(bytes.subarray(position, position + target.length));
    },
    close: async () => {},
  };
}

/**
 * `size` bytes kept in a temporary file. It has no name while it is in use, so that nothing is left even if the
 * process dies. Throws a UserError if the disk has no room for it.
 */
export async function temporaryBytes(
  chunks: AsyncIterable<Uint8Array>,
  size: number,
  name: string,
): Promise<ByteSource> {
  const folder = tmpdir();
  try {
    const { bavail, bsize } = await statfs(folder);
    if (bavail * bsize < size) {
      throw new UserError(
        `${name} takes ${size} bytes unpacked, but ${folder} has room for ${bavail * bsize}. Make room, or set TMPDIR to another disk.`,
      );
    }
    const file = path.join(folder, `repsim-unpacked-${randomUUID()}.tmp`);
    const handle = await open(file, 'wx+', 0o600);
    try {
      await unlink(file);
      for await (const chunk of chunks) await handle.writeFile(chunk);
    } catch (error) {
      await handle.close();
      throw error;
    }
    return {
      read: (position, target) => readRange(handle, name, position, target),
      close: () => handle.close(),
    };
  } catch (error) {
    if (error instanceof Error && 'syscall' in error) {
      throw new UserError(`${name} cannot be unpacked into ${folder}: ${reasonOf(error)}.`);
    }
    throw error;
  }
}
