/** Opening files that others wrote: regular files only. Opening a pipe would wait for ever, a device has no end. */
import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { UserError } from '../errors';
import { reasonOf } from './fileErrors';
import { standInBytes, standInOf } from './standIn';

/**
 * Opens `file` for reading. Throws a UserError that calls it `what` if it cannot be opened, is no regular file, or if something else lies
 * in its place.
 */
export async function openFile(file: string, what = file): Promise<FileHandle> {
  let handle: FileHandle;
  try {
    // Asked not to wait, a pipe opens at once; to regular files it makes no difference, and Windows does not know it.
    handle = await open(file, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
  } catch (error) {
    throw new UserError(`${what} cannot be opened: ${reasonOf(error)}.`);
  }
  const reason = await unfit(handle).catch(reasonOf);
  if (reason === undefined) return handle;
  await handle.close();
  throw new UserError(`${what} cannot be opened: ${reason}.`);
}

/** Why the file is none to read; undefined: nothing is wrong so far. */
async function unfit(handle: FileHandle): Promise<string | undefined> {
  const found = await handle.stat();
  if (!found.isFile()) return `it is ${found.isDirectory() ? 'a folder' : 'a pipe or a device'}`;
  const start = new Uint8Array(standInBytes);
  const { bytesRead } = await handle.read(start, 0, standInBytes, 0);
  return standInOf(start.subarray(0, bytesRead));
}
