/** JPEG lossless, JPEG-LS and JPEG 2000 through libraries that are started when the first such frame is met. */
import openCharls from '@cornerstonejs/codec-charls/decode';
import openOpenJpeg from '@cornerstonejs/codec-openjpeg/decode';
import { Decoder as LosslessDecoder } from 'jpeg-lossless-decoder-js';
import { BrokenImageError } from '../brokenImageError';
import { maxPixels } from '../decodedImage';
import { jpegFrame } from '../jpegFrame';
import type { DecodedWords } from './compressedFrame';

export async function decodeJpegLossless(packed: Uint8Array): Promise<DecodedWords> {
  const stream = Buffer.from(packed.buffer, packed.byteOffset, packed.length);
  const claimed = jpegFrame(stream);
  if (!(claimed && claimed.width * claimed.height <= maxPixels))
    throw new BrokenImageError('it has no frame header, or one that claims too many pixels');
  // The decoder goes on with zeros where the stream ends.
  if (!stream.includes(Buffer.from([0xff, 0xd9]))) throw new BrokenImageError('it is cut off');
  const decoder = new LosslessDecoder();
  const bytes = decoder.decode(packed.buffer as ArrayBuffer, packed.byteOffset, packed.byteLength);
  const { dimX: width, dimY: height, precision: bits } = decoder.frame;
  const samples = decoder.numComp;
  return {
    width,
    height,
    samples,
    bits,
    bytes: new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength),
  };
}

/** The part of the codecs' interface that we use; both are emscripten modules of the same make. */
export interface FrameDecoder {
  getEncodedBuffer(length: number): Uint8Array;
  getDecodedBuffer(): Uint8Array;
  readHeader?(): void;
  decode(): void;
  getFrameInfo(): {
    readonly width: number;
    readonly height: number;
    readonly bitsPerSample: number;
    readonly componentCount: number;
  };
  getInterleaveMode?(): number;
  delete(): void;
}

export async function decodeJpegLs(packed: Uint8Array): Promise<DecodedWords> {
  charls ??= openCharls(silent);
  const module = await charls;
  return decodeWith(new module.JpegLSDecoder(), packed);
}

export async function decodeJpeg2000(packed: Uint8Array): Promise<DecodedWords> {
  openJpeg ??= openOpenJpeg(silent);
  const module = await openJpeg;
  return decodeWith(new module.J2KDecoder(), packed);
}

/** The codecs tell of their progress on stdout, which is not theirs. */
const silent = { print() {}, printErr() {} };

/** One instance a thread: starting it takes longer than decoding. */
let charls: Promise<{ JpegLSDecoder: new () => FrameDecoder }> | undefined;
let openJpeg: Promise<{ J2KDecoder: new () => FrameDecoder }> | undefined;

function decodeWith(decoder: FrameDecoder, packed: Uint8Array): DecodedWords {
  try {
    decoder.getEncodedBuffer(packed.length).set(packed);
    decoder.readHeader?.();
    const claimed =
      jpegFrame(Buffer.from(packed.buffer, packed.byteOffset, packed.length)) ?? decoder.getFrameInfo();
    if (!(claimed.width * claimed.height <= maxPixels))
      throw new BrokenImageError(`it claims ${claimed.width} x ${claimed.height} pixels`);
    decoder.decode();
    const { width, height, bitsPerSample: bits, componentCount: samples } = decoder.getFrameInfo();
    if (width * height === 0) throw new BrokenImageError('its packed pixels are damaged');
    const bytes = decoder.getDecodedBuffer().slice();
    const planar = samples > 1 && decoder.getInterleaveMode?.() === 0;
    return {
      width,
      height,
      samples,
      bits,
      bytes: planar ? pixelByPixel(bytes, samples, bits > 8 ? 2 : 1) : bytes,
    };
  } catch (error) {
    // The codecs throw numbers: addresses of exceptions in their own memory.
    throw error instanceof Error ? error : new BrokenImageError('its packed pixels are damaged');
  } finally {
    decoder.delete();
  }
}

function pixelByPixel(planes: Uint8Array, samples: number, size: number): Uint8Array {
  const out = new Uint8Array(planes.length);
  const pixels = planes.length / samples / size;
  for (let c = 0; c < samples; c++)
    for (let i = 0; i < pixels; i++)
      for (let k = 0; k < size; k++) out[(i * samples + c) * size + k] = planes[(c * pixels + i) * size + k]!;
  return out;
}
