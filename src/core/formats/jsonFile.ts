/** Small JSON files that others wrote: bounded, strictly parsed, with errors that name the file. */
import { UserError } from '../errors';
import { reasonOf } from './fileErrors';
import { openFile } from './openFile';
import { type JsonObject, JsonSyntaxError, parseJsonObject } from './strictJson';

export interface JsonFile {
  readonly path: string;
  readonly text: string;
  readonly value: JsonObject;
  /** Text of every member of `value`, as the file has it. */
  readonly sources: ReadonlyMap<string, string>;
}

/** Labels of 20 000 classes take 2 MB; nothing honest comes near this. */
const maximumBytes = 16 * 1024 * 1024;

/** Throws a UserError if the file cannot be read, is too large, or holds no JSON object. */
export async function readJsonFile(path: string): Promise<JsonFile> {
  const text = await readText(path);
  try {
    return { path, text, ...parseJsonObject(text) };
  } catch (error) {
    if (!(error instanceof JsonSyntaxError)) throw error;
    throw new UserError(`${path} is no valid JSON: ${error.message}. Restore the file.`);
  }
}

/** The text of a small file. Throws a UserError if it cannot be read or is too large. */
export async function readText(path: string): Promise<string> {
  const handle = await openFile(path);
  try {
    const { size } = await handle.stat();
    if (size > maximumBytes) {
      throw new UserError(
        `${path} has ${size} bytes, more than the ${maximumBytes} that are read. Check the file.`,
      );
    }
    return await handle.readFile('utf8');
  } catch (error) {
    if (error instanceof UserError) throw error;
    throw new UserError(`${path} cannot be read: ${reasonOf(error)}.`);
  } finally {
    await handle.close();
  }
}
