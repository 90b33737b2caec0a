/** Decoded image to network input: resize and crop to bytes, then rescale and normalise to floats. */
import { UserError } from '../errors';
import { BrokenImageError } from './brokenImageError';
import type { Preprocessing } from './preprocessing';
import { type PixelImage, resize } from './resize';

/** Largest side of an image that is taken: bounds the memory of the resize, whatever the shape. */
const maxSide = 65_535;

/** Size of every image after `preprocess`. Throws UserError when it would depend on the image. */
export function outputSize(preprocessing: Preprocessing): {
  readonly height: number;
  readonly width: number;
} {
  const { crop, resize } = preprocessing;
  if (crop) return crop;
  if (resize?.kind === 'squash') return { height: resize.height, width: resize.width };
  throw new UserError(
    'The checkpoint\'s preprocessor_config.json leaves images of different sizes: give it "size" with height and width, or "do_center_crop" with "crop_size".',
  );
}

/**
 * Resizes and crops as `preprocessing` says. Returns `[3, height, width]` of `outputSize`; a gray image has three equal
 * channels. The crop is in the centre, and what lies outside of the image is `fill`. Throws BrokenImageError for an image that is empty or has a side over 65535.
 */
export function preprocess(image: PixelImage, preprocessing: Preprocessing): Uint8Array {
  if (Math.min(image.height, image.width) < 1 || Math.max(image.height, image.width) > maxSide)
    throw new BrokenImageError(`its size ${image.width} x ${image.height} is not between 1 and ${maxSide}`);
  const { height, width } = outputSize(preprocessing);
  const resized = resizedSize(image, preprocessing);
  const top = cropStart(resized.height, height, preprocessing);
  const left = cropStart(resized.width, width, preprocessing);
  const window = {
    top: Math.max(0, top),
    left: Math.max(0, left),
    height: Math.min(height, resized.height),
    width: Math.min(width, resized.width),
  };
  const pixels = resize(image, resized.height, resized.width, preprocessing.filter, window);
  // The usual case: nothing is left to be put together.
  if (pixels.length === 3 * height * width) return pixels;
  const out = new Uint8Array(3 * height * width);
  const planes = pixels.length / (window.height * window.width);
  const rowOffset = Math.max(0, -top);
  const columnOffset = Math.max(0, -left);
  for (let channel = 0; channel < 3; channel++) {
    const outside = preprocessing.fill?.[channel] ?? 0;
    if (outside !== 0) out.fill(outside, channel * height * width, (channel + 1) * height * width);
    const plane = planes === 1 ? 0 : channel;
    for (let y = 0; y < window.height; y++) {
      const from = (plane * window.height + y) * window.width;
      const to = (channel * height + rowOffset + y) * width + columnOffset;
      out.set(pixels.subarray(from, from + window.width), to);
    }
  }
  return out;
}

/** First pixel of a crop in the centre; negative where the image is smaller. */
function cropStart(size: number, crop: number, { cropRounding }: Preprocessing): number {
  const half = (size - crop) / 2;
  if (cropRounding === undefined) return Math.floor(half);
  // torchvision pads a small image, less before than after it, and rounds as Python does.
  if (half < 0) return Math.ceil(half);
  const floor = Math.floor(half);
  return half - floor === 0.5 && floor % 2 !== 0 ? floor + 1 : floor;
}

function resizedSize(image: PixelImage, { resize }: Preprocessing): { height: number; width: number } {
  if (!resize) return image;
  if (resize.kind === 'squash') return resize;
  if (resize.kind !== 'shortest') {
    const ratios = [image.height / resize.height, image.width / resize.width];
    const ratio = resize.kind === 'cover' ? Math.min(...ratios) : Math.max(...ratios);
    // Away from .5, which no ratio of two sizes of honest images hits, this is how Python rounds.
    const scaled = (side: number): number => Math.max(1, Math.round(side / ratio));
    return { height: scaled(image.height), width: scaled(image.width) };
  }
  const shorter = Math.min(image.height, image.width);
  const longer = Math.trunc((resize.edge * Math.max(image.height, image.width)) / shorter);
  return image.width <= image.height
    ? { height: longer, width: resize.edge }
    : { height: resize.edge, width: longer };
}

/**
 * Rescales and normalises `count` images: `(pixel * scale - mean) / std` per channel, in float32.
 * `pixels` and the result are `[count, 3, h, w]`. `out`, where given, is filled and returned.
 */
export function normalise(
  pixels: Uint8Array,
  count: number,
  preprocessing: Preprocessing,
  out: Float32Array = new Float32Array(pixels.length),
): Float32Array {
  const plane = count === 0 ? 0 : pixels.length / (count * 3);
  if (!Number.isInteger(plane) || out.length !== pixels.length)
    throw new RangeError(
      `${pixels.length} pixels are not ${count} images of 3 channels for ${out.length} floats`,
    );
  const { scale, mean, std } = preprocessing;
  const tables = [0, 1, 2].map((channel) =>
    Float32Array.from({ length: 256 }, (_, byte) => (byte * scale - mean[channel]!) / std[channel]!),
  );
  for (let i = 0, at = 0; i < count; i++)
    for (const table of tables) {
      lookUp(pixels.subarray(at, at + plane), table, out.subarray(at, at + plane));
      at += plane;
    }
  return out;
}

/** As words of bits and four at a time, which takes half as long as float by float. */
function lookUp(bytes: Uint8Array, table: Float32Array, out: Float32Array): void {
  const bits = new Int32Array(table.buffer);
  const words = new Int32Array(out.buffer, out.byteOffset, out.length);
  const whole = bytes.length - (bytes.length % 4);
  for (let i = 0; i < whole; i += 4) {
    words[i] = bits[bytes[i]!]!;
    words[i + 1] = bits[bytes[i + 1]!]!;
    words[i + 2] = bits[bytes[i + 2]!]!;
    words[i + 3] = bits[bytes[i + 3]!]!;
  }
  for (let i = whole; i < bytes.length; i++) words[i] = bits[bytes[i]!]!;
}
