/** 16-bit floats to float32, exact, and back, rounded to nearest even; subnormals, infinities and NaN included. */

let float16Table: Int32Array | undefined;

/** The float32 bits of every float16: 256 kB, made on first use. */
function float16Bits(): Int32Array {
  if (float16Table !== undefined) return float16Table;
  const bits = new Int32Array(0x10000);
  const values = new Float32Array(bits.buffer);
  for (let half = 0; half < 0x10000; half++) {
    const sign = (half & 0x8000) << 16;
    const magnitude = half & 0x7fff;
    if (magnitude >= 0x7c00) bits[half] = sign | (magnitude === 0x7c00 ? 0x7f80_0000 : 0x7fc0_0000);
    else if (magnitude >= 0x400) bits[half] = sign | ((magnitude << 13) + 0x3800_0000);
    // Subnormal: steps of 2^-24.
    else values[half] = (sign < 0 ? -magnitude : magnitude) * 2 ** -24;
  }
  float16Table = bits;
  return bits;
}

function bitsOf(floats: Float32Array): Uint32Array {
  return new Uint32Array(floats.buffer, floats.byteOffset, floats.length);
}

/** Values that lie as one 32-bit number, two and two: taking them at once is up to twice as fast. */
function pairsOf(source: Uint16Array): Int32Array {
  const aligned = source.byteOffset % 4 === 0;
  return new Int32Array(source.buffer, aligned ? source.byteOffset : 0, aligned ? source.length >> 1 : 0);
}

/**
 * IEEE 754 binary16 (bits in `source`) to float32; `target` has the same length. `source` may be the second half of
 * `target`'s own memory: no value is overwritten before it is read.
 */
export function float16ToFloat32(source: Uint16Array, target: Float32Array): void {
  const table = float16Bits();
  const bits = bitsOf(target);
  const pairs = pairsOf(source);
  for (let i = 0; i < pairs.length; i++) {
    const pair = pairs[i]!;
    bits[2 * i] = table[pair & 0xffff]!;
    bits[2 * i + 1] = table[pair >>> 16]!;
  }
  for (let i = 2 * pairs.length; i < source.length; i++) bits[i] = table[source[i]!]!;
}

/**
 * bfloat16, the upper half of a float32, to float32; `target` has the same length. `source` may be the second half of
 * `target`'s own memory, as with `float16ToFloat32`.
 */
export function bfloat16ToFloat32(source: Uint16Array, target: Float32Array): void {
  const bits = bitsOf(target);
  const pairs = pairsOf(source);
  for (let i = 0; i < pairs.length; i++) {
    const pair = pairs[i]!;
    bits[2 * i] = pair << 16;
    bits[2 * i + 1] = pair & 0xffff_0000;
  }
  for (let i = 2 * pairs.length; i < source.length; i++) bits[i] = source[i]! << 16;
}

/** float32 to the bits of IEEE 754 binary16; `target` has the same length. Beyond 65504 + 15 it is infinite. */
export function float32ToFloat16(source: Float32Array, target: Uint16Array): void {
  const bits = bitsOf(source);
  for (let i = 0; i < bits.length; i++) {
    const value = bits[i]!;
    const sign = (value >>> 16) & 0x8000;
    const magnitude = value & 0x7fff_ffff;
    if (magnitude >= 0x4780_0000) {
      target[i] = sign | (magnitude > 0x7f80_0000 ? 0x7e00 : 0x7c00);
    } else if (magnitude < 0x3880_0000) {
      // Subnormal: steps of 2^-24. The sum with 1/2 has steps of 2^-24 too, so that adding rounds, to even at a tie.
      target[i] = sign | (magnitude < 0x3300_0000 ? 0 : subnormal(source[i]!));
    } else {
      // A carry out of the fraction raises the exponent, as it should, up to infinity.
      target[i] = sign | ((magnitude - 0x3800_0000 + 0xfff + ((magnitude >>> 13) & 1)) >>> 13);
    }
  }
}

const scratch = new Float32Array(1);
const scratchBits = new Uint32Array(scratch.buffer);

function subnormal(value: number): number {
  scratch[0] = Math.abs(value) + 0.5;
  return scratchBits[0]! - 0x3f00_0000;
}

/** float32 to the bits of bfloat16; `target` has the same length. */
export function float32ToBfloat16(source: Float32Array, target: Uint16Array): void {
  const bits = bitsOf(source);
  for (let i = 0; i < bits.length; i++) {
    const value = bits[i]!;
    // NaN stays NaN, whatever the lower half.
    target[i] =
      (value & 0x7fff_ffff) > 0x7f80_0000
        ? (value >>> 16) | 0x40
        : (value + 0x7fff + ((value >>> 16) & 1)) >>> 16;
  }
}
