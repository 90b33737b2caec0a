/**
 * Reads the tensors of a file of torch.save: the zip archive of PyTorch 1.6 and later, and the bare pickles before it. No
 * code of the file is run (see pickle.ts), and its sizes are checked before anything is allocated by them.
 */
import type { FileHandle } from 'node:fs/promises';
import path from 'node:path';
import { sizeOf } from '../compute/runtime';
import { UserError } from '../errors';
import type { ByteSource } from './byteSource';
import { openFile } from './openFile';
import { readRange } from './readRange';
import { elementBytes } from './safetensorsHeader';
import type { StateDict } from './stateDict';
import { byteLengthOf, type TensorEntry, TensorSource } from './tensorSource';
import { isLegacyTorch, readLegacyTorch } from './torchLegacy';
import type { TorchStorage, TorchTensor } from './torchPickle';
import { readTorchZip } from './torchZip';

/** Tied weights are stored once and loaded as often as they are named: a few times the file, not more. */
const maximumSharing = 4;

/** Finds the bytes of the file's storages. */
export interface TorchContents {
  readonly stateDict: StateDict;
  /** Bytes of a storage, and how many there are. Throws a UserError if the file has none of that name. */
  storage(storage: TorchStorage): { readonly source: ByteSource; readonly bytes: number };
}

/** Throws a UserError if the file cannot be opened, is damaged, or holds anything that is no tensor. */
export async function openTorchFile(file: string): Promise<TensorSource> {
  const handle = await openFile(file);
  try {
    const { size } = await handle.stat();
    const magic = new Uint8Array(Math.min(size, 16));
    await readRange(handle, file, 0, magic);
    const contents = isLegacyTorch(magic)
      ? await readLegacyTorch(handle, file, size)
      : await readTorchZip(handle, file, magic);
    return new TorchFile(file, handle, contents, size);
  } catch (error) {
    await handle.close();
    throw error;
  }
}

class TorchFile extends TensorSource {
  readonly entries: ReadonlyMap<string, TensorEntry>;
  override readonly notes: readonly string[];
  private readonly gathered = new Map<string, { bytes: Promise<Uint8Array>; left: number }>();

  constructor(
    readonly path: string,
    private readonly handle: FileHandle,
    private readonly contents: TorchContents,
    size: number,
  ) {
    super();
    const { tensors, notes } = contents.stateDict;
    for (const [name, tensor] of tensors) this.check(name, tensor);
    this.checkShared([...tensors.values()], size);
    this.notes = notes;
    this.entries = new Map(
      [...tensors].map(([name, { dtype, shape }]) => [name, { name, dtype, shape }] as const),
    );
  }

  get files(): readonly string[] {
    return [path.resolve(this.path)];
  }

  async readBytes(name: string, target: Uint8Array, start = 0): Promise<void> {
    const entry = this.entryOf(name);
    const tensor = this.contents.stateDict.tensors.get(name)!;
    if (start + target.length > byteLengthOf(entry)) {
      throw new Error(`${name} has ${byteLengthOf(entry)} bytes, not ${target.length} from ${start} on`);
    }
    if (isContiguous(tensor)) {
      const { source } = this.contents.storage(tensor.storage);
      await source.read(tensor.offset * elementBytes[tensor.dtype] + start, target);
      return;
    }
    // Read once however many pieces are asked for, and let go with the last.
    const held = this.gathered.get(name) ?? { bytes: this.gather(tensor), left: byteLengthOf(entry) };
    this.gathered.set(name, held);
    target.set((await held.bytes).subarray(start, start + target.length));
    held.left -= target.length;
    if (held.left <= 0) this.gathered.delete(name);
  }

  close(): Promise<void> {
    return this.handle.close();
  }

  /** The values of a tensor whose strides are not those of row-major order, put into that order. */
  private async gather({ storage, dtype, offset, shape, strides }: TorchTensor): Promise<Uint8Array> {
    const width = elementBytes[dtype];
    const span = new Uint8Array(spanOf(shape, strides) * width);
    await this.contents.storage(storage).source.read(offset * width, span);
    const out = new Uint8Array(sizeOf(shape) * width);
    const index = shape.map(() => 0);
    let from = 0;
    for (let at = 0; at < out.length; at += width) {
      for (let k = 0; k < width; k++) out[at + k] = span[from * width + k]!;
      for (let axis = shape.length - 1; axis >= 0; axis--) {
        from += strides[axis]!;
        if (++index[axis]! < shape[axis]!) break;
        from -= shape[axis]! * strides[axis]!;
        index[axis] = 0;
      }
    }
    return out;
  }

  /** Throws a UserError if tensors that share their storages would take far more memory than the file has bytes. */
  private checkShared(tensors: readonly TorchTensor[], size: number): void {
    const bytes = tensors.reduce((sum, tensor) => sum + byteLengthOf(tensor), 0);
    if (bytes > maximumSharing * size) {
      throw new UserError(
        `The tensors of ${this.path} share their values so much that its ${size} bytes become ${bytes}: save copies of them.`,
      );
    }
  }

  /** Throws a UserError unless every value of the tensor lies in its storage, which the file has. */
  private check(name: string, tensor: TorchTensor): void {
    const { storage, dtype, offset, shape, strides } = tensor;
    const values = shape.reduce((product, extent) => product * extent, 1);
    const shown = name.length > 100 ? `${name.slice(0, 100)}…` : name;
    const { bytes } = this.contents.storage(storage);
    const room = Math.floor(bytes / elementBytes[dtype]);
    if (!(values <= room && offset + spanOf(shape, strides) <= room)) {
      throw new UserError(
        `Tensor ${shown} of ${this.path} has shape [${shape}], but its storage holds ${room} values. The file is damaged or cut off, or the tensor is an expanded one: save it again, contiguous.`,
      );
    }
  }
}

/** Elements from the first to the last one of the tensor. */
function spanOf(shape: readonly number[], strides: readonly number[]): number {
  if (shape.includes(0)) return 0;
  return shape.reduce((span, extent, axis) => span + (extent - 1) * strides[axis]!, 1);
}

function isContiguous({ shape, strides }: TorchTensor): boolean {
  let expected = 1;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    if (shape[axis] === 1) continue;
    if (strides[axis] !== expected) return shape.includes(0);
    expected *= shape[axis]!;
  }
  return true;
}
