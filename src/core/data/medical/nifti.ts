/**
 * NIfTI-1 and -2 volumes (.nii, .nii.gz) as slices: cut across the axis that the affine says, turned as radiologists look
 * at them, and scaled to bytes. Of a series in time the first volume is taken.
 */
import { gunzipSync } from 'node:zlib';
import type { VolumeAxis } from '../../../protocol/dataSettings';
import { BrokenImageError } from '../brokenImageError';
import { type DecodeOptions, maxFileBytes, maxPixels, type OpenedImage, sliceIndex } from '../decodedImage';
import { finiteRange, mapToBytes, rangeToByte, type ToByte, windowToByte } from '../grayScale';
import { type NiftiHeader, niftiVersion, readNiftiHeader } from './niftiHeader';
import { type Orientation, orientationOf, sliceLayout } from './orientation';

export function startsLikeNifti(bytes: Buffer): boolean {
  return niftiVersion(bytes) !== undefined || (bytes[0] === 0x1f && bytes[1] === 0x8b);
}

/**
 * Its slices, axial where `axis` does not say otherwise. Grey values by `window`, else by the header's `cal_min`
 * and `cal_max`, else from the lowest to the highest value of the whole volume. Throws BrokenImageError.
 */
export function openNifti(bytes: Buffer, { axis = 'axial', window }: DecodeOptions): OpenedImage {
  const volume = readVolume(inflated(bytes));
  const { shape, affine, colours, bits, values } = volume;
  const layout = sliceLayout(shape, orientationOf(affine), axis);
  const { width, height } = layout;
  const about = { width, height, format: 'NIfTI' as const, bits };
  const toByte = colours ? undefined : grayToByte(volume, window);
  return (slice) => {
    const at = layout.indices(sliceIndex(layout.depth, slice));
    if (toByte) {
      const slicedValues = Float64Array.from(at, (index) => values[index]!);
      return { ...about, channels: 1, data: mapToBytes(slicedValues, toByte, false) };
    }
    const data = new Uint8Array(at.length * 3);
    for (let i = 0; i < at.length; i++) for (let c = 0; c < 3; c++) data[3 * i + c] = values[3 * at[i]! + c]!;
    return { ...about, channels: 3, data };
  };
}

function grayToByte(
  { values, slope, intercept, calibration }: Volume,
  window: DecodeOptions['window'],
): ToByte {
  const real: ToByte = (value) => value * slope + intercept;
  const shown = window
    ? windowToByte({ center: window[0], width: window[1], shape: 'linear-exact' })
    : calibration
      ? rangeToByte(...calibration)
      : wholeRange(values, real);
  return (value) => shown(real(value));
}

function wholeRange(values: ArrayLike<number>, real: ToByte): ToByte {
  const stored = finiteRange(values) ?? { low: 0, high: 0 };
  const [low, high] = [real(stored.low), real(stored.high)];
  return rangeToByte(Math.min(low, high), Math.max(low, high));
}

/** Number of slices along `axis`, from the beginning of an unpacked file. Throws BrokenImageError. */
export function niftiDepth(bytes: Buffer, axis: VolumeAxis = 'axial'): number {
  const { shape, affine } = readShape(bytes);
  return sliceLayout(shape, orientationOf(affine), axis).depth;
}

/** Bounded, whatever the file claims. */
function inflated(bytes: Buffer): Buffer {
  if (bytes[0] !== 0x1f) return bytes;
  try {
    return gunzipSync(bytes, { maxOutputLength: maxFileBytes });
  } catch (error) {
    throw new BrokenImageError(
      `it cannot be unpacked: ${error instanceof RangeError ? `it inflates to over ${maxFileBytes} bytes` : (error as Error).message}`,
    );
  }
}

interface Volume {
  /** Voxels along the three axes of the file; the first runs fastest. */
  readonly shape: readonly [number, number, number];
  readonly affine: Orientation;
  /** Of the first volume; three a voxel where there are colours. */
  readonly values: ArrayLike<number>;
  readonly colours: boolean;
  readonly bits: number;
  readonly slope: number;
  readonly intercept: number;
  readonly calibration: readonly [low: number, high: number] | undefined;
}

