/** Writes tensors as one safetensors file that PyTorch loads. */
import type { FileHandle } from 'node:fs/promises';
import { sizeOf } from '../compute/runtime';
import { float32ToBfloat16, float32ToFloat16 } from './halfPrecision';
import { replaceFile } from './replaceFile';
import { elementBytes, type SafetensorsDType } from './safetensorsHeader';

export type FloatDType = 'F32' | 'F16' | 'BF16' | 'F64';

export interface WritableTensor {
  readonly shape: readonly number[];
  readonly data: Float32Array;
  /** What the values are rounded to, to nearest even; F32 if not given. */
  readonly storedAs?: FloatDType | undefined;
}

/** A tensor that is written as it was read. */
export interface TensorBytes {
  readonly shape: readonly number[];
  readonly dtype: SafetensorsDType;
  readonly bytes: Uint8Array;
}

interface TensorHeader {
  readonly name: string;
  readonly shape: readonly number[];
  readonly dtype?: SafetensorsDType | undefined;
}

/** Values that are converted at a time. */
const pieceLength = 1 << 20;

const encoders: Readonly<Record<FloatDType, (values: Float32Array) => Uint8Array>> = {
  F32: (values) => new Uint8Array(values.buffer, values.byteOffset, values.byteLength),
  F16: (values) => halves(values, float32ToFloat16),
  BF16: (values) => halves(values, float32ToBfloat16),
  F64: (values) => new Uint8Array(Float64Array.from(values).buffer),
};

function halves(values: Float32Array, convert: (from: Float32Array, to: Uint16Array) => void): Uint8Array {
  const bits = new Uint16Array(values.length);
  convert(values, bits);
  return new Uint8Array(bits.buffer);
}

/**
 * Writes `tensors`, in the order of their names as the reference implementation does, one after the other. The file
 * appears under its name only when it is whole. Throws a UserError if the file system refuses.
 */
export async function writeSafetensors(
  path: string,
  tensors: ReadonlyMap<string, WritableTensor | TensorBytes>,
): Promise<void> {
  const ordered = [...tensors].sort(([a], [b]) => (a < b ? -1 : 1));
  for (const [name, tensor] of ordered) {
    const found = 'bytes' in tensor ? tensor.bytes.length / elementBytes[tensor.dtype] : tensor.data.length;
    if (sizeOf(tensor.shape) !== found)
      throw new Error(`${name} has shape [${tensor.shape}] and ${found} values`);
  }
  const header = safetensorsHeader(
    ordered.map(([name, tensor]) => ({
      name,
      shape: tensor.shape,
      dtype: 'bytes' in tensor ? tensor.dtype : tensor.storedAs,
    })),
  );
  await replaceFile(path, async (file) => {
    await writeAll(file, header);
    for (const [, tensor] of ordered) {
      if ('bytes' in tensor) await writeAll(file, tensor.bytes);
      else await writeFloats(file, tensor);
    }
  });
}

async function writeFloats(file: FileHandle, { data, storedAs = 'F32' }: WritableTensor): Promise<void> {
  if (storedAs === 'F32') return writeAll(file, encoders.F32(data));
  for (let at = 0; at < data.length; at += pieceLength) {
    await writeAll(file, encoders[storedAs](data.subarray(at, at + pieceLength)));
  }
}

/** The first bytes of a file that holds these tensors, F32 unless said, in this order: the data begins right after. */
export function safetensorsHeader(tensors: readonly TensorHeader[]): Uint8Array {
  const header: [string, unknown][] = [['__metadata__', { format: 'pt' }]];
  let at = 0;
  for (const { name, shape, dtype = 'F32' } of tensors) {
    const end = at + elementBytes[dtype] * sizeOf(shape);
    header.push([name, { dtype, shape, data_offsets: [at, end] }]);
    at = end;
  }
  const json = new TextEncoder().encode(JSON.stringify(Object.fromEntries(header)));
  // Spaces fill up to a multiple of 8, so that the data is aligned.
  const padded = Math.ceil(json.length / 8) * 8;
  const bytes = new Uint8Array(8 + padded).fill(0x20);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(padded), true);
  bytes.set(json, 8);
  return bytes;
}

/** Part by part: one call of the operating system takes at most 2 GiB, and may write less than it was given. */
async function writeAll(file: FileHandle, bytes: Uint8Array): Promise<void> {
  for (let done = 0; done < bytes.length; ) {
    const { bytesWritten } = await file.write(bytes, done, Math.min(bytes.length - done, 1 << 30));
    done += bytesWritten;
  }
}
