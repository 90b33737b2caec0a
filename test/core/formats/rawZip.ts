/** Zip archives and NumPy arrays as bytes, right or wrong. */
import { deflateRawSync } from 'node:zlib';
import { Crc32 } from '../../../src/core/formats/crc32';

export interface RawEntry {
  readonly name: string;
  readonly data: Uint8Array;
  /** Default: stored. */
  readonly deflate?: boolean;
  /** What the archive says instead of the truth. */
  readonly claimedSize?: number;
  readonly claimedChecksum?: number;
  readonly method?: number;
}

/** An array's bytes: header version 1.0 with this dictionary, then `data`. */
export function rawNpy(dictionary: string, data: Uint8Array): Uint8Array {
  const text = new TextEncoder().encode(`${dictionary}\n`);
  const bytes = new Uint8Array(10 + text.length + data.length);
  bytes.set([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0, text.length & 0xff, text.length >> 8]);
  bytes.set(text, 10);
  bytes.set(data, 10 + text.length);
  return bytes;
}

export function dictionary(descr: string, shape: string, fortran = 'False'): string {
  return `{'descr': '${descr}', 'fortran_order': ${fortran}, 'shape': ${shape}, }`;
}

export function rawZip(entries: readonly RawEntry[]): Uint8Array {
  const parts: Buffer[] = [];
  const directory: Buffer[] = [];
  let at = 0;
  for (const entry of entries) {
    const packed = entry.deflate ? deflateRawSync(entry.data) : Buffer.from(entry.data);
    const checksum = new Crc32();
    checksum.update(entry.data);
    const name = Buffer.from(entry.name);
    const fields = Buffer.alloc(26); // from "version needed" to the length of the extra field
    fields.writeUInt16LE(20, 0);
    fields.writeUInt16LE(entry.method ?? (entry.deflate ? 8 : 0), 4);
    fields.writeUInt32LE(entry.claimedChecksum ?? checksum.value, 10);
    fields.writeUInt32LE(packed.length, 14);
    fields.writeUInt32LE(entry.claimedSize ?? entry.data.length, 18);
    fields.writeUInt16LE(name.length, 22);
    const rest = Buffer.alloc(14); // comment, disk, attributes, offset of the local header
    rest.writeUInt32LE(at, 10);
    directory.push(Buffer.from('PK\x01\x02\x14\x00', 'latin1'), fields, rest, name);
    const local = Buffer.concat([Buffer.from('PK\x03\x04', 'latin1'), fields, name, packed]);
    parts.push(local);
    at += local.length;
  }
  const central = Buffer.concat(directory);
  const end = Buffer.alloc(22);
  end.write('PK\x05\x06', 'latin1');
  end.writeUInt16LE(entries.length, 8);
  end.writeUInt16LE(entries.length, 10);
  end.writeUInt32LE(central.length, 12);
  end.writeUInt32LE(at, 16);
  return Buffer.concat([...parts, central, end]);
}
