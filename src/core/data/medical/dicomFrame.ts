/** The stored values of one frame of a DICOM file, whatever they are packed with. */
import {
  createJPEGBasicOffsetTable,
  readEncapsulatedImageFrame,
  readEncapsulatedPixelDataFromFragments,
} from 'dicom-parser';
import { BrokenImageError } from '../brokenImageError';
import { type Decompressed, decoders, syntaxName } from './compressedFrame';
import type { DicomHeader } from './dicomHeader';
import { fromBits, interleave, type StoredValues } from './storedBits';

export interface Frame {
  /** `[rows, columns, samples]`, as stored: signs are right, slope and intercept not yet applied. */
  readonly values: StoredValues;
  /** The decoder has turned the colours to RGB, whatever the file calls them. */
  readonly isRgb: boolean;
}

const nativeSyntaxes = [
  '',
  '1.2.840.10008.1.2',
  '1.2.840.10008.1.2.1',
  '1.2.840.10008.1.2.1.99',
  '1.2.840.10008.1.2.2',
];
const bigEndian = '1.2.840.10008.1.2.2';

/** Frame `index`. Throws BrokenImageError that names what is not known, cut off or damaged. */
export async function readFrame(header: DicomHeader, index: number): Promise<Frame> {
  const { syntax, dataSet } = header;
  const encapsulated = dataSet.elements.x7fe00010!.encapsulatedPixelData === true;
  if (!encapsulated) {
    if (!nativeSyntaxes.includes(syntax))
      throw new BrokenImageError(
        `its transfer syntax is ${syntaxName(syntax)}, but its pixels are not packed`,
      );
    return nativeFrame(header, index);
  }
  const decode = decoders.get(syntax);
  if (!decode)
    throw new BrokenImageError(
      `its pixels are packed as ${syntaxName(syntax)}, which is not read; convert it, with dcmdjpeg or gdcmconv --raw for instance`,
    );
  const packed = encapsulatedFrame(header, index);
  const unpacked = await decode(packed, header).catch((error: unknown) => {
    if (error instanceof BrokenImageError) throw error;
    throw new BrokenImageError(`its ${syntaxName(syntax)} data cannot be decoded: ${said(error)}`);
  });
  return checked(header, unpacked);
}

function said(error: unknown): string {
  return error instanceof Error ? error.message.split('\n')[0]! : 'it is damaged';
}

function checked({ rows, columns, samples, bitsAllocated }: DicomHeader, unpacked: Decompressed): Frame {
  const { width, height, values, isRgb } = unpacked;
  if (
    width !== columns ||
    height !== rows ||
    unpacked.samples !== samples ||
    values.length < rows * columns * samples
  )
    throw new BrokenImageError(
      `its header says ${columns} x ${rows} x ${samples}, its packed data ${width} x ${height} x ${unpacked.samples}`,
    );
  if (bitsAllocated === 1) throw new BrokenImageError('its packed pixels have one bit');
  return { values, isRgb };
}

/** All fragments of one frame, by the offset table of the file or, without one, by where JPEG streams end. */
function encapsulatedFrame({ dataSet, frames }: DicomHeader, index: number): Uint8Array {
  const element = dataSet.elements.x7fe00010!;
  const fragments = element.fragments ?? [];
  if (fragments.length === 0) throw new BrokenImageError('it holds no pixels');
  try {
    if (frames === 1) return readEncapsulatedPixelDataFromFragments(dataSet, element, 0, fragments.length);
    if (fragments.length === frames)
      return readEncapsulatedPixelDataFromFragments(dataSet, element, index, 1);
    if (element.basicOffsetTable?.length) return readEncapsulatedImageFrame(dataSet, element, index);
    return readEncapsulatedImageFrame(dataSet, element, index, createJPEGBasicOffsetTable(dataSet, element));
  } catch (error) {
    throw new BrokenImageError(`frame ${index + 1} of ${frames} cannot be found: ${said(error)}`);
  }
}

function nativeFrame(header: DicomHeader, index: number): Frame {
  const { dataSet, rows, columns, samples, bitsAllocated, planar, photometric, frames, syntax } = header;
  const element = dataSet.elements.x7fe00010!;
  const subsampled = photometric === 'YBR_FULL_422';
  const count = rows * columns * samples;
  const stored = subsampled ? (count / 3) * 2 : count;
  const end = Math.ceil((stored * (index + 1) * bitsAllocated) / 8);
  if (element.length < end || element.dataOffset + end > dataSet.byteArray.length)
    throw new BrokenImageError(
      `it claims ${frames} x ${columns} x ${rows} pixels but holds ${Math.min(element.length, dataSet.byteArray.length - element.dataOffset)} bytes of them`,
    );
  const { byteArray } = dataSet;
  if (bitsAllocated === 1) {
    const first = stored * index;
    const bit = (i: number) => (byteArray[element.dataOffset + ((first + i) >> 3)]! >> ((first + i) & 7)) & 1;
    return { values: Int32Array.from({ length: count }, (_, i) => bit(i)), isRgb: false };
  }
  const start = element.dataOffset + (stored * index * bitsAllocated) / 8;
  // Words in the other byte order hold two 8-bit pixels the other way round, across the ends of frames.
  const swapped = syntax === bigEndian && bitsAllocated === 8 && element.vr === 'OW' ? 1 : 0;
  const from = start - (swapped & (start - element.dataOffset));
  const length = (stored * bitsAllocated) / 8;
  const read = Buffer.from(byteArray.subarray(from, start + length + swapped));
  if (swapped) read.subarray(0, read.length - (read.length % 2)).swap16();
  const bytes = read.subarray(start - from, start - from + length);
  if (syntax === bigEndian && bitsAllocated === 16) bytes.swap16();
  if (syntax === bigEndian && bitsAllocated === 32) bytes.swap32();
  const values = fromBits(bytes, header);
  if (subsampled) return { values: upsample422(values, count), isRgb: false };
  return { values: samples === 3 && planar ? interleave(values) : values, isRgb: false };
}

/** Y Y B R for two pixels to Y B R for each (PS3.3 C.7.6.3.1.2). */
function upsample422<T extends StoredValues>(packed: T, count: number): T {
  const out = new (packed.constructor as new (length: number) => T)(count);
  for (let from = 0, to = 0; to < count; from += 4) {
    for (let k = 0; k < 2; k++) {
      out[to++] = packed[from + k]!;
      out[to++] = packed[from + 2]!;
      out[to++] = packed[from + 3]!;
    }
  }
  return out;
}
