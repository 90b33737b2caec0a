/**
 * Windows bitmaps: 1, 4 and 8 bits with a palette (RLE too), 16, 24 and 32 bits with or without masks, either way up.
 * Format: [MS-WMF] 2.2.2 and the BITMAPINFOHEADER, BITMAPV4HEADER and BITMAPCOREHEADER of Win32.
 */
import { BrokenImageError } from './brokenImageError';
import { type DecodedImage, maxPixels } from './decodedImage';

interface Header {
  readonly width: number;
  readonly height: number;
  readonly topDown: boolean;
  readonly bits: number;
  readonly compression: number;
  /** Where the pixels begin. */
  readonly start: number;
  /** Where the palette begins, bytes an entry, and how many entries there are. */
  readonly palette: { readonly at: number; readonly entry: 3 | 4; readonly count: number };
  /** Of red, green and blue, for 16 and 32 bits. */
  readonly masks: readonly [number, number, number];
}

const uncompressed = 0;
const rle8 = 1;
const rle4 = 2;
const bitFields = 3;
const alphaBitFields = 6;

export function startsLikeBmp(bytes: Buffer): boolean {
  return (
    bytes.length >= 26 &&
    bytes[0] === 0x42 &&
    bytes[1] === 0x4d &&
    [12, 40, 52, 56, 64, 108, 124].includes(bytes.readUInt32LE(14))
  );
}

/** RGB, or gray where the palette holds nothing else. Throws BrokenImageError. */
export function decodeBmp(bytes: Buffer): DecodedImage {
  const header = readHeader(bytes);
  const { width, height, bits } = header;
  if (bits > 8) return { ...trueColour(bytes, header), format: 'BMP', bits: bits === 16 ? 5 : 8 };
  const indices =
    header.compression === uncompressed ? packedIndices(bytes, header) : runLengths(bytes, header);
  const colours = readPalette(bytes, header);
  const gray = colours.every(([red, green, blue]) => red === green && green === blue);
  const channels = gray ? 1 : 3;
  const data = new Uint8Array(width * height * channels);
  for (let i = 0; i < indices.length; i++) {
    const colour = colours[indices[i]!];
    if (!colour) throw new BrokenImageError(`a pixel has colour ${indices[i]} of ${colours.length}`);
    for (let c = 0; c < channels; c++) data[i * channels + c] = colour[c]!;
  }
  return { width, height, channels, data, format: 'BMP', bits };
}

function readHeader(bytes: Buffer): Header {
  const size = bytes.readUInt32LE(14);
  if (bytes.length < 14 + size) throw new BrokenImageError('it is cut off');
  const old = size === 12;
  const width = old ? bytes.readUInt16LE(18) : bytes.readInt32LE(18);
  const signedHeight = old ? bytes.readUInt16LE(20) : bytes.readInt32LE(22);
  const bits = bytes.readUInt16LE(old ? 24 : 28);
  const compression = old ? uncompressed : bytes.readUInt32LE(30);
  const height = Math.abs(signedHeight);
  if (!(width > 0 && height > 0 && width * height <= maxPixels))
    throw new BrokenImageError(`its size ${width} x ${height} is not between 1 and ${maxPixels} pixels`);
  const known =
    compression === uncompressed
      ? [1, 4, 8, 16, 24, 32]
      : { [rle8]: [8], [rle4]: [4], [bitFields]: [16, 32], [alphaBitFields]: [16, 32] }[compression];
  if (!known?.includes(bits))
    throw new BrokenImageError(`${bits} bits a pixel with compression ${compression} are not known`);
  const masked = compression === bitFields || compression === alphaBitFields;
  if (masked && bytes.length < 66) throw new BrokenImageError('it is cut off');
  const entry = old ? 3 : 4;
  const claimed = old ? 0 : bytes.readUInt32LE(46);
  return {
    width,
    height,
    topDown: signedHeight < 0,
    bits,
    compression,
    start: bytes.readUInt32LE(10),
    palette: { at: 14 + size, entry, count: bits > 8 ? 0 : Math.min(claimed || 2 ** bits, 2 ** bits) },
    masks: masked
      ? [bytes.readUInt32LE(54), bytes.readUInt32LE(58), bytes.readUInt32LE(62)]
      : bits === 16
        ? [0x7c00, 0x03e0, 0x001f]
        : [0xff0000, 0x00ff00, 0x0000ff],
  };
}

