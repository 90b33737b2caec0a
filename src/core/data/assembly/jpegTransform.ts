/** The inverse cosine transform of a block, with the sums of libjpeg's accurate one (jidctint.c). */
import { high, low, pair } from './vectors';

/** A block whose first coefficient is all there is. */
export function flat(first: i32, to: i32, stride: i32): void {
  // (first << 2) after the columns, rounded by 5 bits after the rows.
  const value = (((first << 2) + 16) >> 5) + 128;
  const eight = i64x2.extract_lane(i8x16.splat(<i8>max(0, min(255, value))), 0);
  for (let row = 0; row < 8; row++) store<i64>(to + row * stride, eight);
}

/** Two rows of four sums, the fraction cut off. */
// @ts-ignore: decorators of functions are AssemblyScript
@inline
function keep(first: v128, second: v128, shift: i32, to: i32, secondTo: i32): void {
  const both = i16x8.narrow_i32x4_s(i32x4.shr_s(first, shift), i32x4.shr_s(second, shift));
  v128.store64_lane(to, both, 0);
  v128.store64_lane(secondTo, both, 1);
}

/** One pass of jidctint.c down the columns of the block, four at a time; constants have 13 bits behind the point. */
// @ts-ignore
@inline
function pass(block: i32, shift: i32): void {
  const round = i32x4.splat(1 << (shift - 1));
  for (let at = block; at < block + 16; at += 8) {
    const r0 = v128.load64_zero(at, 0);
    const r1 = v128.load64_zero(at, 16);
    const r2 = v128.load64_zero(at, 32);
    const r3 = v128.load64_zero(at, 48);
    const r4 = v128.load64_zero(at, 64);
    const r5 = v128.load64_zero(at, 80);
    const r6 = v128.load64_zero(at, 96);
    const r7 = v128.load64_zero(at, 112);
    const r26 = low(r2, r6);
    const c = i32x4.dot_i16x8_s(r26, pair(10703, 4433));
    const d = i32x4.dot_i16x8_s(r26, pair(4433, -10704));
    const sum = i32x4.add(i32x4.shl(i32x4.extend_low_i16x8_s(i16x8.add(r0, r4)), 13), round);
    const difference = i32x4.add(i32x4.shl(i32x4.extend_low_i16x8_s(i16x8.sub(r0, r4)), 13), round);
    const even0 = i32x4.add(sum, c);
    const even1 = i32x4.add(difference, d);
    const even2 = i32x4.sub(difference, d);
    const even3 = i32x4.sub(sum, c);
    const z = low(i16x8.add(r3, r7), i16x8.add(r1, r5));
    const z3 = i32x4.dot_i16x8_s(z, pair(-6436, 9633));
    const z4 = i32x4.dot_i16x8_s(z, pair(9633, 6437));
    const r71 = low(r7, r1);
    const r53 = low(r5, r3);
    const odd0 = i32x4.add(i32x4.dot_i16x8_s(r71, pair(-7373, 4926)), z4);
    const odd1 = i32x4.add(i32x4.dot_i16x8_s(r53, pair(-20995, 4177)), z3);
    const odd2 = i32x4.add(i32x4.dot_i16x8_s(r53, pair(-4176, -20995)), z4);
    const odd3 = i32x4.add(i32x4.dot_i16x8_s(r71, pair(-4927, -7373)), z3);
    keep(i32x4.add(even0, odd0), i32x4.sub(even0, odd0), shift, at + 0, at + 112);
    keep(i32x4.add(even1, odd1), i32x4.sub(even1, odd1), shift, at + 16, at + 96);
    keep(i32x4.add(even2, odd2), i32x4.sub(even2, odd2), shift, at + 32, at + 80);
    keep(i32x4.add(even3, odd3), i32x4.sub(even3, odd3), shift, at + 48, at + 64);
  }
}

/** Rows become columns. */
function transpose(at: i32): void {
  const r0 = v128.load(at, 0);
  const r1 = v128.load(at, 16);
  const r2 = v128.load(at, 32);
  const r3 = v128.load(at, 48);
  const r4 = v128.load(at, 64);
  const r5 = v128.load(at, 80);
  const r6 = v128.load(at, 96);
  const r7 = v128.load(at, 112);
  const a0 = low(r0, r4);
  const a1 = high(r0, r4);
  const a2 = low(r1, r5);
  const a3 = high(r1, r5);
  const a4 = low(r2, r6);
  const a5 = high(r2, r6);
  const a6 = low(r3, r7);
  const a7 = high(r3, r7);
  const b0 = low(a0, a4);
  const b1 = high(a0, a4);
  const b2 = low(a1, a5);
  const b3 = high(a1, a5);
  const b4 = low(a2, a6);
  const b5 = high(a2, a6);
  const b6 = low(a3, a7);
  const b7 = high(a3, a7);
  v128.store(at, low(b0, b4), 0);
  v128.store(at, high(b0, b4), 16);
  v128.store(at, low(b1, b5), 32);
  v128.store(at, high(b1, b5), 48);
  v128.store(at, low(b2, b6), 64);
  v128.store(at, high(b2, b6), 80);
  v128.store(at, low(b3, b7), 96);
  v128.store(at, high(b3, b7), 112);
}

/** The inverse transform of a block of coefficients, as bytes. */
export function transform(block: i32, to: i32, stride: i32): void {
  pass(block, 11);
  transpose(block);
  pass(block, 18);
  transpose(block);
  const middle = i8x16.splat(-128);
  for (let row = 0; row < 8; row += 2) {
    const at = block + row * 16;
    const two = v128.xor(i8x16.narrow_i16x8_s(v128.load(at), v128.load(at, 16)), middle);
    v128.store64_lane(to + row * stride, two, 0);
    v128.store64_lane(to + (row + 1) * stride, two, 1);
  }
}
