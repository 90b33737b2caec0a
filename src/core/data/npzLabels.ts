/** The labels of an .npz in MedMNIST layout: `{train,val,test}_labels`, a class or several labels an image. */
import { UserError } from '../errors';
import type { Npz } from '../formats/npz';
import type { SplitName } from './dataset';

/** A label above is a mistake, not a class: it bounds the list of classes. */
const maxLabel = 65_535;

export interface NpzLabels {
  /** Labels of an image; 1 where it is the index of its class. */
  readonly perImage: number;
  /** `[images * perImage]`, row by row. */
  readonly values: Int32Array;
}

/** Reads the labels of one split of `images` images. Throws UserError on a wrong shape, type or value. */
export async function readNpzLabels(
  npz: Npz,
  path: string,
  split: SplitName,
  images: number,
  signal: AbortSignal | undefined,
): Promise<NpzLabels> {
  const name = `${split}_labels`;
  const array = npz.arrays.get(name);
  if (!array) throw new UserError(`${path} has ${split}_images but no ${name}: add the labels.`);
  const shape = `${name} in ${path} is ${array.dtype} [${array.shape.join(', ')}]`;
  if (!/^u?int|^bool/.test(array.dtype))
    throw new UserError(`${shape}: labels must be integers, the index of the class, or 0 and 1.`);
  const [rows, perImage = 1] = array.shape;
  if (array.shape.length < 1 || array.shape.length > 2 || perImage < 1 || perImage > maxLabel + 1)
    throw new UserError(`${shape}: labels must be [n] or [n, 1], or [n, labels] of 0 and 1.`);
  if (rows !== images)
    throw new UserError(`${shape}, but there are ${images} ${split}_images: each image needs one label.`);
  const most = perImage === 1 ? maxLabel : 1;
  const stored = await npz.readAll(name, signal);
  const values = new Int32Array(images * perImage);
  for (let i = 0; i < values.length; i++) {
    const label = Number(stored[i]);
    if (!(label >= 0 && label <= most)) {
      const place = perImage === 1 ? `${i}` : `[${Math.floor(i / perImage)}, ${i % perImage}]`;
      const allowed =
        perImage === 1 ? `labels go from 0 to ${maxLabel}` : 'where an image has several, each is 0 or 1';
      throw new UserError(`${name} in ${path} has ${label} at ${place}: ${allowed}.`);
    }
    values[i] = label;
  }
  return { perImage, values };
}

/**
 * How many classes the splits have together: the labels of an image, or one more than the highest class. Throws UserError where
 * splits have different numbers of labels an image.
 */
export function countClasses(path: string, splits: readonly NpzLabels[]): number {
  const numbers = [...new Set(splits.map(({ perImage }) => perImage))];
  if (numbers.length > 1)
    throw new UserError(
      `The splits of ${path} have ${numbers.join(' and ')} labels an image: give every split the same.`,
    );
  if (numbers[0]! > 1) return numbers[0]!;
  return 1 + splits.reduce((top, { values }) => values.reduce((a, b) => Math.max(a, b), top), -1);
}
