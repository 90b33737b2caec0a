/**
 * What a JPEG stream says before its pixels, of the kind that nearly all files are of: baseline, gray or YCbCr, all colours in one scan.
 * Of every other kind, and of what is not well formed, it says nothing.
 */

/** One colour, as the frame and the scan describe it. */
export interface BaselineComponent {
  /** Blocks of a unit, across and down. */
  readonly across: number;
  readonly down: number;
  /** Quantisation, `[64]`, in zigzag order. */
  readonly factors: Int32Array;
  readonly dc: Uint8Array;
  readonly ac: Uint8Array;
}

export interface BaselineStream {
  readonly width: number;
  readonly height: number;
  /** One: gray. Three: YCbCr, both chroma components with one block a unit. */
  readonly components: readonly BaselineComponent[];
  /** Units between two restarts; 0 without restarts. */
  readonly interval: number;
  /** Where the bits of the scan begin. */
  readonly start: number;
}

/** Bits that one look into a Huffman table decodes. */
const peeked = 9;
const longest = 16;
/**
 * A Huffman table: u16 `length << 8 | value` for every `peeked` next bits, 0 where the code is longer; for each longer length, i32, the
 * code after the last one, 16 bits wide, and what is added to a code for the place of its value; the values. As `assembly/jpegKernel.ts` reads it.
 */
export const huffmanBytes = 2 * 2 ** peeked + 8 * (longest - peeked) + 256;

const startOfScan = 0xda;

interface Tables {
  readonly factors: Map<number, Int32Array>;
  readonly dc: Map<number, Uint8Array>;
  readonly ac: Map<number, Uint8Array>;
}

interface Frame {
  readonly width: number;
  readonly height: number;
  readonly components: readonly {
    readonly id: number;
    readonly across: number;
    readonly down: number;
    readonly factors: number;
  }[];
}

/** Undefined for a stream of another kind (ITU-T T.81 annex B). */
export function readBaselineStream(bytes: Buffer): BaselineStream | undefined {
  const tables: Tables = { factors: new Map(), dc: new Map(), ac: new Map() };
  let frame: Frame | undefined;
  let interval = 0;
  let jfif = false;
  let adobe: number | undefined;
  let at = 2;
  while (at + 4 <= bytes.length && bytes[at] === 0xff) {
    const marker = bytes[at + 1]!;
    const end = at + 2 + bytes.readUInt16BE(at + 2);
    if (end < at + 4 || end > bytes.length) return undefined;
    const body = bytes.subarray(at + 4, end);
    const isApplication = marker >= 0xe0 && marker <= 0xef;
    if (marker === startOfScan) {
      const components = frame && readScan(body, frame, tables);
      // As libjpeg tells: JFIF is YCbCr, else Adobe says, else the names of the components.
      const named = frame?.components.every(({ id }, i) => id === i + 1);
      const isColour = jfif || (adobe === undefined ? named : adobe === 1);
      if (!components || (components.length === 3 && !isColour)) return undefined;
      return { width: frame!.width, height: frame!.height, components, interval, start: end };
    }
    if (marker === 0xc0 || marker === 0xc1) {
      if (frame) return undefined;
      frame = readFrame(body);
      if (!frame) return undefined;
    } else if (marker === 0xdb) {
      if (!readFactors(body, tables)) return undefined;
    } else if (marker === 0xc4) {
      if (!readCodes(body, tables)) return undefined;
    } else if (marker === 0xdd) {
      if (body.length < 2) return undefined;
      interval = body.readUInt16BE(0);
    } else if (!isApplication && marker !== 0xfe) return undefined;
    if (marker === 0xe0 && body.toString('latin1', 0, 5) === 'JFIF\0') jfif = true;
    if (marker === 0xee && body.length >= 12 && body.toString('latin1', 0, 5) === 'Adobe') adobe = body[11];
    at = end;
  }
  return undefined;
}

function readFrame(body: Buffer): Frame | undefined {
  const count = body[5];
  if (body[0] !== 8 || (count !== 1 && count !== 3) || body.length !== 6 + 3 * count) return undefined;
  const components = Array.from({ length: count }, (_, i) => {
    const [id, sampling, factors] = body.subarray(6 + 3 * i) as unknown as [number, number, number];
    // The blocks of a single component come one by one, whatever it says.
    const [across, down] = count === 1 ? [1, 1] : [sampling >> 4, sampling & 15];
    return { id, across, down, factors };
  });
  const sampling = components.map(({ across, down }) => `${across}x${down}`);
  if (!['1x1', '2x1', '2x2'].includes(sampling[0]!) || sampling.slice(1).some((of) => of !== '1x1'))
    return undefined;
  return { height: body.readUInt16BE(1), width: body.readUInt16BE(3), components };
}

/** All components, in the order of the frame, from the first coefficient to the last. */
function readScan(body: Buffer, frame: Frame, tables: Tables): BaselineComponent[] | undefined {
  const count = frame.components.length;
  if (body.length !== 4 + 2 * count || body[0] !== count) return undefined;
  if (body[1 + 2 * count] !== 0 || body[2 + 2 * count] !== 63 || body[3 + 2 * count] !== 0) return undefined;
  const components: BaselineComponent[] = [];
  for (const [i, { id, across, down, factors: number }] of frame.components.entries()) {
    const codes = body[2 + 2 * i]!;
    const factors = tables.factors.get(number);
    const dc = tables.dc.get(codes >> 4);
    const ac = tables.ac.get(codes & 15);
    if (body[1 + 2 * i] !== id || !factors || !dc || !ac) return undefined;
    components.push({ across, down, factors, dc, ac });
  }
  return components;
}

function readFactors(body: Buffer, { factors }: Tables): boolean {
  for (let at = 0; at < body.length; ) {
    const size = body[at]! >> 4 === 0 ? 1 : 2;
    const number = body[at++]! & 15;
    if (at + 64 * size > body.length) return false;
    factors.set(
      number,
      Int32Array.from({ length: 64 }, (_, i) => body.readUIntBE(at + size * i, size)),
    );
    at += 64 * size;
  }
  return true;
}

function readCodes(body: Buffer, { dc, ac }: Tables): boolean {
  for (let at = 0; at < body.length; ) {
    const first = at + 1 + longest;
    const counts = body.subarray(at + 1, first);
    const end = first + counts.reduce((sum, count) => sum + count, 0);
    if (end > body.length || end - first > 256) return false;
    const table = huffmanTable(counts, body.subarray(first, end));
    if (!table) return false;
    (body[at]! >> 4 === 0 ? dc : ac).set(body[at]! & 15, table);
    at = end;
  }
  return true;
}

/** `counts`: codes of each length. Undefined where there are more than there can be. */
function huffmanTable(counts: Uint8Array, values: Uint8Array): Uint8Array | undefined {
  const table = new Uint8Array(huffmanBytes);
  const looked = new Uint16Array(table.buffer, 0, 2 ** peeked);
  const long = new Int32Array(table.buffer, looked.byteLength, 2 * (longest - peeked));
  let code = 0;
  let index = 0;
  for (let length = 1; length <= longest; length++) {
    const count = counts[length - 1]!;
    if (code + count > 2 ** length) return undefined;
    if (length > peeked)
      long.set([(code + count) << (longest - length), index - code], 2 * (length - peeked - 1));
    else
      for (let i = 0; i < count; i++) {
        const first = (code + i) << (peeked - length);
        looked.fill((length << 8) | values[index + i]!, first, first + 2 ** (peeked - length));
      }
    code = 2 * (code + count);
    index += count;
  }
  table.set(values, looked.byteLength + long.byteLength);
  return table;
}
