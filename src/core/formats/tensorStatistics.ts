/** What the values of tensors are like, from their bytes in pieces: nothing is held but one piece. */
import { histogramBins, type TensorStatistics } from '../../protocol/checkpointPreview';
import { bfloat16ToFloat32, float16ToFloat32 } from './halfPrecision';
import type { SafetensorsDType } from './safetensorsHeader';

/** Bytes that lie in the file one after the other and are of one dtype. */
export interface TensorBytes {
  readonly dtype: SafetensorsDType;
  /** The bytes in order, in pieces of whole elements; each piece begins at the start of its buffer. Read twice. */
  pieces(): AsyncIterable<Uint8Array<ArrayBuffer>>;
}

type Decode = (bytes: Uint8Array<ArrayBuffer>) => ArrayLike<number>;

/** 64-bit integers beyond 2^53 are rounded to the nearest double. */
const decoders: Readonly<Record<SafetensorsDType, Decode>> = {
  BOOL: (bytes) => bytes.map((byte) => (byte === 0 ? 0 : 1)),
  U8: (bytes) => bytes,
  I8: (bytes) => new Int8Array(bytes.buffer, 0, bytes.length),
  U16: (bytes) => new Uint16Array(bytes.buffer, 0, bytes.length / 2),
  I16: (bytes) => new Int16Array(bytes.buffer, 0, bytes.length / 2),
  U32: (bytes) => new Uint32Array(bytes.buffer, 0, bytes.length / 4),
  I32: (bytes) => new Int32Array(bytes.buffer, 0, bytes.length / 4),
  U64: (bytes) => Float64Array.from(new BigUint64Array(bytes.buffer, 0, bytes.length / 8), Number),
  I64: (bytes) => Float64Array.from(new BigInt64Array(bytes.buffer, 0, bytes.length / 8), Number),
  F32: (bytes) => new Float32Array(bytes.buffer, 0, bytes.length / 4),
  F64: (bytes) => new Float64Array(bytes.buffer, 0, bytes.length / 8),
  F16: (bytes) => halves(bytes, float16ToFloat32),
  BF16: (bytes) => halves(bytes, bfloat16ToFloat32),
  F8_E5M2: (bytes) => {
    // The upper half of a float16.
    const values = new Float32Array(bytes.length);
    float16ToFloat32(
      Uint16Array.from(bytes, (byte) => byte << 8),
      values,
    );
    return values;
  },
  F8_E4M3: (bytes) => Float32Array.from(bytes, float8E4M3),
};

function halves(
  bytes: Uint8Array<ArrayBuffer>,
  convert: (source: Uint16Array, target: Float32Array) => void,
): Float32Array {
  const values = new Float32Array(bytes.length / 2);
  convert(new Uint16Array(bytes.buffer, 0, values.length), values);
  return values;
}

/** Bias 7, no infinities; all bits of exponent and fraction set is NaN. Micikevicius et al. 2022, FP8 formats. */
function float8E4M3(byte: number): number {
  const sign = byte & 0x80 ? -1 : 1;
  const exponent = (byte >> 3) & 0xf;
  const fraction = byte & 7;
  if (exponent === 0xf && fraction === 7) return Number.NaN;
  return exponent === 0 ? sign * fraction * 2 ** -9 : sign * (8 + fraction) * 2 ** (exponent - 10);
}

/**
 * Statistics over all values of `tensors`. Two readings: the histogram needs the extremes. Mean and variance of the
 * pieces are merged pairwise (Chan, Golub and LeVeque 1983), which does not cancel where the mean is far from 0.
 */
export async function statisticsOf(tensors: readonly TensorBytes[]): Promise<TensorStatistics> {
  let [values, zeros, notANumber, infinite] = [0, 0, 0, 0];
  let finite = 0;
  let mean = 0;
  let squares = 0;
  let minimum = Number.POSITIVE_INFINITY;
  let maximum = Number.NEGATIVE_INFINITY;
  for (const { dtype, pieces } of tensors) {
    for await (const bytes of pieces()) {
      const numbers = decoders[dtype](bytes);
      let sum = 0;
      let count = 0;
      for (let i = 0; i < numbers.length; i++) {
        const value = numbers[i]!;
        if (!Number.isFinite(value)) {
          if (Number.isNaN(value)) notANumber++;
          else infinite++;
          continue;
        }
        if (value === 0) zeros++;
        if (value < minimum) minimum = value;
        if (value > maximum) maximum = value;
        sum += value;
        count++;
      }
      values += numbers.length;
      if (count === 0) continue;
      const own = sum / count;
      let ownSquares = 0;
      for (let i = 0; i < numbers.length; i++) {
        const difference = numbers[i]! - own;
        if (Number.isFinite(difference)) ownSquares += difference * difference;
      }
      const apart = own - mean;
      mean += (apart * count) / (finite + count);
      squares += ownSquares + (apart * apart * finite * count) / (finite + count);
      finite += count;
    }
  }
  const counts = { values, zeros, notANumber, infinite };
  if (finite === 0) return { ...counts, finite: null };
  const histogram = await histogramOf(tensors, minimum, maximum);
  const deviation = representable(Math.sqrt(squares / finite));
  return { ...counts, finite: { mean: representable(mean), deviation, minimum, maximum, histogram } };
}

/** Sums of float64 values near the end of their range may leave it. */
function representable(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}

/** Finite values in bins of equal width; the last one holds its end. All in the first where there is no width. */
async function histogramOf(
  tensors: readonly TensorBytes[],
  minimum: number,
  maximum: number,
): Promise<number[]> {
  const counts = new Array<number>(histogramBins).fill(0);
  const scale = maximum > minimum ? histogramBins / (maximum - minimum) : 0;
  for (const { dtype, pieces } of tensors) {
    for await (const bytes of pieces()) {
      const numbers = decoders[dtype](bytes);
      for (let i = 0; i < numbers.length; i++) {
        const at = (numbers[i]! - minimum) * scale;
        if (Number.isFinite(at)) counts[Math.min(histogramBins - 1, Math.floor(at))]!++;
      }
    }
  }
  return counts;
}
