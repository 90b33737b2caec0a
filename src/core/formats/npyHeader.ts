/**
 * The header of a NumPy array file: magic, version, length, and a Python dictionary that is parsed, never evaluated.
 * Source: numpy.lib.format, versions 1.0 to 3.0.
 */
import { UserError } from '../errors';

/** Element types by NumPy's names, with the bytes of one element. Complex, text, dates and objects are not read. */
export const npyElementBytes = {
  bool: 1,
  int8: 1,
  uint8: 1,
  int16: 2,
  uint16: 2,
  float16: 2,
  int32: 4,
  uint32: 4,
  float32: 4,
  int64: 8,
  uint64: 8,
  float64: 8,
} as const;
export type NpyDType = keyof typeof npyElementBytes;

export interface NpyHeader {
  readonly shape: readonly number[];
  readonly dtype: NpyDType;
  readonly bigEndian: boolean;
  /** The first axis varies fastest, instead of the last. */
  readonly fortranOrder: boolean;
  /** Bytes before the data. */
  readonly dataStart: number;
}

/** NumPy itself reads no longer ones unasked. */
const maximumHeaderBytes = 10_000;
const maximumRank = 32;
const magic = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59];
/** As many bytes as a reader must have at hand to parse any header. */
export const npyPrefixBytes = 12 + maximumHeaderBytes;

/**
 * Parses the first bytes of an array; `prefix` holds `npyPrefixBytes` or the whole array if it is shorter.
 * `what` names it in messages: a path, or the name of an entry and its archive. Throws a UserError.
 */
export function parseNpyHeader(prefix: Uint8Array, what: string): NpyHeader {
  const view = new DataView(prefix.buffer, prefix.byteOffset, prefix.byteLength);
  const major = prefix[6] ?? 0;
  if (prefix.length < 12 || magic.some((byte, i) => prefix[i] !== byte) || major < 1 || major > 3) {
    throw new UserError(
      `${what} is no NumPy array of version 1 to 3. Save it again with numpy.save or numpy.savez.`,
    );
  }
  const textStart = major === 1 ? 10 : 12;
  const length = major === 1 ? view.getUint16(8, true) : view.getUint32(8, true);
  if (length > maximumHeaderBytes) {
    throw new UserError(
      `${what} has a header of ${length} bytes, more than the ${maximumHeaderBytes} that are read. Save it again.`,
    );
  }
  const dataStart = textStart + length;
  if (prefix.length < dataStart) throw new UserError(`${what} is cut off within its header. Copy it again.`);
  const text = new TextDecoder().decode(prefix.subarray(textStart, dataStart));
  return { ...parseDictionary(text, what), dataStart };
}

const member =
  /\s*'(descr|fortran_order|shape)'\s*:\s*(?:'([^']*)'|(True|False)|\(([\d\sL,]*)\))\s*(,|(?=\}))/y;

/** {'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), } in any order. */
function parseDictionary(text: string, what: string): Omit<NpyHeader, 'dataStart'> {
  const open = text.indexOf('{');
  const close = text.lastIndexOf('}');
  const outside = open < 0 || close < open ? text : text.slice(0, open) + text.slice(close + 1);
  if (outside.trim() !== '') return failHeader(text, what);
  const values = new Map<string, string>();
  member.lastIndex = open + 1;
  let end = open + 1;
  for (let match = member.exec(text); match !== null; match = member.exec(text)) {
    const [, name, descr, flag, shape] = match;
    if (values.has(name!)) return failHeader(text, what);
    const value = { descr, fortran_order: flag, shape }[name as 'descr' | 'fortran_order' | 'shape'];
    if (value === undefined) return failHeader(text, what);
    values.set(name!, value);
    end = member.lastIndex;
  }
  if (values.size !== 3 || text.slice(end, close).trim() !== '') return failHeader(text, what);
  return {
    ...parseDType(values.get('descr')!, what),
    fortranOrder: values.get('fortran_order') === 'True',
    shape: parseShape(values.get('shape')!, text, what),
  };
}

const kinds: Readonly<Record<string, NpyDType>> = {
  b1: 'bool',
  i1: 'int8',
  u1: 'uint8',
  i2: 'int16',
  u2: 'uint16',
  f2: 'float16',
  i4: 'int32',
  u4: 'uint32',
  f4: 'float32',
  i8: 'int64',
  u8: 'uint64',
  f8: 'float64',
};

function parseDType(descr: string, what: string): { dtype: NpyDType; bigEndian: boolean } {
  const [, order, kind] = /^([<>|=])(\w+)$/.exec(descr) ?? [];
  if (kind === undefined || !Object.hasOwn(kinds, kind)) {
    throw new UserError(
      `${what} has elements of type ${descr.slice(0, 40)}; numbers and booleans of up to 8 bytes are read. Convert it with astype.`,
    );
  }
  return { dtype: kinds[kind]!, bigEndian: order === '>' };
}

function parseShape(text: string, header: string, what: string): readonly number[] {
  const extents = text.split(',').map((part) => part.trim());
  if (extents.at(-1) === '') extents.pop();
  const shape = extents.map((extent) => (/^\d+L?$/.test(extent) ? Number.parseInt(extent, 10) : Number.NaN));
  if (shape.length > maximumRank || !shape.every(Number.isSafeInteger)) return failHeader(header, what);
  return shape;
}

function failHeader(text: string, what: string): never {
  const shown = text.trim();
  throw new UserError(
    `${what} has a header that cannot be read: ${shown.length > 120 ? `${shown.slice(0, 120)}…` : shown}. ` +
      'Save it again with numpy.save or numpy.savez, as a plain array.',
  );
}

/**
 * Bytes of the array's data. Throws a UserError if the header and the `bytes` that are there after it disagree, so
 * that nothing is allocated because a header says so.
 */
export function checkedDataBytes(header: NpyHeader, bytes: number, what: string): number {
  const wanted = header.shape.reduce((product, extent) => product * extent, npyElementBytes[header.dtype]);
  if (wanted !== bytes) {
    throw new UserError(
      `${what} is damaged or cut off: ${header.dtype} [${header.shape.join(', ')}] takes ${wanted} bytes, there are ${bytes}. Copy it again.`,
    );
  }
  return wanted;
}
