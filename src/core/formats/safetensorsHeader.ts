/**
 * The header of a safetensors file, checked in full before anything is read or allocated by what it says.
 * Format: 8 bytes little-endian header length, JSON {name: {dtype, shape, data_offsets}, "__metadata__": {...}}, data.
 */
import { UserError } from '../errors';
import {
  isJsonObject,
  type JsonObject,
  JsonSyntaxError,
  type JsonValue,
  parseStrictJson,
} from './strictJson';

/** Bytes of one element. Formats with less than a byte an element are not read. */
export const elementBytes = {
  BOOL: 1,
  U8: 1,
  I8: 1,
  F8_E4M3: 1,
  F8_E5M2: 1,
  U16: 2,
  I16: 2,
  F16: 2,
  BF16: 2,
  U32: 4,
  I32: 4,
  F32: 4,
  U64: 8,
  I64: 8,
  F64: 8,
} as const;
export type SafetensorsDType = keyof typeof elementBytes;

/** Where a tensor is: `start` and `end` in bytes from the beginning of the file. */
export interface SafetensorsEntry {
  readonly name: string;
  readonly dtype: SafetensorsDType;
  readonly shape: readonly number[];
  readonly start: number;
  readonly end: number;
}

export interface SafetensorsHeader {
  /** In the order in which the data lies in the file. */
  readonly entries: ReadonlyMap<string, SafetensorsEntry>;
  readonly metadata: Readonly<Record<string, string>>;
}

/** The largest headers of published models have some 2 MB; the format's own limit is 100 MB. */
export const maximumHeaderBytes = 25_000_000;
const maximumRank = 32;

/** The length that the first 8 bytes give, checked against the size of the file. Throws a UserError. */
export function headerLength(prefix: Uint8Array, fileBytes: number, path: string): number {
  if (prefix.length < 8) {
    throw new UserError(
      `${path} is no safetensors file: it has ${fileBytes} bytes, too few to begin one. Download it again.`,
    );
  }
  const length = new DataView(prefix.buffer, prefix.byteOffset, 8).getBigUint64(0, true);
  if (length > BigInt(maximumHeaderBytes)) {
    throw new UserError(
      `${path} is no safetensors file: its header claims ${length} bytes, more than the ${maximumHeaderBytes} ` +
        'that are read. If it is a file of torch.save, let its name end with .pth; else download it again.',
    );
  }
  if (8 + Number(length) > fileBytes) {
    throw new UserError(
      `${path} is cut off: its header takes ${length} bytes, the file has ${fileBytes}. Wait until it is downloaded, or download it again.`,
    );
  }
  return Number(length);
}

/** Parses the header's JSON. `fileBytes`: size of the whole file. Throws a UserError with path, tensor and value. */
export function parseHeader(json: Uint8Array, fileBytes: number, path: string): SafetensorsHeader {
  const { __metadata__: metadata, ...tensors } = parseObject(json, path);
  const dataStart = 8 + json.length;
  const entries = Object.entries(tensors).map(([name, value]) => parseEntry(name, value, dataStart, path));
  entries.sort((a, b) => a.start - b.start || a.end - b.end);
  checkLayout(entries, dataStart, fileBytes, path);
  return {
    entries: new Map(entries.map((entry) => [entry.name, entry])),
    metadata: parseMetadata(metadata, path),
  };
}

function parseObject(json: Uint8Array, path: string): JsonObject {
  try {
    const value = parseStrictJson(new TextDecoder('utf-8', { fatal: true }).decode(json));
    if (isJsonObject(value)) return value;
    throw new JsonSyntaxError('it is no object');
  } catch (error) {
    const reason = error instanceof JsonSyntaxError ? error.message : 'it is no valid UTF-8';
    throw invalid(path, `its header cannot be read, ${reason}`);
  }
}

function parseMetadata(value: JsonValue | undefined, path: string): Record<string, string> {
  const metadata: Record<string, string> = Object.create(null);
  if (value === undefined) return metadata;
  for (const [name, text] of isJsonObject(value) ? Object.entries(value) : [['', null] as const]) {
    if (typeof text !== 'string') {
      throw invalid(path, 'its __metadata__ holds more than strings');
    }
    metadata[name] = text;
  }
  return metadata;
}

function parseEntry(name: string, value: JsonValue, dataStart: number, path: string): SafetensorsEntry {
  const fail = (what: string): never => {
    throw invalid(path, `tensor ${quote(name)} ${what}`);
  };
  if (!isJsonObject(value)) return fail('is not described by an object');
  const { dtype, shape, data_offsets: offsets } = value;
  if (typeof dtype !== 'string' || !Object.hasOwn(elementBytes, dtype)) {
    return fail(`has dtype ${quote(dtype)}, which is none of ${Object.keys(elementBytes).join(', ')}`);
  }
  if (!isNaturalList(shape) || shape.length > maximumRank) {
    return fail(`has shape ${quote(shape)}, which is no list of at most ${maximumRank} extents`);
  }
  if (!isNaturalList(offsets) || offsets.length !== 2 || offsets[0]! > offsets[1]!) {
    return fail(`has data_offsets ${quote(offsets)}, which is no [begin, end]`);
  }
  // Extents are natural numbers: once the product is out of the safe range it is out or zero for good.
  const bytes = shape.reduce((product, extent) => product * extent, elementBytes[dtype as SafetensorsDType]);
  const [begin, end] = offsets as [number, number];
  if (bytes !== end - begin) {
    return fail(
      `of dtype ${dtype} and shape [${shape}] takes ${bytes} bytes, its data_offsets give ${end - begin}`,
    );
  }
  return { name, dtype: dtype as SafetensorsDType, shape, start: dataStart + begin, end: dataStart + end };
}

/** The format wants the data area covered without overlap or gap: nothing can hide in it or be read twice. */
function checkLayout(
  entries: readonly SafetensorsEntry[],
  dataStart: number,
  fileBytes: number,
  path: string,
): void {
  let at = dataStart;
  let previous = '';
  for (const { name, start, end } of entries) {
    if (end > fileBytes) {
      throw new UserError(
        `${path} is cut off or its header lies: tensor ${quote(name)} ends at byte ${end}, ` +
          `the file has ${fileBytes}. Wait until it is downloaded, or download it again.`,
      );
    }
    if (start < at) {
      throw invalid(path, `tensors ${quote(previous)} and ${quote(name)} overlap at byte ${start}`);
    }
    if (start > at) {
      throw invalid(path, `bytes ${at} to ${start}, before tensor ${quote(name)}, belong to no tensor`);
    }
    at = end;
    previous = name;
  }
  if (at < fileBytes) {
    throw invalid(path, `the last ${fileBytes - at} bytes belong to no tensor`);
  }
}

function invalid(path: string, what: string): UserError {
  return new UserError(`${path} is no valid safetensors file: ${what}. Download or save it again.`);
}

function isNaturalList(value: JsonValue | undefined): value is number[] {
  return Array.isArray(value) && value.every((item) => Number.isSafeInteger(item) && (item as number) >= 0);
}

/** A value of the file for a message: short whatever the file holds. */
function quote(value: JsonValue | undefined): string {
  const text = JSON.stringify(value) ?? 'none';
  return text.length > 120 ? `${text.slice(0, 120)}…` : text;
}
