/** The zip archive of torch.save: data.pkl, and a file of bytes for every storage. */
import type { FileHandle } from 'node:fs/promises';
import { UserError } from '../errors';
import { fileBytes } from './byteSource';
import { unpickle } from './pickle';
import { readRange } from './readRange';
import { stateDictOf } from './stateDict';
import type { TorchContents } from './torchFile';
import { torchWorld } from './torchPickle';
import { listZip, type ZipEntry } from './zip';

/** The pickle of a network of 10 000 tensors takes 2 MB. */
const maximumPickleBytes = 256 * 1024 * 1024;

/** `magic`: the first bytes of the file. Throws a UserError if it is no such archive. */
export async function readTorchZip(
  handle: FileHandle,
  file: string,
  magic: Uint8Array,
): Promise<TorchContents> {
  if (!(magic[0] === 0x50 && magic[1] === 0x4b)) {
    throw new UserError(
      `${file} is no file of torch.save: it is neither a zip archive nor a pickle with PyTorch's mark. Save it with torch.save(model.state_dict(), ...) or as safetensors.`,
    );
  }
  const entries = new Map((await listZip(handle, file)).map((entry) => [entry.name, entry] as const));
  const pickle = [...entries.values()].find(({ name }) => /^(?:[^/]+\/)?data\.pkl$/.test(name));
  if (pickle === undefined) {
    throw new UserError(
      `${file} is a zip archive without data.pkl, so no file of torch.save. Save it with torch.save(model.state_dict(), ...).`,
    );
  }
  const folder = pickle.name.slice(0, -'data.pkl'.length);
  const order = entries.get(`${folder}byteorder`);
  if (order !== undefined && latin(await contentOf(handle, file, order, 16)) !== 'little') {
    throw new UserError(
      `${file} was written on a big-endian machine, which is not read. Save it on another one.`,
    );
  }
  const world = torchWorld(file);
  const { value } = unpickle(await contentOf(handle, file, pickle, maximumPickleBytes), world);
  return {
    stateDict: stateDictOf(value, file),
    storage({ key }) {
      const entry = entries.get(`${folder}data/${key}`);
      if (entry === undefined) {
        throw new UserError(`${file} has no storage ${key}: it is damaged. Download or save it again.`);
      }
      checkStored(file, entry);
      return { source: fileBytes(handle, file, entry.start), bytes: entry.size };
    },
  };
}

/** torch.save packs nothing; an archive that was packed again is refused rather than held in memory whole. */
function checkStored(file: string, entry: ZipEntry): void {
  if (!entry.deflated && entry.size === entry.compressedSize) return;
  throw new UserError(`${entry.name} of ${file} is compressed, which torch.save does not do. Save it again.`);
}

async function contentOf(
  handle: FileHandle,
  file: string,
  entry: ZipEntry,
  maximum: number,
): Promise<Uint8Array> {
  checkStored(file, entry);
  if (entry.size > maximum) {
    throw new UserError(
      `${entry.name} of ${file} has ${entry.size} bytes, more than the ${maximum} that are read. Save the state dict alone, torch.save(model.state_dict(), ...).`,
    );
  }
  const bytes = new Uint8Array(entry.size);
  await readRange(handle, file, entry.start, bytes);
  return bytes;
}

function latin(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('latin1');
}
