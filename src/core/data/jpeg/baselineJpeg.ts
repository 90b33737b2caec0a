/**
 * Baseline JPEG, gray or YCbCr, to the very bytes that Pillow gives. It takes half of the time that the library for all the other kinds does, and
 * needs no second thread. What it cannot decode as a whole it leaves to that library, which says what is wrong.
 */
import type { PixelImage } from '../resize';
import { type BaselineStream, huffmanBytes, readBaselineStream } from './baselineStream';
import { jpegKernelModule } from './jpegKernelModule';

interface Exports {
  readonly memory: { readonly buffer: ArrayBuffer; grow(pages: number): number };
  turnWords(from: number, to: number): void;
  scan(job: number): number;
  widen(near: number, far: number, count: number, sums: number, to: number): void;
  colour(luma: number, blues: number, reds: number, count: number, to: number): void;
}

/** The memory that an instance has taken, 5 bytes a pixel, it never gives back. */
const maxPixels = 8_000_000;
/** Chroma of narrower images is not made smooth. */
const minWidth = 8;
const page = 65_536;
/** Whole vectors are read and written at the end of every block. */
const spare = 64;
/** What decoding one unit may read of zeros beyond the end of the bits: six blocks of 64 coefficients, 4 bytes each. */
const unitBytes = 6 * 64 * 4;
/** The module's own data lies below. */
const firstFree = 1024;
/** Words of the structures `Scan` and `Component` of `assembly/jpegKernel.ts`. */
const scanWords = 7;
const componentWords = 8;

/** Place in a block, in bytes, of every coefficient in the order of the file. */
const zigzag = Uint8Array.from(
  [
    [0, 1, 8, 16, 9, 2, 3, 10, 17, 24, 32, 25, 18, 11, 4, 5, 12, 19, 26, 33, 40, 48],
    [41, 34, 27, 20, 13, 6, 7, 14, 21, 28, 35, 42, 49, 56, 57, 50, 43, 36, 29, 22, 15, 23],
    [30, 37, 44, 51, 58, 59, 52, 45, 38, 31, 39, 46, 53, 60, 61, 54, 47, 55, 62, 63],
  ].flat(),
  (place) => 2 * place,
);

let kept: Exports | undefined;

/** Undefined for any other file: of another kind, larger, cut off or damaged. */
export function decodeBaselineJpeg(bytes: Buffer): PixelImage | undefined {
  const stream = readBaselineStream(bytes);
  if (!stream || stream.width < minWidth || stream.height < 1 || stream.width * stream.height > maxPixels)
    return undefined;
  kept ??= new WebAssembly.Instance(new WebAssembly.Module(Buffer.from(jpegKernelModule, 'base64')))
    .exports as unknown as Exports;
  const plan = planOf(stream, bytes.length);
  const missing = plan.end - kept.memory.buffer.byteLength;
  if (missing > 0) kept.memory.grow(Math.ceil(missing / page));
  const memory = new Uint8Array(kept.memory.buffer);
  const bitsEnd = writeBits(bytes, stream, plan, memory);
  if (bitsEnd === undefined) return undefined;
  kept.turnWords(plan.bits, bitsEnd);
  writeJob(stream, plan, memory);
  if (kept.scan(plan.job) !== 0) return undefined;
  return stream.components.length === 1 ? gray(stream, plan, memory) : colour(kept, stream, plan, memory);
}

type Plan = ReturnType<typeof planOf>;

/** Where everything lies in the memory. */
function planOf({ width, height, components, interval, start }: BaselineStream, length: number) {
  let end = firstFree;
  const reserve = (bytes: number) => {
    const at = end;
    end = Math.ceil((at + bytes + spare) / 16) * 16;
    return at;
  };
  const { across, down } = components[0]!;
  const unitsAcross = Math.ceil(width / (8 * across));
  const unitsDown = Math.ceil(height / (8 * down));
  const units = unitsAcross * unitsDown;
  const runs = interval === 0 ? 1 : Math.ceil(units / interval);
  const plan = {
    ...{ unitsAcross, unitsDown, units, runs },
    job: reserve(4 * (scanWords + componentWords * components.length)),
    order: reserve(zigzag.length),
    block: reserve(128),
    tables: components.map(() => ({
      dc: reserve(huffmanBytes),
      ac: reserve(huffmanBytes),
      factors: reserve(256),
    })),
    planes: components.map((component) => {
      const stride = unitsAcross * 8 * component.across;
      return { stride, at: reserve(stride * unitsDown * 8 * component.down) };
    }),
    rgb: reserve(components.length === 1 ? 0 : 3 * width * height),
    wide: [reserve(width), reserve(width)] as const,
    sums: reserve(width),
    segments: reserve(8 * runs),
    // Every run of bits is filled up to a whole word.
    bits: reserve(length - start + 4 * runs + unitBytes),
  };
  return { ...plan, end };
}

