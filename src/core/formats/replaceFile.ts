/**
 * Files and folders that appear under their name only when they are whole: written under a temporary name beside it,
 * flushed, then renamed.
 */
import { randomUUID } from 'node:crypto';
import { type FileHandle, mkdir, open, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { UserError } from '../errors';
import { errorCode, reasonOf } from './fileErrors';

function temporaryName(target: string): string {
  return path.join(path.dirname(target), `.${path.basename(target)}.${randomUUID().slice(0, 8)}.tmp`);
}

/** An error of the file system becomes one that names the target, not the temporary; everything else passes. */
function explained(target: string, temporary: string, error: unknown): unknown {
  if (error instanceof UserError) return new UserError(error.message.replaceAll(temporary, target));
  if (errorCode(error) === undefined) return error;
  return new UserError(`${target} cannot be written: ${reasonOf(error)}. Nothing half-written was left.`);
}

/**
 * Writes a file through `write`. Throws a UserError if the file system refuses, or `target` is a device or pipe, whose name the
 * file would take; nothing is left then.
 */
export async function replaceFile(target: string, write: (file: FileHandle) => Promise<void>): Promise<void> {
  const present = await stat(target).catch(() => undefined);
  if (present && !present.isFile() && !present.isDirectory())
    throw new UserError(`${target} cannot be written: it is a device or a pipe. Name a file.`);
  const temporary = temporaryName(target);
  try {
    const handle = await open(temporary, 'wx');
    try {
      await write(handle);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(temporary, target);
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => undefined);
    throw explained(target, temporary, error);
  }
}

/** Where the old content of a folder is between the two renames of `replaceFolder`. */
export function previousFolder(target: string): string {
  return `${target}.previous`;
}

/**
 * Fills a new folder through `fill` and puts it in the place of `target`. If the process dies between the two renames,
 * `previousFolder(target)` holds the old content. Throws a UserError if the file system refuses; `target` is then as
 * it was.
 */
export async function replaceFolder(
  target: string,
  fill: (temporary: string) => Promise<void>,
): Promise<void> {
  const temporary = temporaryName(target);
  try {
    // One by one: Node's recursive mkdir says ENOENT for a read-only disk.
    await mkdir(path.dirname(target), { recursive: true });
    await mkdir(temporary);
    await fill(temporary);
    await swap(temporary, target);
  } catch (error) {
    await rm(temporary, { recursive: true, force: true }).catch(() => undefined);
    throw explained(target, temporary, error);
  }
}

async function swap(temporary: string, target: string): Promise<void> {
  const previous = previousFolder(target);
  const replaces = await stat(target).then(
    () => true,
    () => false,
  );
  if (replaces) {
    await rm(previous, { recursive: true, force: true });
    await rename(target, previous);
  }
  try {
    await rename(temporary, target);
  } catch (error) {
    if (replaces) await rename(previous, target);
    throw error;
  }
  await rm(previous, { recursive: true, force: true });
}
