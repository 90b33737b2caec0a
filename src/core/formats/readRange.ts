/** Reading a known range of an open file. */
import type { FileHandle } from 'node:fs/promises';
import { UserError } from '../errors';
import { reasonOf } from './fileErrors';

/** Node reads at most 2 GiB at once. */
const maximumRead = 1 << 30;

/** Fills `target` from byte `position` on. Throws a UserError if the file is too short or cannot be read. */
export async function readRange(
  handle: FileHandle,
  path: string,
  position: number,
  target: Uint8Array,
): Promise<void> {
  for (let done = 0; done < target.length; ) {
    const length = Math.min(target.length - done, maximumRead);
    let bytesRead: number;
    try {
      ({ bytesRead } = await handle.read(target, done, length, position + done));
    } catch (error) {
      throw new UserError(`${path} cannot be read: ${reasonOf(error)}.`);
    }
    if (bytesRead === 0) {
      throw new UserError(
        `${path} is cut off: it ends at byte ${position + done}, ${target.length - done} bytes early. ` +
          'Download or copy it again.',
      );
    }
    done += bytesRead;
  }
}
