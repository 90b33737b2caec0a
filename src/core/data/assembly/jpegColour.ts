/** Chroma at full size, and RGB, with the sums of libjpeg (jdsample.c, jdcolor.c). */
import { high, low, pair } from './vectors';

/** Of the 8 sums at `at`, i16, the 16 samples: a quarter of the way to the sum before, and to the one after. */
// @ts-ignore: decorators of functions are AssemblyScript
@inline
function between(at: i32, shift: i32, before: i32, after: i32): v128 {
  const here = i16x8.mul(v128.load(at), i16x8.splat(3));
  const left = i16x8.add(i16x8.add(here, v128.load(at - 2)), i16x8.splat(<i16>before));
  const right = i16x8.add(i16x8.add(here, v128.load(at + 2)), i16x8.splat(<i16>after));
  const first = i16x8.shr_u(left, shift);
  const second = i16x8.shr_u(right, shift);
  return i8x16.narrow_i16x8_u(low(first, second), high(first, second));
}

/**
 * A row of `count` samples at twice its width, to bytes at `to`: the triangle filter of jdsample.c. `far`: the next row on the other side, where
 * the height doubles too, else 0. `sums`: room for i16. Whole vectors are read and written.
 */
export function widen(near: i32, far: i32, count: i32, sums: i32, to: i32): void {
  const first = sums + 16;
  const three = i16x8.splat(3);
  for (let i = 0; i < count; i += 8) {
    const here = i16x8.extend_low_i8x16_u(v128.load64_zero(near + i));
    const sum =
      far === 0
        ? here
        : i16x8.add(i16x8.mul(here, three), i16x8.extend_low_i8x16_u(v128.load64_zero(far + i)));
    v128.store(first + (i << 1), sum);
  }
  store<i16>(first - 2, load<i16>(first));
  store<i16>(first + (count << 1), load<i16>(first + ((count - 1) << 1)));
  if (far === 0)
    for (let i = 0; i < count; i += 8) v128.store(to + (i << 1), between(first + (i << 1), 2, 1, 2));
  else
    for (let i = 0; i < count; i += 8) v128.store(to + (i << 1), between(first + (i << 1), 4, 8, 7));
}

/** Product with a constant of 16 bits behind the point, rounded. */
// @ts-ignore
@inline
function scaled(values: v128, factor: i32): v128 {
  const half = i32x4.splat(1 << 15);
  const constant = i16x8.splat(<i16>factor);
  return i16x8.narrow_i32x4_s(
    i32x4.shr_s(i32x4.add(i32x4.extmul_low_i16x8_s(values, constant), half), 16),
    i32x4.shr_s(i32x4.add(i32x4.extmul_high_i16x8_s(values, constant), half), 16),
  );
}

/** -0.34414 cb - 0.71414 cr, rounded as jdcolor.c does. */
// @ts-ignore
@inline
function greenOf(blue: v128, red: v128): v128 {
  const half = i32x4.splat(1 << 15);
  const factors = pair(-22554, 18734);
  const sums = i16x8.narrow_i32x4_s(
    i32x4.shr_s(i32x4.add(i32x4.dot_i16x8_s(low(blue, red), factors), half), 16),
    i32x4.shr_s(i32x4.add(i32x4.dot_i16x8_s(high(blue, red), factors), half), 16),
  );
  return i16x8.sub(sums, red);
}

/** `count` pixels of YCbCr to RGB, pixel by pixel. Whole vectors are read and written. */
export function colour(luma: i32, blues: i32, reds: i32, count: i32, to: i32): void {
  const middle = i16x8.splat(128);
  for (let i = 0; i < count; i += 16, to += 48) {
    const y = v128.load(luma + i);
    const cb = v128.load(blues + i);
    const cr = v128.load(reds + i);
    const yL = i16x8.extend_low_i8x16_u(y);
    const yH = i16x8.extend_high_i8x16_u(y);
    const bL = i16x8.sub(i16x8.extend_low_i8x16_u(cb), middle);
    const bH = i16x8.sub(i16x8.extend_high_i8x16_u(cb), middle);
    const rL = i16x8.sub(i16x8.extend_low_i8x16_u(cr), middle);
    const rH = i16x8.sub(i16x8.extend_high_i8x16_u(cr), middle);
    // 1.402 = 1 + 26345 / 65536; 1.772 = 2 - 14942 / 65536; 0.71414 = 1 - 18734 / 65536.
    const r = i8x16.narrow_i16x8_u(
      i16x8.add(yL, i16x8.add(rL, scaled(rL, 26345))),
      i16x8.add(yH, i16x8.add(rH, scaled(rH, 26345))),
    );
    const g = i8x16.narrow_i16x8_u(i16x8.add(yL, greenOf(bL, rL)), i16x8.add(yH, greenOf(bH, rH)));
    const b = i8x16.narrow_i16x8_u(
      i16x8.add(yL, i16x8.add(i16x8.shl(bL, 1), scaled(bL, -14942))),
      i16x8.add(yH, i16x8.add(i16x8.shl(bH, 1), scaled(bH, -14942))),
    );
    interleave(r, g, b, to);
  }
}

// @ts-ignore
@inline
function interleave(r: v128, g: v128, b: v128, to: i32): void {
  const rg0 = i8x16.shuffle(r, g, 0, 16, 0, 1, 17, 0, 2, 18, 0, 3, 19, 0, 4, 20, 0, 5);
  v128.store(to, i8x16.shuffle(rg0, b, 0, 1, 16, 3, 4, 17, 6, 7, 18, 9, 10, 19, 12, 13, 20, 15), 0);
  const rg1 = i8x16.shuffle(r, g, 21, 0, 6, 22, 0, 7, 23, 0, 8, 24, 0, 9, 25, 0, 10, 26);
  v128.store(to, i8x16.shuffle(rg1, b, 0, 21, 2, 3, 22, 5, 6, 23, 8, 9, 24, 11, 12, 25, 14, 15), 16);
  const rg2 = i8x16.shuffle(r, g, 0, 11, 27, 0, 12, 28, 0, 13, 29, 0, 14, 30, 0, 15, 31, 0);
  v128.store(to, i8x16.shuffle(rg2, b, 26, 1, 2, 27, 4, 5, 28, 7, 8, 29, 10, 11, 30, 13, 14, 31), 32);
}
