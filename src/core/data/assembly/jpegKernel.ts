/**
 * The hot loops of baselineJpeg.ts in vector instructions: Huffman codes, the inverse cosine transform, chroma at full size, RGB. In
 * AssemblyScript: `node scripts/kernels.mjs` compiles it. The sums are those of libjpeg's accurate transform and smooth upsampling
 * (jidctint.c, jdsample.c, jdcolor.c), so that the bytes are those that Pillow gives. What lies where in the memory the caller says.
 */

/** One colour of an interleaved scan. Addresses are bytes of the memory. */
@unmanaged
class Component {
  /** Blocks of a unit, across and down. */
  across: i32;
  down: i32;
  /** Samples, rows of `stride` bytes. */
  plane: i32;
  stride: i32;
  /** Huffman tables as baselineStream.ts makes them. */
  dc: i32;
  ac: i32;
  /** Quantisation, i32, in the order of the file. */
  factors: i32;
  /** Last value of the first coefficient. */
  last: i32;
}

@unmanaged
class Scan {
  unitsAcross: i32;
  unitsDown: i32;
  /** Units between two restarts. */
  interval: i32;
  /** Pairs of addresses: where the bits between two restarts begin, and where they end. */
  segments: i32;
  components: i32;
  /** Place in a block, in bytes, of every coefficient in the order of the file. */
  order: i32;
  /** Room for 64 i16. */
  block: i32;
}

const scanBytes: i32 = 28;
const componentBytes: i32 = 32;

/** Bits of a code that one look into a table decodes; longer ones are searched by length. */
const peeked: i32 = 9;

/** The next bits, from the highest on, how many there are, and where the next word lies. */
let bits: u64 = 0;
let count: i32 = 0;
let next: i32 = 0;

// @ts-ignore: decorators of functions are AssemblyScript
@inline
function refill(): void {
  if (count > 32) return;
  bits |= (<u64>load<u32>(next)) << <u64>(32 - count);
  next += 4;
  count += 32;
}

// @ts-ignore
@inline
function skip(n: i32): void {
  bits <<= <u64>n;
  count -= n;
}

/** The value of the next code; -1 where there is no such code. Uses up to 16 bits. */
// @ts-ignore
@inline
function symbol(table: i32): i32 {
  const found = <i32>load<u16>(table + (<i32>(bits >> 55) << 1));
  if (found !== 0) {
    skip(found >> 8);
    return found & 255;
  }
  return longSymbol(table);
}

/** Of more than `peeked` bits. */
function longSymbol(table: i32): i32 {
  const code = <i32>(bits >> 48);
  const ends = table + (2 << peeked);
  for (let length = peeked + 1; length <= 16; length++) {
    const at = ends + ((length - peeked - 1) << 3);
    if (code >= load<i32>(at)) continue;
    const index = (code >> (16 - length)) + load<i32>(at, 4);
    skip(length);
    return <i32>load<u8>(ends + 56 + (index & 255));
  }
  return -1;
}

/** The next `size` bits as a signed value (T.81 F.2.2.1). */
// @ts-ignore
@inline
function signed(size: i32): i32 {
  const value = <i32>(bits >> <u64>(64 - size));
  skip(size);
  return value + (((value - (1 << (size - 1))) >> 31) & ((-1 << size) + 1));
}