function readPalette(bytes: Buffer, { palette: { at, entry, count } }: Header): [number, number, number][] {
  if (at + entry * count > bytes.length) throw new BrokenImageError('its palette is cut off');
  return Array.from({ length: count }, (_, i) => {
    const from = at + i * entry;
    return [bytes[from + 2]!, bytes[from + 1]!, bytes[from]!];
  });
}

/** Rows are padded to 4 bytes. Returns where row `y`, from the top, begins; throws where the file is too short. */
function rowStarts(bytes: Buffer, { width, height, bits, start, topDown }: Header): (y: number) => number {
  const stride = Math.ceil((width * bits) / 32) * 4;
  if (start + stride * (height - 1) + Math.ceil((width * bits) / 8) > bytes.length)
    throw new BrokenImageError('it is cut off');
  return (y) => start + stride * (topDown ? y : height - 1 - y);
}

function packedIndices(bytes: Buffer, header: Header): Uint8Array {
  const { width, height, bits } = header;
  const rowStart = rowStarts(bytes, header);
  const out = new Uint8Array(width * height);
  const each = 8 / bits;
  const mask = 2 ** bits - 1;
  for (let y = 0, to = 0; y < height; y++) {
    const from = rowStart(y);
    for (let x = 0; x < width; x++)
      out[to++] = (bytes[from + Math.floor(x / each)]! >> (8 - bits * ((x % each) + 1))) & mask;
  }
  return out;
}

/** RLE8 and RLE4; pixels that are skipped are colour 0. */
function runLengths(bytes: Buffer, { width, height, bits, start, topDown }: Header): Uint8Array {
  const out = new Uint8Array(width * height);
  let [x, y, at] = [0, 0, start];
  const next = () => {
    if (at >= bytes.length) throw new BrokenImageError('it is cut off');
    return bytes[at++]!;
  };
  const put = (index: number) => {
    if (x < width && y < height) out[(topDown ? y : height - 1 - y) * width + x] = index;
    x++;
  };
  while (y < height) {
    const [count, value] = [next(), next()];
    if (count > 0) {
      for (let i = 0; i < count; i++) put(bits === 8 ? value : i % 2 ? value & 15 : value >> 4);
    } else if (value === 0) {
      [x, y] = [0, y + 1];
    } else if (value === 1) {
      break;
    } else if (value === 2) {
      x += next();
      y += next();
    } else {
      const begin = at;
      for (let i = 0, byte = 0; i < value; i++) {
        if (bits === 8 || i % 2 === 0) byte = next();
        put(bits === 8 ? byte : i % 2 ? byte & 15 : byte >> 4);
      }
      at += (at - begin) % 2;
    }
  }
  return out;
}

function trueColour(bytes: Buffer, header: Header) {
  const { width, height, bits, masks } = header;
  const rowStart = rowStarts(bytes, header);
  const data = new Uint8Array(width * height * 3);
  const shifts = masks.map((mask) => (mask === 0 ? 0 : Math.clz32(mask & -mask) ^ 31));
  const tops = masks.map((mask, c) => mask >>> shifts[c]!);
  const plain =
    bits === 24 || (bits === 32 && masks[0] === 0xff0000 && masks[1] === 0xff00 && masks[2] === 0xff);
  const step = bits / 8;
  for (let y = 0, to = 0; y < height; y++) {
    for (let x = 0, from = rowStart(y); x < width; x++, from += step) {
      if (plain) {
        data[to++] = bytes[from + 2]!;
        data[to++] = bytes[from + 1]!;
        data[to++] = bytes[from]!;
        continue;
      }
      const pixel = bits === 16 ? bytes.readUInt16LE(from) : bytes.readUInt32LE(from);
      for (let c = 0; c < 3; c++) {
        const value = ((pixel & masks[c]!) >>> 0) >>> shifts[c]!;
        data[to++] = tops[c] === 0 ? 0 : Math.floor((value * 255) / tops[c]!);
      }
    }
  }
  return { width, height, channels: 3 as const, data };
}
