/** Writes arrays of bytes as a compressed `.npz`, the same bytes for the same arrays. */
import { createWriteStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { ZipFile } from 'yazl';

export interface ByteArray {
  readonly shape: readonly number[];
  readonly data: Uint8Array;
}

/** The npy format, version 1.0: magic, header length, a Python literal padded to 64 bytes, values in C order. */
function encodeNpy({ shape, data }: ByteArray): Buffer {
  const extents = shape.length === 1 ? `${shape[0]},` : shape.join(', ');
  const header = `{'descr': '|u1', 'fortran_order': False, 'shape': (${extents}), }`;
  const padded = `${header.padEnd(Math.ceil((header.length + 11) / 64) * 64 - 11)}\n`;
  const start = Buffer.from(`\x93NUMPY\x01\x00\x00\x00${padded}`, 'latin1');
  start.writeUInt16LE(padded.length, 8);
  return Buffer.concat([start, data]);
}

export async function writeNpz(file: string, arrays: Readonly<Record<string, ByteArray>>): Promise<void> {
  const zip = new ZipFile();
  const mtime = new Date(Date.UTC(1980, 0, 1, 12));
  for (const [name, array] of Object.entries(arrays)) {
    zip.addBuffer(encodeNpy(array), `${name}.npy`, { mtime, forceDosTimestamp: true });
  }
  zip.end();
  await pipeline(zip.outputStream, createWriteStream(file));
}
