/** Reads parts of files that anybody may have written: regular files only, and never more bytes than asked for. */
import { open, readdir, stat } from 'node:fs/promises';
import path from 'node:path';

export interface FileStamp {
  readonly size: number;
  readonly modified: number;
  /** Tells a file from another that took its name. */
  readonly inode: number;
}

/** Undefined for what is not there, not readable, or not a regular file (opening a pipe would wait for ever). */
export async function stampOf(file: string): Promise<FileStamp | undefined> {
  try {
    const { size, mtimeMs, ino } = await stat(file).then((found) =>
      found.isFile() ? found : Promise.reject(),
    );
    return { size, modified: mtimeMs, inode: ino };
  } catch {
    return undefined;
  }
}

/** The bytes from `start`, at most `length`; empty where the file ends before or cannot be read. */
export async function readBytes(file: string, start: number, length: number): Promise<Buffer> {
  try {
    const handle = await open(file, 'r');
    try {
      const { bytesRead, buffer } = await handle.read(Buffer.alloc(length), 0, length, start);
      return buffer.subarray(0, bytesRead);
    } finally {
      await handle.close();
    }
  } catch {
    return Buffer.alloc(0);
  }
}

/** The value in a JSON file of at most `limit` bytes; undefined for any other file. */
export async function readJson(file: string, limit: number): Promise<unknown> {
  const stamp = await stampOf(file);
  if (!stamp || stamp.size > limit) return undefined;
  try {
    return JSON.parse((await readBytes(file, 0, stamp.size)).toString('utf8'));
  } catch {
    return undefined;
  }
}

/** The newest JSON files whose names begin so in these folders, the newest first, at most `most`. */
export async function newestJson(
  places: readonly { readonly folder: string; readonly prefix: string }[],
  most: number,
): Promise<string[]> {
  const listed = await Promise.all(
    places.map(async ({ folder, prefix }) => {
      const names = await readdir(folder).catch((): string[] => []);
      const wanted = names.filter((name) => name.startsWith(prefix) && name.endsWith('.json'));
      return Promise.all(
        wanted.map(async (name) => {
          const file = path.join(folder, name);
          return { file, modified: (await stampOf(file))?.modified ?? 0 };
        }),
      );
    }),
  );
  const newest = listed.flat().sort((a, b) => b.modified - a.modified);
  return newest.slice(0, most).map(({ file }) => file);
}
