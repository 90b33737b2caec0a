/** What lies in a safetensors file, or in the shards of an index: the list of its tensors, and what their values are like. */
import type { FileHandle } from 'node:fs/promises';
import path from 'node:path';
import {
  type CheckpointContents,
  longestName,
  mostTensors,
  type TensorStatistics,
} from '../../protocol/checkpointPreview';
import type { ReportProgress } from '../../protocol/progress';
import { UserError } from '../errors';
import { openFile } from '../formats/openFile';
import { readRange } from '../formats/readRange';
import { readSafetensorsHeader } from '../formats/safetensors';
import type { SafetensorsEntry, SafetensorsHeader } from '../formats/safetensorsHeader';
import { readShardIndex } from '../formats/safetensorsShards';
import { statisticsOf, type TensorBytes } from '../formats/tensorStatistics';

/** Read at a time; of whole elements of any dtype. */
const pieceBytes = 4 * 1024 * 1024;
const mostMetadata = 200;

interface OpenFile {
  readonly path: string;
  readonly handle: FileHandle;
  readonly header: SafetensorsHeader;
  readonly bytes: number;
  readonly stamp: string;
}

/** Reads the headers alone. `file`: a .safetensors file, or the index of shards. Throws a UserError. */
export function inspectCheckpoint(file: string): Promise<CheckpointContents> {
  return withFiles(file, async (files) => {
    const entries = files.flatMap(({ header }) => [...header.entries.values()]);
    const metadata = new Map(
      files
        .flatMap(({ header }) => Object.entries(header.metadata))
        .slice(0, mostMetadata)
        .map(([name, value]) => [`${name}\n${value}`, { name: shortened(name), value: shortened(value) }]),
    );
    return {
      bytes: files.reduce((sum, { bytes }) => sum + bytes, 0),
      files: files.length,
      stamp: stampOf(files),
      tensors: entries.slice(0, mostTensors).map(({ name, dtype, shape, start, end }) => ({
        name: shortened(name),
        dtype,
        shape: [...shape],
        bytes: end - start,
      })),
      leftOut: Math.max(0, entries.length - mostTensors),
      metadata: [...metadata.values()],
    };
  });
}

export interface StatisticsQuestion {
  readonly file: string;
  /** Of the contents that `tensors` are places in. */
  readonly stamp: string;
  readonly tensors: readonly number[];
}

/** Statistics over all values of some tensors. Throws a UserError if the file has changed since it was listed. */
export function checkpointStatistics(
  { file, stamp, tensors }: StatisticsQuestion,
  { signal, onProgress }: { readonly signal?: AbortSignal; readonly onProgress?: ReportProgress },
): Promise<TensorStatistics> {
  return withFiles(file, async (files) => {
    if (stampOf(files) !== stamp) throw new UserError(`${file} has changed since it was read: try again.`);
    const places = files.flatMap((from) =>
      [...from.header.entries.values()].map((entry) => ({ from, entry })),
    );
    const chosen = tensors.map((place) => {
      const found = places[place];
      if (!found) throw new UserError(`${file} has no tensor number ${place}.`);
      return found;
    });
    // Read twice: for the figures, and for the histogram between them.
    const total = 2 * chosen.reduce((sum, { entry }) => sum + entry.end - entry.start, 0);
    let done = 0;
    const read = (bytes: number) => {
      signal?.throwIfAborted();
      done += bytes;
      onProgress?.({ stage: 'Reading tensors', done, total });
    };
    return statisticsOf(chosen.map(({ from, entry }) => bytesOf(from, entry, read)));
  });
}

function bytesOf(
  from: OpenFile,
  { dtype, start, end }: SafetensorsEntry,
  read: (bytes: number) => void,
): TensorBytes {
  return {
    dtype,
    async *pieces() {
      for (let at = start; at < end; at += pieceBytes) {
        const bytes = new Uint8Array(Math.min(pieceBytes, end - at));
        await readRange(from.handle, from.path, at, bytes);
        read(bytes.length);
        yield bytes;
      }
    },
  };
}

async function withFiles<Result>(
  file: string,
  work: (files: readonly OpenFile[]) => Promise<Result>,
): Promise<Result> {
  const paths = file.endsWith('.json')
    ? (await readShardIndex(file)).files.map((name) => path.join(path.dirname(file), name))
    : [file];
  const files: OpenFile[] = [];
  try {
    for (const one of paths) files.push(await openWithHeader(one));
    return await work(files);
  } finally {
    for (const { handle } of files) await handle.close();
  }
}

async function openWithHeader(file: string): Promise<OpenFile> {
  const handle = await openFile(file);
  try {
    const { size, mtimeMs } = await handle.stat();
    const header = await readSafetensorsHeader(handle, file);
    return { path: file, handle, header, bytes: size, stamp: `${size} ${mtimeMs}` };
  } catch (error) {
    await handle.close();
    throw error;
  }
}

function stampOf(files: readonly OpenFile[]): string {
  return files.map(({ stamp }) => stamp).join(', ');
}

function shortened(text: string): string {
  return text.length > longestName ? `${text.slice(0, longestName - 1)}…` : text;
}
