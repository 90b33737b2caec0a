/** Tensors of checkpoint files, whatever the format: safetensors, PyTorch, one file or several. */
import { type HostTensor, sizeOf } from '../compute/runtime';
import { UserError } from '../errors';
import { bfloat16ToFloat32, float16ToFloat32 } from './halfPrecision';
import { elementBytes, type SafetensorsDType } from './safetensorsHeader';

export interface TensorEntry {
  readonly name: string;
  readonly dtype: SafetensorsDType;
  readonly shape: readonly number[];
}

export function byteLengthOf({ dtype, shape }: Pick<TensorEntry, 'dtype' | 'shape'>): number {
  return elementBytes[dtype] * sizeOf(shape);
}

/** Typed arrays of this machine are read as the file has them: every platform of Node's that we run on is little-endian. */
type Decode = (bytes: Uint8Array<ArrayBuffer>) => ArrayLike<number | bigint>;

const halves: Partial<Record<SafetensorsDType, (source: Uint16Array, target: Float32Array) => void>> = {
  F16: float16ToFloat32,
  BF16: bfloat16ToFloat32,
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

/** Doubles that are converted at a time: memory beside the target is bounded. */
const pieceLength = 1 << 20;

/** Several tensors under one roof: one file, or the shards of one checkpoint. */
export abstract class TensorSource {
  /** For messages. */
  abstract readonly path: string;
  abstract readonly entries: ReadonlyMap<string, TensorEntry>;

  /** Absolute paths of all files that the tensors come from. */
  abstract readonly files: readonly string[];
  /** What the person should know about how the files were read. */
  readonly notes: readonly string[] = [];

  /**
   * Fills `target` with the little-endian bytes of the tensor, row-major, from its byte `start` on. Throws a UserError if
   * there is none of that name or if it cannot be read.
   */
  abstract readBytes(name: string, target: Uint8Array, start?: number): Promise<void>;
  abstract close(): Promise<void>;

  /** The tensor's bytes in a buffer of their own. Throws as `readBytes` does. */
  async bytesOf(name: string): Promise<Uint8Array<ArrayBuffer>> {
    const bytes = new Uint8Array(byteLengthOf(this.entryOf(name)));
    await this.readBytes(name, bytes);
    return bytes;
  }

  /**
   * The tensor as float32 (F64, F32, F16, BF16), int32 (integers) or bool. Throws a UserError if there is none of
   * that name, if it cannot be read, or if an integer does not fit into 32 bits.
   */
  async readTensor(name: string): Promise<HostTensor> {
    const { dtype, shape } = this.entryOf(name);
    if (dtype === 'BOOL') {
      const bytes = await this.bytesOf(name);
      return { shape, dtype: 'bool', data: bytes.map((byte) => (byte === 0 ? 0 : 1)) };
    }
    const decode = integers[dtype];
    if (decode !== undefined) {
      return { shape, dtype: 'int32', data: this.toInt32(name, decode(await this.bytesOf(name))) };
    }
    const data = new Float32Array(sizeOf(shape));
    await this.readFloats(name, data);
    return { shape, dtype: 'float32', data };
  }

  /**
   * Values of a float tensor, as float32, at a place that exists already: as many as `target` holds, from value `start`
   * of the tensor on.
   */
  async readFloats(name: string, target: Float32Array, start = 0): Promise<void> {
    const { dtype, shape } = this.entryOf(name);
    if (start + target.length > sizeOf(shape)) {
      throw new Error(`${name} has ${sizeOf(shape)} values, not ${target.length} from ${start} on`);
    }
    if (dtype === 'F32') {
      const bytes = new Uint8Array(target.buffer, target.byteOffset, target.byteLength);
      await this.readBytes(name, bytes, 4 * start);
      return;
    }
    const widen = halves[dtype];
    if (widen !== undefined) {
      // Into the second half of the target, from where they are widened to the front of it: none is overwritten unread.
      const bytes = 2 * target.length;
      const source = new Uint16Array(target.buffer, target.byteOffset + bytes, target.length);
      const place = new Uint8Array(source.buffer, source.byteOffset, bytes);
      await this.readBytes(name, place, 2 * start);
      widen(source, target);
      return;
    }
    if (dtype !== 'F64') {
      throw new UserError(
        `Tensor ${name} of ${this.path} has dtype ${dtype} where F32, F16, BF16 or F64 is read. Convert it first.`,
      );
    }
    for (let at = 0; at < target.length; at += pieceLength) {
      const piece = target.subarray(at, at + pieceLength);
      const doubles = new Float64Array(piece.length);
      await this.readBytes(name, new Uint8Array(doubles.buffer), 8 * (start + at));
      piece.set(doubles);
    }
  }

  protected entryOf(name: string): TensorEntry {
    const entry = this.entries.get(name);
    if (entry === undefined)
      throw new UserError(
        `${this.path} has no tensor called ${name}. Check the name, or save the file again.`,
      );
    return entry;
  }

  private toInt32(name: string, values: ArrayLike<number | bigint>): Int32Array {
    const data = new Int32Array(values.length);
    for (let i = 0; i < values.length; i++) {
      const value = Number(values[i]);
      if (value !== (value | 0)) {
        throw new UserError(
          `Tensor ${name} of ${this.path} holds ${values[i]}, which does not fit into 32 bits. Convert it first.`,
        );
      }
      data[i] = value;
    }
    return data;
  }
}
