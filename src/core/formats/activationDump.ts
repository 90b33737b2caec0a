/**
 * Reads a dump of activations, whatever made it: `.safetensors`, `.npz` or `.npy`, one array a layer, by rows so that
 * memory does not grow with the file.
 */
import type { FileHandle } from 'node:fs/promises';
import path from 'node:path';
import { sizeOf } from '../compute/runtime';
import { UserError } from '../errors';
import { bfloat16ToFloat32, float16ToFloat32 } from './halfPrecision';
import { naturalOrder } from './naturalOrder';
import { type ArrayInfo, type NpyValues, openNpy } from './npy';
import { openNpz } from './npz';
import { openFile } from './openFile';
import { readRange } from './readRange';
import { readSafetensorsHeader } from './safetensors';
import { elementBytes, type SafetensorsDType, type SafetensorsEntry } from './safetensorsHeader';

export type DumpValues = Float32Array | Float64Array;

export interface DumpArray {
  readonly name: string;
  readonly shape: readonly number[];
}

export interface ActivationDump {
  readonly path: string;
  /** In the order in which the layers are shown: that of an .npz as it lies there, of safetensors by name. */
  readonly arrays: readonly DumpArray[];
  /** Rows `start`..`start + count` along the first axis, row-major, in a buffer of their own. */
  readRows(name: string, start: number, count: number, signal?: AbortSignal): Promise<DumpValues>;
  close(): Promise<void>;
}

const endings = ['.npz', '.npy', '.safetensors'] as const;

export function isDumpPath(file: string): boolean {
  return endings.some((ending) => file.toLowerCase().endsWith(ending));
}

/** Throws a UserError if the file cannot be read, is damaged or cut off, or holds something that is no floats. */
export async function openActivationDump(file: string): Promise<ActivationDump> {
  const ending = path.extname(file).toLowerCase();
  if (ending === '.npz') return openNpzDump(file);
  if (ending === '.npy') return openNpyDump(file);
  return openSafetensorsDump(file);
}

async function openNpzDump(file: string): Promise<ActivationDump> {
  const npz = await openNpz(file);
  try {
    return {
      path: file,
      arrays: [...npz.arrays].map(([name, info]) => checkedArray(file, name, info)),
      readRows: async (name, start, count, signal) => floats(await npz.readRows(name, start, count, signal)),
      close: () => npz.close(),
    };
  } catch (error) {
    await npz.close();
    throw error;
  }
}

async function openNpyDump(file: string): Promise<ActivationDump> {
  const npy = await openNpy(file);
  try {
    return {
      path: file,
      arrays: [checkedArray(file, path.basename(file, path.extname(file)), npy)],
      readRows: async (_name, start, count) => floats(await npy.readRows(start, count)),
      close: () => npy.close(),
    };
  } catch (error) {
    await npy.close();
    throw error;
  }
}

function checkedArray(file: string, name: string, { shape, dtype }: ArrayInfo): DumpArray {
  if (!dtype.startsWith('float')) throw notFloats(file, name, dtype);
  return { name, shape };
}

function floats(values: NpyValues): DumpValues {
  if (values instanceof Float32Array || values instanceof Float64Array) return values;
  throw new Error('an array that was checked to hold floats gave something else');
}

function notFloats(file: string, name: string, dtype: string): UserError {
  return new UserError(
    `The array "${name}" of ${file} has elements of type ${dtype}; representations are floats. Save it as float32, or leave it out.`,
  );
}

const decoders: Partial<Record<SafetensorsDType, (bytes: ArrayBuffer) => DumpValues>> = {
  F64: (bytes) => new Float64Array(bytes),
  F32: (bytes) => new Float32Array(bytes),
  F16: (bytes) => halves(bytes, float16ToFloat32),
  BF16: (bytes) => halves(bytes, bfloat16ToFloat32),
};

function halves(bytes: ArrayBuffer, convert: (from: Uint16Array, to: Float32Array) => void): Float32Array {
  const values = new Float32Array(bytes.byteLength / 2);
  convert(new Uint16Array(bytes), values);
  return values;
}

async function openSafetensorsDump(file: string): Promise<ActivationDump> {
  const handle = await openFile(file);
  try {
    const { entries } = await readSafetensorsHeader(handle, file);
    for (const { name, dtype } of entries.values()) {
      if (decoders[dtype] === undefined) throw notFloats(file, name, dtype);
    }
    return {
      path: file,
      // Writers sort by name as text, which puts block.10 before block.2.
      arrays: [...entries.values()]
        .map(({ name, shape }) => ({ name, shape }))
        .sort((a, b) => naturalOrder(a.name, b.name)),
      readRows: (name, start, count) => readRows(handle, file, entries.get(name), start, count),
      close: () => handle.close(),
    };
  } catch (error) {
    await handle.close();
    throw error;
  }
}

async function readRows(
  handle: FileHandle,
  file: string,
  entry: SafetensorsEntry | undefined,
  start: number,
  count: number,
): Promise<DumpValues> {
  if (entry === undefined || start < 0 || count < 0 || start + count > entry.shape[0]!) {
    throw new RangeError(`rows ${start} to ${start + count} of ${entry?.name} in ${file}`);
  }
  const rowBytes = elementBytes[entry.dtype] * sizeOf(entry.shape.slice(1));
  const bytes = new Uint8Array(count * rowBytes);
  await readRange(handle, file, entry.start + start * rowBytes, bytes);
  return decoders[entry.dtype]!(bytes.buffer);
}