/** Decodes a scan of all components into their planes. 0, or 1 where its bits make no sense or end early. */
export function scan(job: i32): i32 {
  const about = changetype<Scan>(job);
  const units = about.unitsAcross * about.unitsDown;
  let segment = about.segments;
  let end = 0;
  let left = 0;
  let x = 0;
  let y = 0;
  for (let unit = 0; unit < units; unit++) {
    if (left === 0) {
      next = load<i32>(segment);
      end = load<i32>(segment, 4);
      segment += 8;
      bits = 0;
      count = 0;
      left = about.interval;
      for (let c = 0; c < about.components; c++)
        changetype<Component>(job + scanBytes + c * componentBytes).last = 0;
    }
    left--;
    for (let c = 0; c < about.components; c++) {
      const component = changetype<Component>(job + scanBytes + c * componentBytes);
      for (let row = 0; row < component.down; row++)
        for (let column = 0; column < component.across; column++) {
          const to =
            component.plane +
            (y * component.down + row) * 8 * component.stride +
            (x * component.across + column) * 8;
          if (decodeBlock(about, component, to)) return 1;
        }
    }
    // What was taken lies before the end; one unit gets no further than the room after the last.
    if (count < (next - end) << 3) return 1;
    if (++x === about.unitsAcross) {
      x = 0;
      y++;
    }
  }
  return 0;
}

/** The next block, transformed, to 8 rows at `to`. 1 where its bits make no sense. */
function decodeBlock(about: Scan, component: Component, to: i32): i32 {
  const block = about.block;
  const zero = i16x8.splat(0);
  for (let i = 0; i < 128; i += 16) v128.store(block + i, zero);
  refill();
  const size = symbol(component.dc);
  if (size < 0 || size > 15) return 1;
  if (size > 0) {
    refill();
    component.last += signed(size);
  }
  store<i16>(block, <i16>(component.last * load<i32>(component.factors)));
  const ac = component.ac;
  const factors = component.factors;
  const order = about.order;
  let at = 1;
  while (at < 64) {
    refill();
    const runAndSize = symbol(ac);
    if (runAndSize < 0) return 1;
    const bitsOfValue = runAndSize & 15;
    const run = runAndSize >> 4;
    if (bitsOfValue === 0) {
      if (run !== 15) break;
      at += 16;
      continue;
    }
    at += run;
    if (at > 63) return 1;
    const value = signed(bitsOfValue);
    store<i16>(block + load<u8>(order + at), <i16>(value * load<i32>(factors + (at << 2))));
    at++;
  }
  if (at === 1) flat(<i32>load<i16>(block), to, component.stride);
  else transform(block, to, component.stride);
  return 0;
}

/** A block whose first coefficient is all there is. */
function flat(first: i32, to: i32, stride: i32): void {
  // (first << 2) after the columns, rounded by 5 bits after the rows.
  const value = (((first << 2) + 16) >> 5) + 128;
  const eight = i64x2.extract_lane(i8x16.splat(<i8>max(0, min(255, value))), 0);
  for (let row = 0; row < 8; row++) store<i64>(to + row * stride, eight);
}

/** Two i16 constants for `i32x4.dot_i16x8_s` on interleaved values. */
// @ts-ignore
@inline
function pair(a: i32, b: i32): v128 {
  return i32x4.splat((a & 0xffff) | (b << 16));
}

// @ts-ignore
@inline
function low(a: v128, b: v128): v128 {
  return i8x16.shuffle(a, b, 0, 1, 16, 17, 2, 3, 18, 19, 4, 5, 20, 21, 6, 7, 22, 23);
}

// @ts-ignore
@inline
function high(a: v128, b: v128): v128 {
  return i8x16.shuffle(a, b, 8, 9, 24, 25, 10, 11, 26, 27, 12, 13, 28, 29, 14, 15, 30, 31);
}

/** Two rows of four sums, the fraction cut off. */
// @ts-ignore
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
function transform(block: i32, to: i32, stride: i32): void {
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

/** Turns the bytes of every word of 4 round, `to` exclusive, so that the first byte becomes the highest. */
export function turnWords(from: i32, to: i32): void {
  for (let at = from; at < to; at += 16) {
    const words = v128.load(at);
    v128.store(at, i8x16.shuffle(words, words, 3, 2, 1, 0, 7, 6, 5, 4, 11, 10, 9, 8, 15, 14, 13, 12));
  }
}

/** Of the 8 sums at `at`, i16, the 16 samples: a quarter of the way to the sum before, and to the one after. */
// @ts-ignore
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
