/**
 * Which images a folder of class folders holds, without decoding them: all files with the ending of an image, and DICOM
 * files with or without one, below CLASS/, or below train/CLASS/, val/CLASS/ and test/CLASS/. Classes are the sorted names of
 * the folders, as in torchvision's ImageFolder.
 */
import type { Dirent, Stats } from 'node:fs';
import { opendir, realpath, stat } from 'node:fs/promises';
import path from 'node:path';
import { UserError } from '../errors';
import { errorCode, reasonOf } from '../formats/fileErrors';
import type { SplitName } from './dataset';
import { hasImageEnding, type ImageFile, type ListedImages, mayBeDicom } from './imageFiles';
import { isDicom } from './medical/dicomSeries';
import { splitCalled } from './splitWords';
import { chooseSlices, type VolumeOptions } from './volumes';

/** Bounds the list of files and the depth of folders, against a path such as "/". */
const maxFiles = 5_000_000;
const maxDepth = 16;

export interface ListFolderOptions extends Pick<VolumeOptions, 'slices' | 'axis' | 'signal'> {
  /** `folder`: images in the same folder inside the class folders are one group; `PatientID`: by that of DICOM files. */
  readonly groupBy?: string | undefined;
}

/** Throws UserError, one sentence, when there are no class folders, no images, or a folder cannot be read. */
export async function listFolder(root: string, options: ListFolderOptions = {}): Promise<ListedImages> {
  const { groupBy, slices, axis, signal } = options;
  if (groupBy !== undefined && groupBy !== 'folder' && groupBy !== 'PatientID')
    throw new UserError(
      `The setting "groupBy" is "${groupBy}", but ${root} is a folder: use "folder" or "PatientID", or give a CSV with that column.`,
    );
  const walk: Walk = { root, signal, byFolder: groupBy === 'folder', found: 0, ignored: 0 };
  const splits = await findSplits(walk);
  const names = new Set<string>();
  for (const { folder } of splits) for (const name of (await entries(walk, folder)).folders) names.add(name);
  const classes = [...names].sort();
  if (classes.length === 0)
    throw new UserError(
      `${root} has no class folders: put the images of each class in a folder of the class's name.`,
    );
  const files: Partial<Record<SplitName | 'all', ImageFile[]>> = {};
  for (const { split, folder } of splits) {
    const { folders, real } = await entries(walk, folder);
    const there = new Set(folders);
    const above = [await realpath(root), real];
    const images: ImageFile[] = [];
    for (const [label, name] of classes.entries()) {
      if (!there.has(name)) continue;
      const ofClass: ImageFile[] = [];
      await collect(walk, join(folder, name), label, ofClass, above);
      ofClass.sort((a, b) => (a.path < b.path ? -1 : 1));
      const byPatient = groupBy === 'PatientID';
      const chosen = await chooseSlices(root, ofClass, { slices, axis, byPatient, signal });
      for (const image of chosen) images.push(image);
    }
    files[split] = images;
  }
  if (walk.found === 0)
    throw new UserError(
      `${root} has no image in its class folders (${walk.ignored} other files): give a folder of PNG, JPEG, WebP, TIFF, BMP, DICOM or NIfTI files.`,
    );
  return { base: root, classes, files, ignored: walk.ignored };
}

/** What one listing has seen so far. */
interface Walk {
  readonly root: string;
  readonly signal: AbortSignal | undefined;
  readonly byFolder: boolean;
  found: number;
  ignored: number;
}

interface SplitFolder {
  readonly split: SplitName | 'all';
  readonly folder: string;
}

/**
 * `train` and the like are split folders when they hold folders of their own and `train` is among them or nothing else
 * is there; else they are classes like any other.
 */
async function findSplits(walk: Walk): Promise<SplitFolder[]> {
  const { folders } = await entries(walk, '');
  const splits: SplitFolder[] = [];
  for (const folder of folders) {
    const split = splitCalled(folder);
    if (split && (await entries(walk, folder)).folders.length > 0) splits.push({ split, folder });
  }
  const [only, another] = folders;
  if (only !== undefined && another === undefined && splits.length === 0) {
    const train = (await entries(walk, only)).folders.find((name) => splitCalled(name) === 'train');
    if (train !== undefined && (await entries(walk, join(only, train))).folders.length > 0)
      throw new UserError(
        `${walk.root} holds only the folder "${only}", in which the folder "${train}" is: give ${path.join(walk.root, only)}.`,
      );
  }
  const hasTrain = splits.some(({ split }) => split === 'train');
  if (splits.length === 0 || !(hasTrain || splits.length === folders.length))
    return [{ split: 'all', folder: '' }];
  for (const { split, folder } of splits) {
    const twin = splits.find((other) => other.split === split && other.folder !== folder);
    if (twin)
      throw new UserError(
        `${walk.root} has the folders "${folder}" and "${twin.folder}", which are the same split: keep one.`,
      );
  }
  return splits;
}

/**
 * Adds the images below `folder`. `above`: real paths of the folders on the way, so that a link upwards ends there. `group`: the first
 * folder inside the class folder, where that counts.
 */
async function collect(
  walk: Walk,
  folder: string,
  label: number,
  images: ImageFile[],
  above: readonly string[],
  group?: string,
): Promise<void> {
  walk.signal?.throwIfAborted();
  const { folders, files, real } = await entries(walk, folder);
  if (above.includes(real) || above.length > maxDepth) return;
  for (const name of files) {
    if (!hasImageEnding(name) && !(mayBeDicom(name) && (await isDicom(path.join(walk.root, folder, name))))) {
      walk.ignored++;
      continue;
    }
    if (++walk.found > maxFiles)
      throw new UserError(`${walk.root} holds over ${maxFiles} images: give a smaller folder.`);
    images.push({ path: join(folder, name), label, ...(group !== undefined && { group }) });
  }
  for (const name of folders)
    await collect(
      walk,
      join(folder, name),
      label,
      images,
      [...above, real],
      group ?? (walk.byFolder ? name : undefined),
    );
}

interface Entries {
  readonly folders: readonly string[];
  readonly files: readonly string[];
  /** The folder without links in its path. */
  readonly real: string;
}

/** Names in a folder, sorted; links are followed; hidden entries, what macOS puts into zip files, and what is neither file nor folder are left out. */
async function entries(walk: Walk, folder: string): Promise<Entries> {
  const folders: string[] = [];
  const files: string[] = [];
  try {
    for await (const entry of await opendir(path.join(walk.root, folder))) {
      if (entry.name.startsWith('.') || entry.name === '__MACOSX') continue;
      const found = entry.isSymbolicLink()
        ? await behindLink(path.join(walk.root, folder, entry.name))
        : entry;
      if (found?.isDirectory()) folders.push(entry.name);
      else if (found === undefined || !isEndless(found)) files.push(entry.name);
    }
    return {
      folders: folders.sort(),
      files: files.sort(),
      real: await realpath(path.join(walk.root, folder)),
    };
  } catch (error) {
    if (errorCode(error) === undefined) throw error;
    throw new UserError(`The folder ${path.join(walk.root, folder)} cannot be read: ${reasonOf(error)}.`);
  }
}

/** Undefined where a link leads nowhere. */
async function behindLink(link: string): Promise<Stats | undefined> {
  return stat(link).catch(() => undefined);
}

/** Pipes, sockets and devices: who opens one may wait forever. */
function isEndless(found: Stats | Dirent): boolean {
  return found.isFIFO() || found.isSocket() || found.isCharacterDevice() || found.isBlockDevice();
}

function join(folder: string, name: string): string {
  return folder === '' ? name : `${folder}/${name}`;
}
