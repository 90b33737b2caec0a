/** Reads tensors of a safetensors file by range. The file is untrusted; its header is checked when it is opened. */
import { type FileHandle, open } from 'node:fs/promises';
import type { HostTensor } from '../compute/runtime';
import { sizeOf } from '../compute/runtime';
import { UserError } from '../errors';
import { reasonOf } from './fileErrors';
import { bfloat16ToFloat32, float16ToFloat32 } from './halfPrecision';
import { readRange } from './readRange';
import {
  headerLength,
  parseHeader,
  type SafetensorsDType,
  type SafetensorsEntry,
  type SafetensorsHeader,
} from './safetensorsHeader';

/** Several tensors under one roof: one file, or the shards of one checkpoint. */
export interface TensorSource {
  /** For messages. */
  readonly path: string;
  readonly entries: ReadonlyMap<string, SafetensorsEntry>;
  /**
   * The tensor as float32 (F64, F32, F16, BF16), int32 (integers) or bool. Throws a UserError if there is none of
   * that name, if it cannot be read, or if an integer does not fit into 32 bits.
   */
  readTensor(name: string): Promise<HostTensor>;
  /** Like `readTensor`, for a float tensor whose values are wanted at a place that exists already. */
  readFloats(name: string, target: Float32Array): Promise<void>;
  close(): Promise<void>;
}

/** Typed arrays of this machine are read as the file has them: every platform of Node's that we run on is little-endian. */
type Decode = (bytes: Uint8Array<ArrayBuffer>) => ArrayLike<number | bigint>;

const floats: Partial<
  Record<SafetensorsDType, (bytes: Uint8Array<ArrayBuffer>, target: Float32Array) => void>
> = {
  F64: (bytes, target) => target.set(new Float64Array(bytes.buffer)),
  F16: (bytes, target) => float16ToFloat32(new Uint16Array(bytes.buffer), target),
  BF16: (bytes, target) => bfloat16ToFloat32(new Uint16Array(bytes.buffer), target),
};

const integers: Partial<Record<SafetensorsDType, Decode>> = {
  U8: (bytes) => bytes,
  I8: (bytes) => new Int8Array(bytes.buffer),
  U16: (bytes) => new Uint16Array(bytes.buffer),
  I16: (bytes) => new Int16Array(bytes.buffer),
  U32: (bytes) => new Uint32Array(bytes.buffer),
  I32: (bytes) => new Int32Array(bytes.buffer),
  U64: (bytes) => new BigUint64Array(bytes.buffer),
  I64: (bytes) => new BigInt64Array(bytes.buffer),
};

/** Throws a UserError if the file cannot be opened or is no valid safetensors file. */
export async function openSafetensors(path: string): Promise<TensorSource> {
  let handle: FileHandle;
  try {
    handle = await open(path, 'r');
  } catch (error) {
    throw new UserError(`${path} cannot be opened: ${reasonOf(error)}.`);
  }
  try {
    return new SafetensorsFile(path, handle, await readSafetensorsHeader(handle, path));
  } catch (error) {
    await handle.close();
    throw error;
  }
}

/** Reads and checks the header of an open file. Throws a UserError. */
export async function readSafetensorsHeader(handle: FileHandle, path: string): Promise<SafetensorsHeader> {
  const { size } = await handle.stat();
  const prefix = new Uint8Array(Math.min(size, 8));
  await readRange(handle, path, 0, prefix);
  const json = new Uint8Array(headerLength(prefix, size, path));
  await readRange(handle, path, 8, json);
  return parseHeader(json, size, path);
}

class SafetensorsFile implements TensorSource {
  readonly entries: ReadonlyMap<string, SafetensorsEntry>;

  constructor(
    readonly path: string,
    private readonly handle: FileHandle,
    header: SafetensorsHeader,
  ) {
    this.entries = header.entries;
  }

  async readTensor(name: string): Promise<HostTensor> {
    const { dtype, shape } = this.entry(name);
    const size = sizeOf(shape);
    if (dtype === 'BOOL') {
      const bytes = await this.bytes(name);
      return { shape, dtype: 'bool', data: bytes.map((byte) => (byte === 0 ? 0 : 1)) };
    }
    const decode = integers[dtype];
    if (decode !== undefined) {
      return { shape, dtype: 'int32', data: this.toInt32(name, decode(await this.bytes(name))) };
    }
    const data = new Float32Array(size);
    await this.readFloats(name, data);
    return { shape, dtype: 'float32', data };
  }

  async readFloats(name: string, target: Float32Array): Promise<void> {
    const { dtype, shape, start } = this.entry(name);
    if (target.length !== sizeOf(shape)) {
      throw new Error(`${name} has ${sizeOf(shape)} values, its target ${target.length}`);
    }
    if (dtype === 'F32') {
      const bytes = new Uint8Array(target.buffer, target.byteOffset, target.byteLength);
      await readRange(this.handle, this.path, start, bytes);
      return;
    }
    const convert = floats[dtype];
    if (convert === undefined) {
      throw new UserError(
        `Tensor ${name} of ${this.path} has dtype ${dtype} where F32, F16, BF16 or F64 is read. Convert it first.`,
      );
    }
    convert(await this.bytes(name), target);
  }

  close(): Promise<void> {
    return this.handle.close();
  }

  private entry(name: string): SafetensorsEntry {
    const entry = this.entries.get(name);
    if (entry === undefined) throw new UserError(`${this.path} has no tensor called ${name}.`);
    return entry;
  }

  /** The tensor's bytes as the file has them, in a buffer of their own. */
  private async bytes(name: string): Promise<Uint8Array<ArrayBuffer>> {
    const { start, end } = this.entry(name);
    const bytes = new Uint8Array(end - start);
    await readRange(this.handle, this.path, start, bytes);
    return bytes;
  }

  private toInt32(name: string, values: ArrayLike<number | bigint>): Int32Array {
    const data = new Int32Array(values.length);
    for (let i = 0; i < values.length; i++) {
      const value = Number(values[i]);
      if (value !== (value | 0)) {
        throw new UserError(
          `Tensor ${name} of ${this.path} holds ${values[i]}, which does not fit into 32 bits.`,
        );
      }
      data[i] = value;
    }
    return data;
  }
}
