/** The decoders of DICOM's compressed transfer syntaxes (PS3.5 section 8 and annex A), by UID. */
import { BrokenImageError } from '../brokenImageError';
import { jpegFrame } from '../jpeg/jpegFrame';
import { decodeRaster } from '../rasterImage';
import { decodeJpeg2000, decodeJpegLossless, decodeJpegLs, type ExpectedSize } from './codecs';
import type { DicomHeader } from './dicomHeader';
import { decodeRle } from './rle';
import { fromBits, interleave, type StoredValues } from './storedBits';

export interface Decompressed {
  readonly width: number;
  readonly height: number;
  readonly samples: number;
  /** `[height, width, samples]`. */
  readonly values: StoredValues;
  readonly isRgb: boolean;
}

type Decode = (packed: Uint8Array, header: DicomHeader) => Promise<Decompressed>;

const uid = (end: string) => `1.2.840.10008.1.2.${end}`;

const names: ReadonlyMap<string, string> = new Map([
  [uid('4.50'), 'JPEG baseline'],
  [uid('4.51'), 'JPEG extended'],
  [uid('4.57'), 'JPEG lossless'],
  [uid('4.70'), 'JPEG lossless'],
  [uid('4.80'), 'JPEG-LS'],
  [uid('4.81'), 'JPEG-LS'],
  [uid('4.90'), 'JPEG 2000'],
  [uid('4.91'), 'JPEG 2000'],
  [uid('4.100'), 'MPEG-2'],
  [uid('4.101'), 'MPEG-2'],
  [uid('4.102'), 'MPEG-4 AVC'],
  [uid('4.103'), 'MPEG-4 AVC'],
  [uid('4.107'), 'HEVC'],
  [uid('4.108'), 'HEVC'],
  [uid('4.201'), 'High-throughput JPEG 2000'],
  [uid('4.202'), 'High-throughput JPEG 2000'],
  [uid('4.203'), 'High-throughput JPEG 2000'],
  [uid('5'), 'RLE'],
]);

/** In words, with the UID where it is not one that everybody knows. */
export function syntaxName(syntax: string): string {
  return names.get(syntax) ?? `transfer syntax ${syntax || '(none)'}`;
}

export const decoders: ReadonlyMap<string, Decode> = new Map<string, Decode>([
  [uid('4.50'), decodeJpeg],
  [uid('4.51'), decodeJpeg],
  [uid('4.57'), fromWords(decodeJpegLossless)],
  [uid('4.70'), fromWords(decodeJpegLossless)],
  [uid('4.80'), fromWords(decodeJpegLs)],
  [uid('4.81'), fromWords(decodeJpegLs)],
  [uid('4.90'), fromWords(decodeJpeg2000, true)],
  [uid('4.91'), fromWords(decodeJpeg2000, true)],
  [uid('5'), decodeRuns],
]);

/** What the codecs give: words of 8 or 16 bits, as wide as they say. */
export interface DecodedWords {
  readonly width: number;
  readonly height: number;
  readonly samples: number;
  /** Little-endian words, of 2 bytes where `bits` is over 8, pixel by pixel. */
  readonly bytes: Uint8Array;
  readonly bits: number;
}

/** The stream's own width of a word counts; the sign is the header's. */
function fromWords(
  codec: (packed: Uint8Array, expected: ExpectedSize) => Promise<DecodedWords>,
  isRgb = false,
): Decode {
  return async (packed, header) => {
    const { width, height, samples, bytes, bits } = await codec(packed, header);
    const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const values = fromBits(buffer, {
      ...{ bitsAllocated: bits > 8 ? 16 : 8, bitsStored: bits, highBit: bits - 1 },
      signed: header.signed,
    });
    return { width, height, samples, values, isRgb };
  };
}

async function decodeRuns(packed: Uint8Array, header: DicomHeader): Promise<Decompressed> {
  const { rows: height, columns: width, samples, bitsAllocated } = header;
  const values = fromBits(decodeRle(packed, height * width, samples, bitsAllocated / 8), header);
  return { width, height, samples, values: samples === 3 ? interleave(values) : values, isRgb: false };
}

/** 8-bit JPEG. Colours come as RGB; streams that are stored so without saying it are told apart by the header. */
async function decodeJpeg(packed: Uint8Array, { photometric }: DicomHeader): Promise<Decompressed> {
  const bytes = Buffer.from(packed.buffer, packed.byteOffset, packed.byteLength);
  if (jpegFrame(bytes)?.precision === 12)
    throw new BrokenImageError('its JPEG has 12 bits, which is not read; convert it with dcmdjpeg');
  const stream = photometric === 'RGB' ? withAdobeMarker(bytes) : bytes;
  const { width, height, channels, data } = await decodeRaster(stream, 'JPEG', {});
  return { width, height, samples: channels, values: data, isRgb: true };
}

/** Says that the three components are RGB, which decoders else take for YCbCr, where the stream does not speak of it. */
function withAdobeMarker(bytes: Buffer): Buffer {
  const silent = bytes[2] === 0xff && bytes[3] !== 0xe0 && bytes[3] !== 0xee;
  if (!silent) return bytes;
  const marker = Buffer.from([0xff, 0xee, 0, 14, ...Buffer.from('Adobe'), 0, 100, 0, 0, 0, 0, 0]);
  return Buffer.concat([bytes.subarray(0, 2), marker, bytes.subarray(2)]);
}
