/** What a data set of image files is made of before any of them is decoded, however it was listed. */

import { createHash } from 'node:crypto';
import type { SplitName } from './dataset';
import type { SliceChoice } from './decodedImage';

export interface ImageFile {
  /** Relative to the `base` of the list, with "/"; absolute where it lies elsewhere. */
  readonly path: string;
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
  '.jfif',
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
  return imageStem(name) !== name;
}

/** The name without its ending, where that is one of an image. */
export function imageStem(name: string): string {
  const lower = name.toLowerCase();
  const ending = endings.find((one) => lower.endsWith(one));
  return ending === undefined ? name : name.slice(0, -ending.length);
}

/** DICOM files often have no ending, or one that is a part of a number. */
export function mayBeDicom(name: string): boolean {
  return /\.(dcm|dicom)$/i.test(name) || /^[^.]+$|\.\d+$/.test(name);
}

export function mayHaveSlices(name: string): boolean {
  return mayBeDicom(name) || /\.(nii|nii\.gz|tif|tiff)$/i.test(name);
}

/** Slices of one file that are made together: it is unpacked once for so many, and their pixels lie in memory at once. */
const mostTogether = 32;

/** The records of `images`, one file after the other; of many slices a few at a time. */
export function* recordsByFile(images: readonly ImageFile[]): Generator<readonly number[]> {
  for (let first = 0, end = 0; first < images.length; first = end) {
    const { path } = images[first]!;
    while (end < images.length && images[end]!.path === path && end - first < mostTogether) end++;
    yield Array.from({ length: end - first }, (_, i) => first + i);
  }
}

/** Class indices, or the rows of several labels, in the order of `records`. */
export function labelsOf(
  { labelSets }: ListedImages,
  images: readonly ImageFile[],
  records: readonly number[],
): Int32Array {
  if (!labelSets) return Int32Array.from(records, (record) => images[record]!.label);
  const width = labelSets[0]?.length ?? 0;
  const labels = new Int32Array(records.length * width);
  for (const [i, record] of records.entries()) labels.set(labelSets[images[record]!.label]!, i * width);
  return labels;
}

/**
 * Over everything that decides which image is an example of what, and where: the bytes of every file that is listed, its split, label,
 * group and slice. Where the files lie, and when they were written, is not in it: data may be copied. `contents`: of each image, in the
 * order of `files`; undefined for one that is broken.
 */
export function fingerprintOf(
  { classes, labelSets, files }: ListedImages,
  contents: readonly (string | undefined)[],
): string {
  const hash = createHash('sha256');
  if (labelSets) hash.update(`${JSON.stringify(classes)}\n`);
  // Only which images are together counts, not what their group is called, which may be a path.
  const groups = new Map<string | undefined, number>();
  let record = 0;
  for (const [split, part] of Object.entries(files))
    for (const { label, group, slice } of part) {
      const said = labelSets ? labelSets[label]!.join('') : classes[label];
      if (!groups.has(group)) groups.set(group, groups.size);
      const together = group === undefined ? null : groups.get(group);
      hash.update(`${JSON.stringify([split, contents[record++], said, together, slice])}\n`);
    }
  return hash.digest('hex');
}
