/** Writes float32 tensors as one safetensors file that PyTorch loads. */
import type { FileHandle } from 'node:fs/promises';
import { sizeOf } from '../compute/runtime';
import { replaceFile } from './replaceFile';

export interface WritableTensor {
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

/**
 * Writes `tensors`, in the order of their names as the reference implementation does, one after the other. The file
 * appears under its name only when it is whole. Throws a UserError if the file system refuses.
 */
export async function writeSafetensors(
  path: string,
  tensors: ReadonlyMap<string, WritableTensor>,
): Promise<void> {
  const ordered = [...tensors].sort(([a], [b]) => (a < b ? -1 : 1));
  for (const [name, { shape, data }] of ordered) {
    if (sizeOf(shape) !== data.length)
      throw new Error(`${name} has shape [${shape}] and ${data.length} values`);
  }
  const header = safetensorsHeader(ordered.map(([name, { shape }]) => ({ name, shape })));
  await replaceFile(path, async (file) => {
    await writeAll(file, header);
    for (const [, { data }] of ordered) {
      await writeAll(file, new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
    }
  });
}

/** The first bytes of a file that holds these float32 tensors in this order: the data begins right after. */
export function safetensorsHeader(
  tensors: readonly { readonly name: string; readonly shape: readonly number[] }[],
): Uint8Array {
  const header: [string, unknown][] = [['__metadata__', { format: 'pt' }]];
  let at = 0;
  for (const { name, shape } of tensors) {
    const end = at + 4 * sizeOf(shape);
    header.push([name, { dtype: 'F32', shape, data_offsets: [at, end] }]);
    at = end;
  }
  const json = new TextEncoder().encode(JSON.stringify(Object.fromEntries(header)));
  // Spaces fill up to a multiple of 8, so that the data is aligned.
  const padded = Math.ceil(json.length / 8) * 8;
  const bytes = new Uint8Array(8 + padded).fill(0x20);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(padded), true);
  bytes.set(json, 8);
  return bytes;
}

/** Part by part: one call of the operating system takes at most 2 GiB, and may write less than it was given. */
async function writeAll(file: FileHandle, bytes: Uint8Array): Promise<void> {
  for (let done = 0; done < bytes.length; ) {
    const { bytesWritten } = await file.write(bytes, done, Math.min(bytes.length - done, 1 << 30));
    done += bytesWritten;
  }
}
