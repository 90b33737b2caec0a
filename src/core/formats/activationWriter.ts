/**
 * Writes float32 arrays whose rows come bit by bit, `.safetensors` or `.npz` by the ending of the name: every array has its
 * place in the file from the start, so that memory does not grow with the rows.
 */
import type { FileHandle } from 'node:fs/promises';
import { sizeOf } from '../compute/runtime';
import { UserError } from '../errors';
import { Crc32 } from './crc32';
import { replaceFile } from './replaceFile';
import { safetensorsHeader } from './safetensorsWriter';
import { storedZip } from './storedZip';

export interface ArrayShape {
  readonly name: string;
  readonly shape: readonly number[];
}

export interface ActivationWriter {
  /** Appends rows to array `index`. */
  append(index: number, rows: Float32Array): Promise<void>;
}

/**
 * `write` appends to each of `arrays` as many rows as its shape says, in whatever turns. The file appears under its name only when
 * it is whole. Throws a UserError if the file system refuses or an .npz would be too large.
 */
export async function writeActivations(
  path: string,
  arrays: readonly ArrayShape[],
  write: (writer: ActivationWriter) => Promise<void>,
): Promise<void> {
  const layout = path.toLowerCase().endsWith('.npz') ? npzLayout(path, arrays) : safetensorsLayout(arrays);
  await replaceFile(path, async (file) => {
    const written = arrays.map(() => 0);
    await write({
      async append(index, rows) {
        const bytes = new Uint8Array(rows.buffer, rows.byteOffset, rows.byteLength);
        const at = written[index]!;
        written[index] = at + bytes.length;
        if (written[index]! > 4 * sizeOf(arrays[index]!.shape)) {
          throw new RangeError(`more rows than ${arrays[index]!.name} has`);
        }
        layout.onBytes?.(index, bytes);
        await writeAt(file, bytes, layout.starts[index]! + at);
      },
    });
    arrays.forEach(({ name, shape }, i) => {
      if (written[i] !== 4 * sizeOf(shape)) throw new RangeError(`fewer rows than ${name} has`);
    });
    for (const { at, bytes } of layout.frame()) await writeAt(file, bytes, at);
  });
}

/** Where each array's data begins, and what stands around the data. */
interface Layout {
  readonly starts: readonly number[];
  onBytes?(index: number, bytes: Uint8Array): void;
  frame(): readonly { readonly at: number; readonly bytes: Uint8Array }[];
}

function safetensorsLayout(arrays: readonly ArrayShape[]): Layout {
  const header = safetensorsHeader(arrays);
  let at = header.length;
  const starts = arrays.map(({ shape }) => {
    const start = at;
    at += 4 * sizeOf(shape);
    return start;
  });
  return { starts, frame: () => [{ at: 0, bytes: header }] };
}

function npzLayout(path: string, arrays: readonly ArrayShape[]): Layout {
  const headers = arrays.map(({ shape }) => npyHeader(shape));
  const zip = storedZip(
    arrays.map(({ name, shape }, i) => ({
      name: `${name}.npy`,
      size: headers[i]!.length + 4 * sizeOf(shape),
    })),
  );
  if (zip === undefined) {
    throw new UserError(
      `${path} would be larger than the 4 GiB that a zip archive holds; write a .safetensors file instead.`,
    );
  }
  const sums = headers.map((header) => {
    const sum = new Crc32();
    sum.update(header);
    return sum;
  });
  return {
    starts: zip.starts.map((start, i) => start + headers[i]!.length),
    onBytes: (index, bytes) => sums[index]!.update(bytes),
    frame: () => [
      ...headers.map((bytes, i) => ({ at: zip.starts[i]!, bytes })),
      ...zip.frame(sums.map((sum) => sum.value)),
    ],
  };
}

/** Version 1.0, filled up so that the data begins at a multiple of 64 as NumPy has it. */
function npyHeader(shape: readonly number[]): Uint8Array {
  const tuple = shape.length === 1 ? `(${shape[0]},)` : `(${shape.join(', ')})`;
  const text = `{'descr': '<f4', 'fortran_order': False, 'shape': ${tuple}, }`;
  const length = Math.ceil((10 + text.length + 1) / 64) * 64 - 10;
  const bytes = Buffer.alloc(10 + length, ' ');
  bytes.set([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0]);
  bytes.writeUInt16LE(length, 8);
  bytes.write(text, 10, 'latin1');
  bytes[bytes.length - 1] = 0x0a;
  return bytes;
}

async function writeAt(file: FileHandle, bytes: Uint8Array, position: number): Promise<void> {
  for (let done = 0; done < bytes.length; ) {
    const length = Math.min(bytes.length - done, 1 << 30);
    const { bytesWritten } = await file.write(bytes, done, length, position + done);
    done += bytesWritten;
  }
}
