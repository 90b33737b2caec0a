/** Turns what the file system refuses while a run is written into a sentence for the person who owns the disk. */
import { UserError } from '../errors';
import { errorCode, reasonOf } from '../formats/fileErrors';

/** A UserError that names `folder` if `error` is the file system's, else the error itself. */
export function explainWriteError(folder: string, error: unknown): unknown {
  if (errorCode(error) === undefined || error instanceof UserError) return error;
  return new UserError(
    `The run cannot be written to ${folder}: ${reasonOf(error)}. Make room or give rights there, or choose another folder with --out.`,
    { cause: error },
  );
}

/** Runs `write`, which writes somewhere under `folder`, and explains what it throws. */
export async function writingTo<T>(folder: string, write: () => Promise<T>): Promise<T> {
  try {
    return await write();
  } catch (error) {
    throw explainWriteError(folder, error);
  }
}