/**
 * The bits of the scan without the zeros stuffed into them, each run between two restarts from a whole word on. Returns where they end;
 * undefined where another marker than a restart comes before the end of the image, or another number of restarts.
 */
function writeBits(
  bytes: Buffer,
  { start }: BaselineStream,
  { bits, segments, runs }: Plan,
  memory: Uint8Array,
): number | undefined {
  const ends = new Int32Array(memory.buffer, segments, 2 * runs);
  let run = 0;
  let began = bits;
  let to = bits;
  for (let from = start; ; ) {
    const at = bytes.indexOf(0xff, from);
    const marker = at < 0 ? undefined : bytes[at + 1];
    if (marker === undefined) return undefined;
    const kept = bytes.subarray(from, marker === 0 ? at + 1 : at);
    memory.set(kept, to);
    to += kept.length;
    // A marker may have any number of these before it.
    from = marker === 0xff ? at + 1 : at + 2;
    if (marker === 0 || marker === 0xff) continue;
    const isRestart = marker >= 0xd0 && marker <= 0xd7;
    const isEnd = marker === 0xd9;
    if (isRestart ? run === runs - 1 : !isEnd || run < runs - 1) return undefined;
    ends.set([began, to], 2 * run++);
    const filled = Math.ceil(to / 4) * 4;
    memory.fill(0, to, isEnd ? filled + unitBytes : filled);
    to = filled;
    began = filled;
    if (isEnd) return filled;
  }
}

function writeJob({ components, interval }: BaselineStream, plan: Plan, memory: Uint8Array): void {
  const { job, order, block, tables, planes, segments, unitsAcross, unitsDown, units } = plan;
  const words = new Int32Array(memory.buffer);
  const count = components.length;
  words.set([unitsAcross, unitsDown, interval || units, segments, count, order, block], job / 4);
  memory.set(zigzag, order);
  for (const [i, { across, down, dc, ac, factors }] of components.entries()) {
    const [at, plane] = [tables[i]!, planes[i]!];
    memory.set(dc, at.dc);
    memory.set(ac, at.ac);
    words.set(factors, at.factors / 4);
    words.set(
      [across, down, plane.at, plane.stride, at.dc, at.ac, at.factors, 0],
      job / 4 + scanWords + componentWords * i,
    );
  }
}

function gray({ width, height }: BaselineStream, { planes }: Plan, memory: Uint8Array): PixelImage {
  const { at, stride } = planes[0]!;
  const data = new Uint8Array(width * height);
  for (let y = 0; y < height; y++)
    data.set(memory.subarray(at + y * stride, at + y * stride + width), y * width);
  return { height, width, channels: 1, data };
}

function colour(
  kernel: Exports,
  { width, height, components }: BaselineStream,
  { planes, rgb, wide, sums }: Plan,
  memory: Uint8Array,
): PixelImage {
  const { across, down } = components[0]!;
  const [luma, ...chroma] = planes;
  const columns = Math.ceil(width / across);
  const rows = Math.ceil(height / down);
  for (let y = 0; y < height; y++) {
    const near = Math.floor(y / down);
    const far = Math.max(0, Math.min(rows - 1, y % 2 === 0 ? near - 1 : near + 1));
    const [blues, reds] = chroma.map(({ at, stride }, i) => {
      if (across === 1) return at + near * stride;
      kernel.widen(at + near * stride, down === 1 ? 0 : at + far * stride, columns, sums, wide[i]!);
      return wide[i]!;
    }) as [number, number];
    kernel.colour(luma!.at + y * luma!.stride, blues, reds, width, rgb + 3 * y * width);
  }
  return { height, width, channels: 3, data: memory.slice(rgb, rgb + 3 * width * height) };
}
