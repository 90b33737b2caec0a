/** 16-bit floats to float32: exact, subnormals, infinities and NaN included. */

let float16Table: Uint32Array | undefined;

/** The float32 bits of every float16: 256 kB, made on first use. */
function float16Bits(): Uint32Array {
  if (float16Table !== undefined) return float16Table;
  const values = new Float32Array(0x10000);
  for (let half = 0; half < 0x10000; half++) {
    const sign = half & 0x8000 ? -1 : 1;
    const exponent = (half >> 10) & 0x1f;
    const fraction = half & 0x3ff;
    if (exponent === 0) values[half] = sign * fraction * 2 ** -24;
    else if (exponent === 0x1f) values[half] = fraction === 0 ? sign * Infinity : Number.NaN;
    else values[half] = sign * (1024 + fraction) * 2 ** (exponent - 25);
  }
  float16Table = new Uint32Array(values.buffer);
  return float16Table;
}

/** IEEE 754 binary16 (bits in `source`) to float32; `target` has the same length. */
export function float16ToFloat32(source: Uint16Array, target: Float32Array): void {
  const table = float16Bits();
  const bits = new Uint32Array(target.buffer, target.byteOffset, target.length);
  for (let i = 0; i < source.length; i++) bits[i] = table[source[i]!]!;
}

/** bfloat16, the upper half of a float32, to float32; `target` has the same length. */
export function bfloat16ToFloat32(source: Uint16Array, target: Float32Array): void {
  const bits = new Uint32Array(target.buffer, target.byteOffset, target.length);
  for (let i = 0; i < source.length; i++) bits[i] = source[i]! << 16;
}
