/** Colour spaces of DICOM (PS3.3 C.7.6.3.1.2) to RGB, pixel by pixel, in place where that is possible. */
import type { DataSet } from 'dicom-parser';
import { BrokenImageError } from '../brokenImageError';
import { readWords } from './dicomGray';

/** YBR_FULL, which is that of JPEG (ITU-R BT.601, full range), to RGB. Writes into `data` and returns it. */
export function ybrToRgb(data: Uint8Array): Uint8Array {
  const clamped = new Uint8ClampedArray(data.buffer, data.byteOffset, data.length);
  for (let i = 0; i < data.length; i += 3) {
    const y = data[i]!;
    const blue = data[i + 1]! - 128;
    const red = data[i + 2]! - 128;
    clamped[i] = Math.round(y + 1.402 * red);
    clamped[i + 1] = Math.round(y - 0.344136 * blue - 0.714136 * red);
    clamped[i + 2] = Math.round(y + 1.772 * blue);
  }
  return data;
}

/** Indices through the three tables of the file. Throws BrokenImageError when one is missing or segmented. */
export function paletteToRgb(indices: ArrayLike<number>, dataSet: DataSet): Uint8Array {
  const tables = ['1', '2', '3'].map((colour) => readPalette(dataSet, colour));
  const out = new Uint8Array(indices.length * 3);
  for (let i = 0; i < indices.length; i++) {
    for (let c = 0; c < 3; c++) {
      const { first, bytes } = tables[c]!;
      out[i * 3 + c] = bytes[Math.max(0, Math.min(bytes.length - 1, indices[i]! - first))]!;
    }
  }
  return out;
}

function readPalette(dataSet: DataSet, colour: string): { first: number; bytes: Uint8Array } {
  const descriptor = `x0028110${colour}`;
  const tag = `x0028120${colour}`;
  const count = dataSet.uint16(descriptor, 0) || 65_536;
  const first = dataSet.uint16(descriptor, 1) ?? 0;
  const bits = dataSet.uint16(descriptor, 2);
  const element = dataSet.elements[tag];
  if (!element) throw new BrokenImageError('its colour palette is missing or of a kind that is not read');
  const words = readWords(dataSet, tag, count);
  if (words) {
    // 8-bit colours are sometimes kept in the low byte of a word although the standard wants them packed.
    const shift = bits === 16 && words.some((word) => word > 255) ? 8 : 0;
    return { first, bytes: Uint8Array.from(words, (word) => word >> shift) };
  }
  if (bits !== 8 || element.length < count) throw new BrokenImageError('its colour palette is cut off');
  const { byteArray } = dataSet;
  return { first, bytes: Uint8Array.from({ length: count }, (_, i) => byteArray[element.dataOffset + i]!) };
}
