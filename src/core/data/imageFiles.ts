/** What a data set of image files is made of before any of them is decoded, however it was listed. */

import type { SplitName } from './dataset';
import type { SliceChoice } from './decodedImage';

export interface ImageFile {
  /** Relative to the `base` of the list, with "/"; absolute where it lies elsewhere. */
  readonly path: string;
  /** In bytes. */
  readonly size: number;
  /** Index into the classes; of several labels an image, index into `labelSets`. */
  readonly label: number;
  /** Images of one group (a patient, a volume) stay on one side of a split that is drawn. Default: alone. */
  readonly group?: string | undefined;
  /** Which slice of a volume, where there may be several. */
  readonly slice?: SliceChoice | undefined;
}

export interface ListedImages {
  /** Folder that the paths are relative to. */
  readonly base: string;
  readonly classes: readonly string[];
  /** By split; `all` where the data does not make any. */
  readonly files: Readonly<Partial<Record<SplitName | 'all', readonly ImageFile[]>>>;
  /** Of several labels an image: the rows of 0 and 1, `[classes]` each, that there are. */
  readonly labelSets?: readonly Uint8Array[] | undefined;
  /** Files that are none of ours by their name. */
  readonly ignored: number;
}

/** Endings of the files that folders are searched for; what they are, their content says. */
const endings = [
  '.png',
  '.jpg',
  '.jpeg',
  '.webp',
  '.tif',
  '.tiff',
  '.bmp',
  '.dcm',
  '.dicom',
  '.nii',
  '.nii.gz',
];

export function hasImageEnding(name: string): boolean {
  const lower = name.toLowerCase();
  return endings.some((ending) => lower.endsWith(ending));
}

/** DICOM files often have no ending, or one that is a part of a number. */
export function mayBeDicom(name: string): boolean {
  return /\.(dcm|dicom)$/i.test(name) || /^[^.]+$|\.\d+$/.test(name);
}

export function mayHaveSlices(name: string): boolean {
  return mayBeDicom(name) || /\.(nii|nii\.gz|tif|tiff)$/i.test(name);
}
