/**
 * The images of an .npz in MedMNIST layout: uint8 `[n, h, w]`, `[n, h, w, 1]`, `[n, h, w, 3]`, or volumes `[n, d, h, w]`, whose middle
 * slices become images.
 */
import { type DataSettings, volumeAxes } from '../../protocol/dataSettings';
import { UserError } from '../errors';
import type { Npz } from '../formats/npz';
import type { SplitName } from './dataset';
import type { PixelImage } from './resize';

export interface ImageShape {
  /** Entries of the array, `slices.length` images each. */
  readonly rows: number;
  readonly count: number;
  readonly height: number;
  readonly width: number;
  readonly channels: 1 | 3;
  /** Bytes of an entry. */
  readonly rowBytes: number;
  readonly slices: readonly ArraySlice[];
}

/** Where the pixels of an image are within its entry. */
interface ArraySlice {
  readonly first: number;
  /** From one row, and from one column, to the next. */
  readonly down: number;
  readonly across: number;
}

/**
 * Volumes are cut across their first axis (axial), second (coronal) or third (sagittal). Throws UserError for any other array.
 */
export function imageShape(
  npz: Npz,
  path: string,
  split: SplitName,
  { slices = 1, axis = 'axial' }: DataSettings,
): ImageShape {
  const name = `${split}_images`;
  const array = npz.arrays.get(name);
  if (!array) throw new UserError(`${path} has ${split}_labels but no ${name}: add the images.`);
  const shape = `${name} in ${path} is ${array.dtype} [${array.shape.join(', ')}]`;
  if (array.dtype !== 'uint8')
    throw new UserError(`${shape}: images must be uint8, 0 to 255; convert them before saving.`);
  if (array.shape.length !== 3 && array.shape.length !== 4)
    throw new UserError(
      `${shape}: images must be [n, h, w], [n, h, w, 1], [n, h, w, 3], or volumes [n, d, h, w].`,
    );
  if (array.shape.slice(1).includes(0)) throw new UserError(`${shape}: its images have no pixels.`);
  const [rows, a, b, c] = array.shape as [number, number, number, number | undefined];
  if (c === undefined || c === 1 || c === 3) {
    const channels = c === 3 ? 3 : 1;
    const whole = { first: 0, down: b * channels, across: channels };
    return { rows, count: rows, height: a, width: b, channels, rowBytes: a * b * channels, slices: [whole] };
  }
  const strides = [b * c, c, 1] as const;
  const extents = [a, b, c] as const;
  const through = volumeAxes.indexOf(axis);
  const [down, across] = [0, 1, 2].filter((other) => other !== through) as [number, number];
  const of = Math.min(slices, extents[through]!);
  const first = Math.floor((extents[through]! - of) / 2);
  return {
    ...{ rows, count: rows * of, height: extents[down]!, width: extents[across]!, channels: 1 },
    rowBytes: a * b * c,
    slices: Array.from({ length: of }, (_, i) => ({
      first: (first + i) * strides[through]!,
      down: strides[down]!,
      across: strides[across]!,
    })),
  };
}

/** Image number `slice` of an entry of the array. */
export function imageOf(
  entry: Uint8Array,
  { height, width, channels, slices }: ImageShape,
  slice: number,
): PixelImage {
  const { first, down, across } = slices[slice]!;
  // As it lies there: nothing to gather.
  if (across === channels && down === width * channels)
    return { height, width, channels, data: entry.subarray(first, first + height * width * channels) };
  const data = new Uint8Array(height * width);
  for (let y = 0, to = 0; y < height; y++)
    for (let x = 0, from = first + y * down; x < width; x++, from += across) data[to++] = entry[from]!;
  return { height, width, channels, data };
}
