/** Decoding PNG and JPEG files to what Pillow's `convert("RGB")` gives, 16 bits a channel scaled down to 8. */
import { open } from 'node:fs/promises';
import sharp from 'sharp';
import { reasonOf } from '../formats/fileErrors';
import { BrokenImageError } from './brokenImageError';
import type { PixelImage } from './resize';

/** Bounds the memory of one decoded image: 3 bytes a pixel. */
const maxPixels = 100_000_000;
/** No PNG or JPEG of that many pixels is longer. */
const maxFileBytes = 1024 * 1024 * 1024;

/** Reads and decodes a file. Throws BrokenImageError when it cannot be read or decoded as a whole. */
export async function decodeFile(path: string): Promise<PixelImage> {
  return decodeImage(await readImageFile(path));
}

/**
 * Decodes a PNG or JPEG. Colour profiles, gamma and orientation tags are left alone, as Pillow does; of an animation the
 * first frame is taken. Gray images have one channel. Throws BrokenImageError.
 */
export async function decodeImage(bytes: Buffer): Promise<PixelImage> {
  if (bytes.length === 0) throw new BrokenImageError('the file is empty');
  // Only these two decoders see the file, whatever else the library could open.
  if (!startsLikePng(bytes) && !startsLikeJpeg(bytes)) throw new BrokenImageError('it is not a PNG or JPEG');
  try {
    const image = sharp(bytes, {
      failOn: 'error',
      ignoreIcc: true,
      limitInputPixels: maxPixels,
      sequentialRead: true,
    });
    const { space } = await image.metadata();
    if (space === 'b-w') image.toColourspace('b-w');
    if (space === 'cmyk') image.pipelineColourspace('cmyk').toColourspace('cmyk');
    const { data, info } = await image.raw({ depth: 'uchar' }).toBuffer({ resolveWithObject: true });
    const { height, width, channels } = info;
    return space === 'cmyk' ? cmykToRgb(data, height, width) : { height, width, channels, data };
  } catch (error) {
    throw new BrokenImageError(decoderReason(error));
  }
}

function startsLikePng(bytes: Buffer): boolean {
  return bytes.subarray(0, 8).equals(Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]));
}

function startsLikeJpeg(bytes: Buffer): boolean {
  return bytes.subarray(0, 3).equals(Buffer.from([0xff, 0xd8, 0xff]));
}

async function readImageFile(path: string): Promise<Buffer> {
  try {
    const file = await open(path, 'r');
    try {
      const { size } = await file.stat();
      if (size > maxFileBytes) throw new BrokenImageError(`the file has ${size} bytes, over ${maxFileBytes}`);
      return await file.readFile();
    } finally {
      await file.close();
    }
  } catch (error) {
    throw error instanceof BrokenImageError ? error : new BrokenImageError(reasonOf(error));
  }
}

/**
 * The first line of the library that says something. Its decoders write into one buffer for all threads, so that a
 * reason can get lost (then it says "Unknown error") when two images fail at the same time; that an image failed cannot.
 */
function decoderReason(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  const said = message
    .replace(/^Input buffer has corrupt header:\s*/, '')
    .split('\n')[0]!
    .trim();
  return said === '' || said === 'Unknown error' ? 'it cannot be decoded' : said;
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
