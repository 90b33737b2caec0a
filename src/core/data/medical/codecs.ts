/** JPEG lossless, JPEG-LS and JPEG 2000 through libraries that are started when the first such frame is met. */
import openCharls from '@cornerstonejs/codec-charls/decode';
import openOpenJpeg from '@cornerstonejs/codec-openjpeg/decode';
import { Decoder as LosslessDecoder } from 'jpeg-lossless-decoder-js';
import { BrokenImageError } from '../brokenImageError';
import { jpeg2000Size, jpegFrame } from '../jpeg/jpegFrame';
import type { DecodedWords } from './compressedFrame';
import type { DicomHeader } from './dicomHeader';

/** Size that the file says its packed pixels have: a stream that claims another is refused before anything is made for it. */
export type ExpectedSize = Pick<DicomHeader, 'rows' | 'columns'>;

export async function decodeJpegLossless(packed: Uint8Array, expected: ExpectedSize): Promise<DecodedWords> {
  const stream = Buffer.from(packed.buffer, packed.byteOffset, packed.length);
  const claimed = jpegFrame(stream);
  checkSize(claimed, expected);
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

export async function decodeJpegLs(packed: Uint8Array, expected: ExpectedSize): Promise<DecodedWords> {
  charls ??= openCharls(silent);
  const module = await charls;
  return decodeWith(new module.JpegLSDecoder(), packed, expected);
}

export async function decodeJpeg2000(packed: Uint8Array, expected: ExpectedSize): Promise<DecodedWords> {
  openJpeg ??= openOpenJpeg(silent);
  const module = await openJpeg;
  return decodeWith(new module.J2KDecoder(), packed, expected);
}

/** The codecs tell of their progress on stdout, which is not theirs. */
const silent = { print() {}, printErr() {} };

/** One instance a thread: starting it takes longer than decoding. */
let charls: Promise<{ JpegLSDecoder: new () => FrameDecoder }> | undefined;
let openJpeg: Promise<{ J2KDecoder: new () => FrameDecoder }> | undefined;

function decodeWith(decoder: FrameDecoder, packed: Uint8Array, expected: ExpectedSize): DecodedWords {
  try {
    const stream = Buffer.from(packed.buffer, packed.byteOffset, packed.length);
    checkSize(jpegFrame(stream) ?? jpeg2000Size(stream), expected);
    decoder.getEncodedBuffer(packed.length).set(packed);
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

function checkSize(
  claimed: { readonly width: number; readonly height: number } | undefined,
  { rows, columns }: ExpectedSize,
): void {
  if (!claimed) throw new BrokenImageError('its packed pixels have no frame header');
  if (claimed.width !== columns || claimed.height !== rows)
    throw new BrokenImageError(
      `its header says ${columns} x ${rows}, its packed data ${claimed.width} x ${claimed.height}`,
    );
}

function pixelByPixel(planes: Uint8Array, samples: number, size: number): Uint8Array {
  const out = new Uint8Array(planes.length);
  const pixels = planes.length / samples / size;
  for (let c = 0; c < samples; c++)
    for (let i = 0; i < pixels; i++)
      for (let k = 0; k < size; k++) out[(i * samples + c) * size + k] = planes[(c * pixels + i) * size + k]!;
  return out;
}
