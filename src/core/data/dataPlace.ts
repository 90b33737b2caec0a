/** What a person means by DATA: a file, a folder, or the name of a MedMNIST set that was pulled before. */
import { stat } from 'node:fs/promises';
import path from 'node:path';
import { UserError } from '../errors';
import { errorCode, reasonOf } from '../formats/fileErrors';
import { medmnistFile, medmnistFolder } from './medmnist/place';

export interface DataPlace {
  readonly kind: 'npz' | 'csv' | 'folder';
  readonly path: string;
}

const kinds: Readonly<Record<string, DataPlace['kind']>> = {
  '.npz': 'npz',
  '.csv': 'csv',
  '.tsv': 'csv',
};
const ask = 'give an .npz file, a .csv file, a folder of class folders, or the name of a MedMNIST set';

/** Throws UserError, one sentence, where there is nothing, or something else. */
export async function findData(given: string): Promise<DataPlace> {
  try {
    const there = await stat(given);
    // Opening a pipe would wait for ever.
    const named = there.isFile() ? kinds[path.extname(given).toLowerCase()] : undefined;
    const kind = there.isDirectory() ? 'folder' : named;
    if (kind) return { kind, path: given };
  } catch (error) {
    const name = errorCode(error) === 'ENOENT' ? medmnistFile(path.basename(given)) : undefined;
    if (!name) throw new UserError(`The data ${given} cannot be read: ${reasonOf(error)}; ${ask}.`);
    const pulled = path.join(medmnistFolder(), name.file);
    const there = await stat(pulled).catch(() => undefined);
    if (there?.isFile()) return { kind: 'npz', path: pulled };
    throw new UserError(
      `${name.file} is not in ${medmnistFolder()} yet: run "repsim dataset pull ${name.flag} --size ${name.size}" first.`,
    );
  }
  throw new UserError(`The data ${given} is no file that can be read as data: ${ask}.`);
}
