/** Fetches a data set of MedMNIST by its name: the only part of the program that loads data from the network. */
import { stat } from 'node:fs/promises';
import path from 'node:path';
import type { ReportProgress } from '../../../protocol/progress';
import { download } from '../../download/download';
import { RequestError } from '../../errors';
import { hashFile } from '../../formats/hashFile';
import { type MedmnistFile, type MedmnistSet, medmnist, medmnistFileOf } from './catalogue';
import { medmnistFolder } from './place';

/** Where the authors keep the files. */
const medmnistUrl = 'https://zenodo.org/records/10519652/files';
/** The largest set, PathMNIST at 224 pixels, has 16 GB before it is packed. */
const largestFile = 32e9;

export interface PullOptions {
  /** Folder that the file goes to. Default: `~/.medmnist`, where the Python package looks too. */
  readonly folder?: string | undefined;
  /** Address of a folder with the same files, instead of the authors'. */
  readonly url?: string | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ReportProgress | undefined;
}

/** Throws RequestError, one sentence with the nearest names, when there is no such set or size. */
export function findMedmnist(name: string, size = 28): { set: MedmnistSet; file: MedmnistFile } {
  const wanted = name.toLowerCase();
  const set = medmnist.find(({ flag }) => flag === wanted);
  if (!set) {
    const near = medmnist
      .filter(({ flag }) => flag.includes(wanted.replace(/(mnist)?(3d)?$/, '')))
      .map(({ flag }) => flag);
    const choice = near.length > 0 ? near : medmnist.map(({ flag }) => flag);
    throw new RequestError(`MedMNIST has no data set "${name}": choose one of ${choice.join(', ')}.`);
  }
  const file = medmnistFileOf(set, size);
  if (!file)
    throw new RequestError(
      `${set.name} does not come in ${size} pixels: choose ${Object.keys(set.md5).join(', ')}.`,
    );
  return { set, file };
}

/**
 * The path of the file, and whether it was there already, whole. Throws UserError when it cannot be fetched or is not what it should be; then
 * nothing has its name. What a cancelled download has brought is gone on with the next time.
 */
export async function pullMedmnist(
  { file, md5 }: MedmnistFile,
  { folder = medmnistFolder(), url, signal, onProgress }: PullOptions = {},
): Promise<{ readonly path: string; readonly already: boolean }> {
  const target = path.join(folder, file);
  const there = await stat(target).catch(() => undefined);
  if (there?.isFile()) {
    const stage = `Checking ${file}`;
    const sum = await hashFile(target, signal, (done, total) => onProgress?.({ stage, done, total }), 'md5');
    if (sum === md5) return { path: target, already: true };
  }
  await download({
    url: url === undefined ? `${medmnistUrl}/${file}?download=1` : `${url.replace(/\/+$/, '')}/${file}`,
    file: target,
    digest: { algorithm: 'md5', hex: md5 },
    largest: largestFile,
    signal,
    onProgress,
  });
  return { path: target, already: false };
}
