/** From the bytes of pixels to the numbers that they stand for. */
import type { DicomHeader } from './dicomHeader';

/** Whole numbers; as floats only where they have 32 bits without a sign. */
export type StoredValues = Uint8Array | Int32Array | Float64Array;

/** Little-endian words to the numbers that `bitsStored`, `highBit` and the sign say. */
export function fromBits(
  bytes: Buffer,
  {
    bitsAllocated,
    bitsStored,
    highBit,
    signed,
  }: Pick<DicomHeader, 'bitsAllocated' | 'bitsStored' | 'highBit' | 'signed'>,
): StoredValues {
  if (bitsAllocated === 8 && bitsStored === 8 && !signed) return new Uint8Array(bytes);
  const size = bitsAllocated / 8;
  const out = new Int32Array(bytes.length / size);
  if (bitsStored === 32 && !signed)
    return Float64Array.from({ length: bytes.length / 4 }, (_, i) => bytes.readUInt32LE(4 * i));
  // Shifting to the top and back drops the bits above and extends the sign.
  const up = 31 - highBit;
  const down = 32 - bitsStored;
  for (let i = 0; i < out.length; i++) {
    const word = size === 1 ? bytes[i]! : size === 2 ? bytes.readUInt16LE(2 * i) : bytes.readInt32LE(4 * i);
    out[i] = signed ? (word << up) >> down : (word << up) >>> down;
  }
  return out;
}

/** Colour planes to pixel by pixel. */
export function interleave<T extends StoredValues>(planes: T): T {
  const out = planes.slice() as T;
  const plane = planes.length / 3;
  for (let i = 0; i < plane; i++) for (let c = 0; c < 3; c++) out[3 * i + c] = planes[c * plane + i]!;
  return out;
}
