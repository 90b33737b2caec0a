/**
 * DICOM files (Part 10) as bytes that a network is shown: modality transform, window, MONOCHROME1 turned round, colour
 * spaces, frames. What cannot be read is refused by its name.
 */
import { BrokenImageError } from '../brokenImageError';
import { type DecodedImage, type DecodeOptions, type OpenedImage, sliceIndex } from '../decodedImage';
import { finiteRange, mapToBytes, rangeToByte, type ToByte, windowToByte } from '../grayScale';
import { paletteToRgb, ybrToRgb } from './dicomColour';
import { readFrame } from './dicomFrame';
import { type DicomGray, type LookupTable, readDicomGray } from './dicomGray';
import { type DicomHeader, readDicomHeader } from './dicomHeader';

/**
 * Its frames. Gray is windowed by `window`, else by the file's first window, else its first VOI table, else from the lowest to the
 * highest value of the frame, padding left out. Throws BrokenImageError.
 */
export function openDicom(bytes: Buffer, { window }: DecodeOptions): OpenedImage {
  try {
    const header = readDicomHeader(bytes);
    return (slice) => decodeFrame(header, sliceIndex(header.frames, slice), window).catch(refuse);
  } catch (error) {
    return refuse(error);
  }
}

/** The parser throws sentences where an element ends before its value does. */
function refuse(error: unknown): never {
  if (typeof error !== 'string') throw error;
  throw new BrokenImageError(`its DICOM elements cannot be read: ${error}`);
}

async function decodeFrame(
  header: DicomHeader,
  index: number,
  window: DecodeOptions['window'],
): Promise<DecodedImage> {
  const { rows: height, columns: width, photometric, bitsStored } = header;
  const frame = await readFrame(header, index);
  const about = { height, width, format: 'DICOM' as const, bits: bitsStored };
  const { values } = frame;
  if (header.samples === 3) {
    const data = toBytes(values, bitsStored);
    const ybr = photometric.startsWith('YBR') && !frame.isRgb;
    return { ...about, channels: 3, data: ybr ? ybrToRgb(data) : data };
  }
  if (photometric === 'PALETTE COLOR')
    return { ...about, channels: 3, data: paletteToRgb(values, header.dataSet) };
  const gray = readDicomGray(header.dataSet, index, header.signed);
  const data = mapToBytes(values, grayToByte(gray, values, window), true);
  if (photometric === 'MONOCHROME1') for (let i = 0; i < data.length; i++) data[i] = 255 - data[i]!;
  return { ...about, channels: 1, data };
}

/** Colour of more than 8 bits is scaled from its whole range. */
function toBytes(values: ArrayLike<number>, bits: number): Uint8Array {
  if (bits === 8 && values instanceof Uint8Array) return values;
  return mapToBytes(values, rangeToByte(0, 2 ** bits - 1), true);
}

function grayToByte(gray: DicomGray, values: ArrayLike<number>, given: DecodeOptions['window']): ToByte {
  const { slope, intercept, modalityTable, voiTable, padding } = gray;
  const modality: ToByte = modalityTable
    ? (value) => lookUp(modalityTable, value)
    : (value) => value * slope + intercept;
  const window = given
    ? ({ center: given[0], width: given[1], shape: 'linear-exact' } as const)
    : gray.window;
  if (window) {
    const shown = windowToByte(window);
    return (value) => shown(modality(value));
  }
  if (voiTable) {
    const { low, high } = finiteRange(voiTable.values)!;
    const shown = rangeToByte(low, high);
    return (value) => shown(lookUp(voiTable, modality(value)));
  }
  const range = finiteRange(values, padding) ?? { low: 0, high: 0 };
  // A negative slope turns the range round; a table need not keep any order.
  const ends = modalityTable
    ? finiteRange(modalityTable.values)!
    : finiteRange([modality(range.low), modality(range.high)])!;
  const shown = rangeToByte(ends.low, ends.high);
  return (value) => shown(modality(value));
}

/** Values beyond either end of the table take its end. */
function lookUp({ first, values }: LookupTable, value: number): number {
  return values[Math.max(0, Math.min(values.length - 1, Math.round(value) - first))]!;
}
