/** The content of a file as one short text: what results are kept under. */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { UserError } from '../errors';
import { errorCode, reasonOf } from './fileErrors';

/** SHA-256, or MD5 where a publisher names that, in hexadecimal. `onBytes` is told how far it is. Throws a UserError if the file cannot be read. */
export async function hashFile(
  path: string,
  signal?: AbortSignal,
  onBytes?: (done: number, total: number) => void,
  algorithm: 'sha256' | 'md5' = 'sha256',
): Promise<string> {
  const hash = createHash(algorithm);
  try {
    const total = (await stat(path)).size;
    let done = 0;
    for await (const chunk of createReadStream(path, { highWaterMark: 1024 * 1024 })) {
      signal?.throwIfAborted();
      hash.update(chunk);
      done += chunk.length;
      onBytes?.(done, total);
    }
  } catch (error) {
    if (signal?.aborted || errorCode(error) === undefined) throw error;
    throw new UserError(`${path} cannot be read: ${reasonOf(error)}.`);
  }
  return hash.digest('hex');
}
