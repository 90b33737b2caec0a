/**
 * The two passes of resizeKernel.ts in vector instructions. In AssemblyScript: `node scripts/kernels.mjs` compiles it. Every block of the
 * memory has 16 bytes to spare at its end, because whole vectors are read and written. Weights have 22 bits behind the point.
 */

const fraction: i32 = 22;

/** Sums so far: what rounds them. */
// @ts-ignore: decorators of functions are AssemblyScript
@inline
function half(): v128 {
  return i32x4.splat(1 << (fraction - 1));
}

/** The four bytes at `at` as numbers, times a weight. */
// @ts-ignore
@inline
function weighted(at: i32, weight: v128): v128 {
  const bytes = v128.load32_zero(at);
  return i32x4.mul(i32x4.extend_low_i16x8_u(i16x8.extend_low_i8x16_u(bytes)), weight);
}

/** The first sums as bytes, cut off at 0 and 255, one to a plane. */
// @ts-ignore
@inline
function keep(sums: v128, to: i32, planes: i32, planeBytes: i32): void {
  const whole = i32x4.shr_s(sums, fraction);
  const words = i16x8.narrow_i32x4_s(whole, whole);
  const bytes = i8x16.narrow_i16x8_u(words, words);
  v128.store8_lane(to, bytes, 0);
  if (planes !== 3) return;
  v128.store8_lane(to + planeBytes, bytes, 1);
  v128.store8_lane(to + 2 * planeBytes, bytes, 2);
}

/**
 * Horizontal pass: rows of pixels, `channels` bytes each, to `planes` (1 or 3) planes of `width` bytes a row, `planeBytes` apart, four rows
 * together, the last one again where there are fewer. Output x sums `counts[x]` pixels from `starts[x]` on with `weights[x * size ...]`.
 */
export function rows(
  from: i32,
  rowBytes: i32,
  channels: i32,
  rows: i32,
  to: i32,
  width: i32,
  planes: i32,
  planeBytes: i32,
  starts: i32,
  counts: i32,
  weights: i32,
  size: i32,
): void {
  for (let y = 0; y < rows; y += 4) {
    const last = rows - 1;
    const y1 = min(y + 1, last);
    const y2 = min(y + 2, last);
    const y3 = min(y + 3, last);
    for (let x = 0; x < width; x++) {
      const first = from + load<i32>(starts + (x << 2)) * channels;
      let at0 = first + y * rowBytes;
      let at1 = first + y1 * rowBytes;
      let at2 = first + y2 * rowBytes;
      let at3 = first + y3 * rowBytes;
      let weight = weights + ((x * size) << 2);
      const end = weight + (load<i32>(counts + (x << 2)) << 2);
      let sum0 = half();
      let sum1 = half();
      let sum2 = half();
      let sum3 = half();
      for (; weight < end; weight += 4) {
        const by = v128.load32_splat(weight);
        sum0 = i32x4.add(sum0, weighted(at0, by));
        sum1 = i32x4.add(sum1, weighted(at1, by));
        sum2 = i32x4.add(sum2, weighted(at2, by));
        sum3 = i32x4.add(sum3, weighted(at3, by));
        at0 += channels;
        at1 += channels;
        at2 += channels;
        at3 += channels;
      }
      keep(sum0, to + y * width + x, planes, planeBytes);
      keep(sum1, to + y1 * width + x, planes, planeBytes);
      keep(sum2, to + y2 * width + x, planes, planeBytes);
      keep(sum3, to + y3 * width + x, planes, planeBytes);
    }
  }
}

/**
 * Vertical pass over one plane of `width` bytes a row: row y of `height` sums `counts[y]` rows from `starts[y]` on. What is written beyond
 * the end of a row is written again by the next.
 */
export function columns(
  from: i32,
  to: i32,
  width: i32,
  height: i32,
  starts: i32,
  counts: i32,
  weights: i32,
  size: i32,
): void {
  for (let y = 0; y < height; y++) {
    const first = from + load<i32>(starts + (y << 2)) * width;
    const firstWeight = weights + ((y * size) << 2);
    const end = firstWeight + (load<i32>(counts + (y << 2)) << 2);
    for (let x = 0; x < width; x += 16) {
      let at = first + x;
      let a = half();
      let b = half();
      let c = half();
      let d = half();
      for (let weight = firstWeight; weight < end; weight += 4) {
        const by = v128.load32_splat(weight);
        const bytes = v128.load(at);
        const low = i16x8.extend_low_i8x16_u(bytes);
        const high = i16x8.extend_high_i8x16_u(bytes);
        a = i32x4.add(a, i32x4.mul(i32x4.extend_low_i16x8_u(low), by));
        b = i32x4.add(b, i32x4.mul(i32x4.extend_high_i16x8_u(low), by));
        c = i32x4.add(c, i32x4.mul(i32x4.extend_low_i16x8_u(high), by));
        d = i32x4.add(d, i32x4.mul(i32x4.extend_high_i16x8_u(high), by));
        at += width;
      }
      const low = i16x8.narrow_i32x4_s(i32x4.shr_s(a, fraction), i32x4.shr_s(b, fraction));
      const high = i16x8.narrow_i32x4_s(i32x4.shr_s(c, fraction), i32x4.shr_s(d, fraction));
      v128.store(to + y * width + x, i8x16.narrow_i16x8_u(low, high));
    }
  }
}