function readShape(bytes: Buffer): NiftiHeader & Pick<Volume, 'shape'> {
  const version = niftiVersion(bytes);
  if (version === undefined) throw new BrokenImageError('it is no NIfTI file (.nii or .nii.gz)');
  const header = readNiftiHeader(bytes, version);
  const [dimensions, ...extents] = header.dimensions as [number, ...number[]];
  const extent = (axis: number) => (axis < dimensions ? (extents[axis] ?? 0) : 1);
  const shape = [extent(0), extent(1), extent(2)] as const;
  if (!(dimensions >= 2 && shape.every((side) => Number.isInteger(side) && side > 0)))
    throw new BrokenImageError(
      `its dimensions are ${extents.slice(0, Math.max(0, Math.min(7, dimensions))).join(' x ') || 'missing'}`,
    );
  return { ...header, shape };
}

function readVolume(bytes: Buffer): Volume {
  const header = readShape(bytes);
  const { shape } = header;
  const voxels = shape[0] * shape[1] * shape[2];
  const type = types[header.dataType];
  if (!type)
    throw new BrokenImageError(`its data type ${header.dataType} is not read (complex, or over 64 bits)`);
  const { start, slope, affine } = header;
  const length = voxels * type.size;
  if (!(voxels <= maxPixels * 4))
    throw new BrokenImageError(`it has ${voxels} voxels, over ${maxPixels * 4}`);
  if (!(Number.isInteger(start) && start >= 352 && start + length <= bytes.length))
    throw new BrokenImageError(
      `it claims ${length} bytes of voxels from byte ${start} but has ${bytes.length}`,
    );
  const scaled = Number.isFinite(slope) && slope !== 0;
  const { min, max } = header.calibration;
  return {
    shape,
    affine,
    values: type.read(bytes.subarray(start, start + length), header.littleEndian),
    colours: type.colours === true,
    bits: type.colours ? 8 : type.size * 8,
    slope: scaled ? slope : 1,
    intercept: scaled && Number.isFinite(header.intercept) ? header.intercept : 0,
    calibration: max > min ? [min, max] : undefined,
  };
}

interface VoxelType {
  readonly size: number;
  readonly colours?: true;
  read(bytes: Buffer, littleEndian: boolean): ArrayLike<number>;
}

type Words = new (buffer: ArrayBufferLike, from?: number, length?: number) => ArrayLike<number>;

/** The bytes themselves where they begin where words may; else a copy, in which the other byte order is turned round. */
function words(size: 1 | 2 | 4 | 8, Type: Words): VoxelType {
  return {
    size,
    read(bytes, littleEndian) {
      if (bytes.byteOffset % size === 0 && (littleEndian || size === 1))
        return new Type(bytes.buffer, bytes.byteOffset, bytes.length / size);
      const copy = Buffer.from(new Uint8Array(bytes).buffer);
      if (!littleEndian && size > 1)
        ({ 2: () => copy.swap16(), 4: () => copy.swap32(), 8: () => copy.swap64() })[size as 2 | 4 | 8]();
      return new Type(copy.buffer);
    },
  };
}

/** 64-bit integers as the nearest float64. */
function bigWords(Type: typeof BigInt64Array | typeof BigUint64Array): VoxelType {
  const eight = words(8, Type as unknown as Words);
  return {
    size: 8,
    read: (bytes, littleEndian) =>
      Float64Array.from(eight.read(bytes, littleEndian) as unknown as BigInt64Array, Number),
  };
}

/** By `datatype` of the header. */
const types: Readonly<Record<number, VoxelType>> = {
  2: words(1, Uint8Array),
  256: words(1, Int8Array),
  4: words(2, Int16Array),
  512: words(2, Uint16Array),
  8: words(4, Int32Array),
  768: words(4, Uint32Array),
  16: words(4, Float32Array),
  64: words(8, Float64Array),
  1024: bigWords(BigInt64Array),
  1280: bigWords(BigUint64Array),
  128: { size: 3, colours: true, read: (bytes) => bytes },
};
