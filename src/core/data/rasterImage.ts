/**
 * PNG, JPEG, WebP and TIFF, as what Pillow's `convert("RGB")` gives: colour profiles and gamma are left alone, alpha is
 * dropped and not blended, the tag of orientation counts in TIFF only. Where Pillow has no good answer ours is: 16-bit gray is
 * scaled from 0..65535 (Pillow cuts off at 255), other gray above 8 bits from its own lowest to its highest value.
 */
import sharp, { type Metadata, type Sharp } from 'sharp';
import { BrokenImageError } from './brokenImageError';
import {
  type DecodedImage,
  type DecodeOptions,
  type ImageFormat,
  maxPixels,
  type SliceChoice,
  sliceIndex,
} from './decodedImage';
import { finiteRange, mapToBytes, rangeToByte, windowToByte } from './grayScale';
import { decodeBaselineJpeg } from './jpeg/baselineJpeg';
import { jpegFrame } from './jpeg/jpegFrame';
import type { PixelImage } from './resize';

type About = Pick<Metadata, 'depth' | 'space' | 'channels' | 'bitsPerSample' | 'pages'>;
type RasterFormat = Extract<ImageFormat, 'PNG' | 'JPEG' | 'WebP' | 'TIFF'>;

/** By the first bytes, so that only these decoders see a file, whatever else the library could open. */
export function rasterFormat(bytes: Buffer): RasterFormat | undefined {
  if (starts(bytes, [0xff, 0xd8, 0xff])) return 'JPEG';
  if (starts(bytes, [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a])) return 'PNG';
  if (starts(bytes, [0x52, 0x49, 0x46, 0x46]) && bytes.toString('latin1', 8, 12) === 'WEBP') return 'WebP';
  if (
    [
      [0x49, 0x49, 0x2a, 0],
      [0x4d, 0x4d, 0, 0x2a],
      [0x49, 0x49, 0x2b, 0],
      [0x4d, 0x4d, 0, 0x2b],
    ].some((magic) => starts(bytes, magic))
  )
    return 'TIFF';
  return undefined;
}

function starts(bytes: Buffer, magic: readonly number[]): boolean {
  return magic.every((byte, i) => bytes[i] === byte);
}

/** Of an animation the first frame is taken. Throws BrokenImageError. */
export async function decodeRaster(
  bytes: Buffer,
  format: RasterFormat,
  { window }: DecodeOptions,
  slice?: SliceChoice,
): Promise<DecodedImage> {
  const baseline = format === 'JPEG' && decodeBaselineJpeg(bytes);
  if (baseline) return { ...baseline, format, bits: 8 };
  // The library would fill up what is missing at the end of a WebP.
  if (format === 'WebP' && bytes.readUInt32LE(4) + 8 > bytes.length)
    throw new BrokenImageError('it is cut off');
  const open = (page: number) =>
    sharp(bytes, {
      failOn: 'error',
      ignoreIcc: true,
      limitInputPixels: maxPixels,
      sequentialRead: true,
      ...(page > 0 && { page }),
      autoOrient: format === 'TIFF',
    });
  try {
    let image = open(0);
    let about: About = (format === 'JPEG' && aboutJpeg(bytes)) || (await image.metadata());
    if (slice && format === 'TIFF') {
      const page = sliceIndex(about.pages ?? 1, slice);
      if (page > 0) {
        image = open(page);
        about = await image.metadata();
      }
    }
    const { depth, space } = about;
    const gray = about.channels! < 3;
    const bits = bitsOf[depth as keyof typeof bitsOf] ?? 8;
    const decoded =
      gray && depth !== undefined && depth !== 'uchar'
        ? await decodeDeepGray(image, about, window)
        : await decodeBytes(image, space);
    return { ...decoded, format, bits: about.bitsPerSample ?? bits };
  } catch (error) {
    throw error instanceof BrokenImageError ? error : new BrokenImageError(decoderReason(error));
  }
}

/** Of the usual kinds of JPEG, without asking the library, which would open the file once more. */
function aboutJpeg(bytes: Buffer): About | undefined {
  const frame = jpegFrame(bytes);
  const spaces = { 1: 'b-w', 3: 'srgb', 4: 'cmyk' } as const;
  const space = spaces[frame?.components as keyof typeof spaces];
  if (frame?.precision !== 8 || !space) return undefined;
  return { depth: 'uchar', space, channels: frame.components as 1 | 3 | 4, bitsPerSample: 8 };
}

const bitsOf = { uchar: 8, char: 8, ushort: 16, short: 16, uint: 32, int: 32, float: 32, double: 64 };

async function decodeBytes(image: Sharp, space: string | undefined): Promise<PixelImage> {
  if (space === 'b-w') image.toColourspace('b-w');
  if (space === 'cmyk') image.pipelineColourspace('cmyk').toColourspace('cmyk');
  const { data, info } = await image.raw({ depth: 'uchar' }).toBuffer({ resolveWithObject: true });
  const { height, width, channels } = info;
  return space === 'cmyk' ? cmykToRgb(data, height, width) : { height, width, channels, data };
}

/** Gray of more than 8 bits, its alpha left out. */
async function decodeDeepGray(
  image: Sharp,
  { depth, space, channels }: About,
  window: DecodeOptions['window'],
): Promise<PixelImage> {
  if (depth === 'complex' || depth === 'dpcomplex')
    throw new BrokenImageError('its pixels are complex numbers');
  const whole = depth === 'ushort' || depth === 'short';
  const { data, info } = await image
    .toColourspace(space!)
    .raw({ depth: whole ? 'int' : 'float' })
    .toBuffer({ resolveWithObject: true });
  const { height, width } = info;
  const all = whole
    ? new Int32Array(data.buffer, data.byteOffset, data.length / 4)
    : new Float32Array(data.buffer, data.byteOffset, data.length / 4);
  const values = channels === 1 ? all : all.filter((_, i) => i % info.channels === 0);
  const range = depth === 'ushort' ? { low: 0, high: 65_535 } : (finiteRange(values) ?? { low: 0, high: 0 });
  const toByte = window
    ? windowToByte({ center: window[0], width: window[1], shape: 'linear-exact' })
    : rangeToByte(range.low, range.high);
  return { height, width, channels: 1, data: mapToBytes(values, toByte, whole) };
}

/**
 * The first line of the library that says something. Its decoders write into one buffer for all threads, so that a
 * reason can get lost (then it says "Unknown error") when two images fail at the same time; that an image failed cannot.
 */
function decoderReason(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  const said = message
    .replace(/^Input buffer has corrupt header:\s*/, '')
    // Whose decoder it was.
    .replace(/^(vips\w+|\w+load_buffer):\s*/i, '')
    .split('\n')[0]!
    .trim();
  if (said.endsWith('exceeds pixel limit')) return `it has over ${maxPixels} pixels; make it smaller`;
  if (said === 'libpng read error') return 'it is cut off or damaged';
  return said === '' || said === 'Unknown error' || said.startsWith('Input buffer')
    ? 'it cannot be decoded'
    : said;
}

/** Pillow's conversion, which knows no profile: `nk - c * nk / 255` with nk = 255 - k, rounded. */
function cmykToRgb(data: Uint8Array, height: number, width: number): PixelImage {
  const rgb = new Uint8Array(height * width * 3);
  for (let from = 0, to = 0; to < rgb.length; from += 4) {
    const white = 255 - data[from + 3]!;
    for (let channel = 0; channel < 3; channel++) {
      const product = data[from + channel]! * white + 128;
      rgb[to++] = white - (((product >> 8) + product) >> 8);
    }
  }
  return { height, width, channels: 3, data: rgb };
}
