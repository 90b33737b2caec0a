/** Turns what the file system refuses into a sentence for the person who owns the disk. */
import { UserError } from '../errors';

const reasons: Readonly<Record<string, string>> = {
  ENOSPC: 'the disk is full; free some space',
  EDQUOT: 'the disk quota is used up; free some space',
  EROFS: 'the file system is read-only; choose another folder with --out',
  EACCES: 'writing there is not permitted; choose another folder with --out',
  EPERM: 'writing there is not permitted; choose another folder with --out',
  ENOTDIR: 'a part of that path is a file, not a folder; choose another folder with --out',
  EEXIST: 'a file of that name is in the way; choose another folder with --out',
  ENOENT: 'the folder is gone or cannot be made; choose another folder with --out',
  ENAMETOOLONG: 'the path is too long; choose a shorter one with --out',
  EMFILE: 'too many files are open; close other programs',
};

/** A UserError that names `folder` where the system's error has a known cause, else the error itself. */
export function explainWriteError(folder: string, error: unknown): unknown {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  const reason = reasons[code];
  if (reason === undefined) return error;
  return new UserError(`The run could not be written to ${folder}: ${reason} (${code}).`, { cause: error });
}

/** Runs `write`, which writes somewhere under `folder`, and explains what it throws. */
export async function writingTo<T>(folder: string, write: () => Promise<T>): Promise<T> {
  try {
    return await write();
  } catch (error) {
    throw explainWriteError(folder, error);
  }
}
