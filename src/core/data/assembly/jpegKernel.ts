/**
 * Decodes the scan of a baseline JPEG for baselineJpeg.ts. In AssemblyScript: `node scripts/kernels.mjs` compiles it, with the files beside that it
 * imports. The sums are those of libjpeg, so that the bytes are those that Pillow gives. What lies where in the memory the caller says.
 */
import { isBeyond, refill, seek, signed, symbol } from './jpegBits';
import { flat, transform } from './jpegTransform';

export { colour, widen } from './jpegColour';

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
      seek(load<i32>(segment));
      end = load<i32>(segment, 4);
      segment += 8;
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
    if (isBeyond(end)) return 1;
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

/** Turns the bytes of every word of 4 round, `to` exclusive, so that the first byte becomes the highest. */
export function turnWords(from: i32, to: i32): void {
  for (let at = from; at < to; at += 16) {
    const words = v128.load(at);
    v128.store(at, i8x16.shuffle(words, words, 3, 2, 1, 0, 7, 6, 5, 4, 11, 10, 9, 8, 15, 14, 13, 12));
  }
}
