/** Opening files that others wrote: regular files only. Opening a pipe would wait for ever, a device has no end. */
import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { UserError } from '../errors';
import { reasonOf } from './fileErrors';

/** Opens `file` for reading. Throws a UserError that calls it `what` if it cannot be opened or is no regular file. */
export async function openFile(file: string, what = file): Promise<FileHandle> {
  let handle: FileHandle;
  try {
    // Asked not to wait, a pipe opens at once; to regular files it makes no difference, and Windows does not know it.
    handle = await open(file, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
  } catch (error) {
    throw new UserError(`${what} cannot be opened: ${reasonOf(error)}.`);
  }
  const found = await handle.stat();
  if (found.isFile()) return handle;
  await handle.close();
  throw new UserError(
    `${what} cannot be opened: it is ${found.isDirectory() ? 'a folder' : 'a pipe or a device'}.`,
  );
}
