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

/** Values that are converted at a time: memory beside the target is bounded. */
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
    const convert = floats[dtype];
    if (convert === undefined) {
      throw new UserError(
        `Tensor ${name} of ${this.path} has dtype ${dtype} where F32, F16, BF16 or F64 is read. Convert it first.`,
      );
    }
    const width = elementBytes[dtype];
    for (let at = 0; at < target.length; at += pieceLength) {
      const piece = target.subarray(at, at + pieceLength);
      const bytes = new Uint8Array(piece.length * width);
      await this.readBytes(name, bytes, (start + at) * width);
      convert(bytes, piece);
    }
  }

  protected entryOf(name: string): TensorEntry {
    const entry = this.entries.get(name);
    if (entry === undefined) throw new UserError(`${this.path} has no tensor called ${name}.`);
    return entry;
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
