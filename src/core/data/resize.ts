/**
 * Resizing as Pillow does it, byte for byte (src/libImaging/Resample.c and Geometry.c of Pillow 9 to 12): networks were
 * pretrained on such images, and a resize without antialiasing shifts their features.
 */
import type { ResizeFilter } from './preprocessing';
import { resample, type Taps } from './resizeKernel';

/** A decoded image: channels last, `data[(y * width + x) * channels + c]`, 0..255. */
export interface PixelImage {
  readonly height: number;
  readonly width: number;
  /** 1: gray; 2: gray and alpha; 3: RGB; 4: RGB and alpha. Alpha is dropped, not blended. */
  readonly channels: 1 | 2 | 3 | 4;
  readonly data: Uint8Array;
}

/** A part of the resized image. */
export interface Window {
  readonly top: number;
  readonly left: number;
  readonly height: number;
  readonly width: number;
}

const precisionBits = 22;

/**
 * The part `window` of `image` resized to `height` x `width`. Returns `[3 or 1, window.height, window.width]`, one channel for
 * a gray image. Pillow rounds to bytes after the horizontal pass and again after the vertical one, and so does this.
 */
export function resize(
  image: PixelImage,
  height: number,
  width: number,
  filter: ResizeFilter,
  window: Window = { top: 0, left: 0, height, width },
): Uint8Array {
  if (filter === 'nearest') return resizeNearest(image, height, width, window);
  const rows = taps(image.height, height, filter, window.top, window.height);
  const columns = taps(image.width, width, filter, window.left, window.width);
  const last = window.height - 1;
  const firstRow = rows.starts[0]!;
  const rowCount = rows.starts[last]! + rows.counts[last]! - firstRow;
  return resample({
    data: image.data,
    channels: image.channels,
    rowBytes: image.width * image.channels,
    firstRow,
    rowCount,
    planes: colours(image),
    columns,
    rows: height === image.height ? undefined : rows,
  });
}

function colours(image: PixelImage): 1 | 3 {
  return image.channels >= 3 ? 3 : 1;
}

/** Support of the filter in source pixels at scale 1. */
const supports = { bilinear: 1, bicubic: 2 } as const;

function filterWeight(filter: 'bilinear' | 'bicubic', distance: number): number {
  const x = Math.abs(distance);
  if (filter === 'bilinear') return x < 1 ? 1 - x : 0;
  const a = -0.5;
  if (x < 1) return ((a + 2) * x - (a + 3)) * x * x + 1;
  if (x < 2) return (((x - 5) * x + 8) * x - 4) * a;
  return 0;
}

/** Taps of outputs `first .. first + count` when `from` pixels become `to`. A side that keeps its size is copied. */
function taps(from: number, to: number, filter: 'bilinear' | 'bicubic', first: number, count: number): Taps {
  const scale = from / to;
  const stretch = Math.max(scale, 1);
  const support = from === to ? 0 : supports[filter] * stretch;
  const size = Math.ceil(support) * 2 + 1;
  const starts = new Int32Array(count);
  const counts = new Int32Array(count);
  const weights = new Int32Array(count * size);
  const exact = new Float64Array(size);
  for (let i = 0; i < count; i++) {
    if (from === to) {
      starts[i] = first + i;
      counts[i] = 1;
      weights[i] = 1 << precisionBits;
      continue;
    }
    const centre = (first + i + 0.5) * scale;
    const start = Math.max(0, Math.trunc(centre - support + 0.5));
    const n = Math.min(from, Math.trunc(centre + support + 0.5)) - start;
    let total = 0;
    for (let k = 0; k < n; k++) {
      exact[k] = filterWeight(filter, (k + start - centre + 0.5) * (1 / stretch));
      total += exact[k]!;
    }
    starts[i] = start;
    counts[i] = n;
    for (let k = 0; k < n; k++) {
      const fixed = (total === 0 ? exact[k]! : exact[k]! / total) * 2 ** precisionBits;
      weights[i * size + k] = Math.trunc(fixed < 0 ? fixed - 0.5 : fixed + 0.5);
    }
  }
  return { size, starts, counts, weights };
}

function resizeNearest(image: PixelImage, height: number, width: number, window: Window): Uint8Array {
  const rows = nearest(image.height, height, window.top, window.height);
  const columns = nearest(image.width, width, window.left, window.width);
  const out = new Uint8Array(colours(image) * window.height * window.width);
  let at = 0;
  for (let channel = 0; channel < colours(image); channel++)
    for (const y of rows)
      for (const x of columns) out[at++] = image.data[(y * image.width + x) * image.channels + channel]!;
  return out;
}

/** Source pixel of outputs `first .. first + count`. Adds the scale up step by step, rounding as Pillow's loop does. */
function nearest(from: number, to: number, first: number, count: number): Int32Array {
  const scale = from / to;
  const sources = new Int32Array(count);
  let position = scale * 0.5;
  for (let i = 0; i < first + count; i++) {
    if (i >= first) sources[i - first] = Math.min(from - 1, Math.trunc(position));
    position += scale;
  }
  return sources;
}
