/** Arrays in NumPy's format, read by rows from wherever their bytes are. */
import { sizeOf } from '../compute/runtime';
import { UserError } from '../errors';
import { type ByteSource, fileBytes } from './byteSource';
import { float16ToFloat32 } from './halfPrecision';
import {
  checkedDataBytes,
  type NpyDType,
  type NpyHeader,
  npyElementBytes,
  npyPrefixBytes,
  parseNpyHeader,
} from './npyHeader';
import { openFile } from './openFile';
import { readRange } from './readRange';

/** float16 is given as Float32Array, bool as Uint8Array, everything else as the array type of its name. */
export type NpyValues =
  | Uint8Array
  | Int8Array
  | Uint16Array
  | Int16Array
  | Uint32Array
  | Int32Array
  | BigUint64Array
  | BigInt64Array
  | Float32Array
  | Float64Array;

export interface ArrayInfo {
  readonly shape: readonly number[];
  readonly dtype: NpyDType;
}

/** More than this is never read at once; it also bounds an array in Fortran order, which is turned as a whole. */
const maximumBytesAtOnce = 2 ** 31 - 1;

const views: Readonly<Record<NpyDType, (buffer: ArrayBuffer) => NpyValues>> = {
  bool: (buffer) => new Uint8Array(buffer),
  int8: (buffer) => new Int8Array(buffer),
  uint8: (buffer) => new Uint8Array(buffer),
  int16: (buffer) => new Int16Array(buffer),
  uint16: (buffer) => new Uint16Array(buffer),
  float16: (buffer) => {
    const values = new Float32Array(buffer.byteLength / 2);
    float16ToFloat32(new Uint16Array(buffer), values);
    return values;
  },
  int32: (buffer) => new Int32Array(buffer),
  uint32: (buffer) => new Uint32Array(buffer),
  float32: (buffer) => new Float32Array(buffer),
  int64: (buffer) => new BigInt64Array(buffer),
  uint64: (buffer) => new BigUint64Array(buffer),
  float64: (buffer) => new Float64Array(buffer),
};

/**
 * Rows `start`..`start + count` along the first axis, in row-major order, from the array's bytes, header included.
 * Throws a UserError if the bytes cannot be read, or if they are too many for one read.
 */
export async function readNpyRows(
  source: ByteSource,
  header: NpyHeader,
  what: string,
  start: number,
  count: number,
): Promise<NpyValues> {
  const { shape, dtype, dataStart } = header;
  const rows = shape[0] ?? 1;
  if (start < 0 || count < 0 || start + count > rows) {
    throw new RangeError(`rows ${start} to ${start + count} of ${what}, which has ${rows}`);
  }
  const itemBytes = npyElementBytes[dtype];
  const rowBytes = itemBytes * sizeOf(shape.slice(1));
  if (header.fortranOrder && shape.filter((extent) => extent > 1).length > 1) {
    const all = toRowMajor(await readBytes(source, what, dataStart, rows * rowBytes), shape, itemBytes);
    return decode(all.slice(start * rowBytes, (start + count) * rowBytes), header);
  }
  return decode(await readBytes(source, what, dataStart + start * rowBytes, count * rowBytes), header);
}

async function readBytes(
  source: ByteSource,
  what: string,
  position: number,
  bytes: number,
): Promise<Uint8Array<ArrayBuffer>> {
  if (bytes > maximumBytesAtOnce) {
    throw new UserError(
      `${what} would need ${bytes} bytes of memory at once, more than ${maximumBytesAtOnce}. ` +
        'Give fewer images, or save the array in C order.',
    );
  }
  const target = new Uint8Array(bytes);
  await source.read(position, target);
  return target;
}

function decode(bytes: Uint8Array<ArrayBuffer>, { dtype, bigEndian }: NpyHeader): NpyValues {
  if (bigEndian) {
    const buffer = Buffer.from(bytes.buffer);
    const itemBytes = npyElementBytes[dtype];
    if (itemBytes === 2) buffer.swap16();
    else if (itemBytes === 4) buffer.swap32();
    else if (itemBytes === 8) buffer.swap64();
  }
  return views[dtype](bytes.buffer);
}

/** Elements of `itemBytes` from Fortran order (first axis fastest) to C order (last axis fastest). */
function toRowMajor(bytes: Uint8Array, shape: readonly number[], itemBytes: number): Uint8Array<ArrayBuffer> {
  const turned = new Uint8Array(bytes.length);
  const strides = shape.map((_, axis) => itemBytes * sizeOf(shape.slice(0, axis)));
  const index = shape.map(() => 0);
  let from = 0;
  for (let to = 0; to < bytes.length; to += itemBytes) {
    for (let k = 0; k < itemBytes; k++) turned[to + k] = bytes[from + k]!;
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      from += strides[axis]!;
      if (++index[axis]! < shape[axis]!) break;
      from -= strides[axis]! * shape[axis]!;
      index[axis] = 0;
    }
  }
  return turned;
}

/** One array in a file of its own. */
export interface NpyFile extends ArrayInfo {
  /** As in `Npz`. */
  readRows(start: number, count: number): Promise<NpyValues>;
  readAll(): Promise<NpyValues>;
  close(): Promise<void>;
}

/** Throws a UserError if the file is no array that can be read, or if its size is not what its header says. */
export async function openNpy(path: string): Promise<NpyFile> {
  const handle = await openFile(path);
  try {
    const { size } = await handle.stat();
    const prefix = new Uint8Array(Math.min(size, npyPrefixBytes));
    await readRange(handle, path, 0, prefix);
    const header = parseNpyHeader(prefix, path);
    checkedDataBytes(header, size - header.dataStart, path);
    const source = fileBytes(handle, path, 0);
    const { shape, dtype } = header;
    return {
      shape,
      dtype,
      readRows: (start, count) => readNpyRows(source, header, path, start, count),
      readAll: () => readNpyRows(source, header, path, 0, shape[0] ?? 1),
      close: () => handle.close(),
    };
  } catch (error) {
    await handle.close();
    throw error;
  }
}
