/** What an .npz in MedMNIST layout holds, and its entries one after the other, without preprocessing. */
import { basename } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { DataSettings } from '../../protocol/dataSettings';
import type { ReportProgress } from '../../protocol/progress';
import type { Task } from '../../protocol/tasks';
import { UserError } from '../errors';
import { hashFile } from '../formats/hashFile';
import type { Npz } from '../formats/npz';
import { dataFingerprint } from './dataFingerprint';
import { type SplitName, splitNames } from './dataset';
import { medmnist } from './medmnist/catalogue';
import { medmnistFile } from './medmnist/place';
import { type ImageShape, imageShape } from './npzImages';
import { countClasses, type NpzLabels, readNpzLabels } from './npzLabels';
import { resolveTask } from './task';

/** Rows are read in pieces of at most this many bytes. */
const maxReadBytes = 16 * 1024 * 1024;
/** What is done to images is done between turns of the event loop, so that a request to cancel is heard. */
const imagesBetweenPauses = 16;

export interface NpzOptions extends DataSettings {
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ReportProgress | undefined;
}

export interface NpzLayout {
  readonly task: Task;
  readonly classes: readonly string[];
  /** In split order; labels as in `Split`. */
  readonly splits: readonly {
    readonly name: SplitName;
    readonly shape: ImageShape;
    readonly labels: Int32Array;
  }[];
  /** Over all bytes of the file. */
  fingerprint(): Promise<string>;
}

/** Throws UserError, one sentence, for arrays that are missing or of another layout. */
export async function openNpzLayout(npz: Npz, path: string, options: NpzOptions): Promise<NpzLayout> {
  const { task: asked, signal, onProgress } = options;
  const found: { name: SplitName; shape: ImageShape; labels: NpzLabels }[] = [];
  for (const name of splitNames) {
    if (!npz.arrays.has(`${name}_images`) && !npz.arrays.has(`${name}_labels`)) continue;
    const shape = imageShape(npz, path, name, options);
    found.push({ name, shape, labels: await readNpzLabels(npz, path, name, shape.rows, signal) });
    signal?.throwIfAborted();
  }
  if (found.length === 0)
    throw new UserError(
      `${path} has no train_images, val_images or test_images (it has: ${[...npz.arrays.keys()].slice(0, 10).join(', ') || 'nothing'}): give an .npz in MedMNIST layout.`,
    );
  const all = found.map(({ labels }) => labels);
  const classes = classNames(path, countClasses(path, all));
  const multiLabel = all[0]!.perImage > 1;
  return {
    task: resolveTask({ place: path, classes: classes.length, multiLabel, asked }),
    classes,
    splits: found.map(({ name, shape, labels }) => ({
      ...{ name, shape, labels: repeated(labels, shape.slices.length) },
    })),
    async fingerprint() {
      const report = (done: number, total: number) => onProgress?.({ stage: 'Reading data', done, total });
      return dataFingerprint(await hashFile(path, signal, report), options);
    },
  };
}

/** Numbers, which is all that an array tells, or the names of the classes of a set of MedMNIST, known by its file name. */
function classNames(path: string, count: number): readonly string[] {
  const named = medmnistFile(basename(path));
  const set = named && medmnist.find(({ flag }) => flag === named.flag);
  return set?.classes.length === count
    ? set.classes
    : Array.from({ length: count }, (_, label) => String(label));
}

/** Each label, or row of labels, once for every slice. */
function repeated({ values, perImage }: NpzLabels, times: number): Int32Array {
  if (times === 1) return values;
  const out = new Int32Array(values.length * times);
  for (let from = 0, to = 0; from < values.length; from += perImage)
    for (let k = 0; k < times; k++, to += perImage) out.set(values.subarray(from, from + perImage), to);
  return out;
}

/** Hands over the entry that each image of `indices` (ascending) is in; neighbours are read together. */
export async function readEntries(
  npz: Npz,
  name: string,
  shape: ImageShape,
  indices: readonly number[],
  signal: AbortSignal | undefined,
  accept: (index: number, entry: Uint8Array) => Promise<void>,
): Promise<void> {
  const { rowBytes, slices } = shape;
  const maxRows = Math.max(1, Math.floor(maxReadBytes / rowBytes));
  const rowOf = (index: number) => Math.floor(index / slices.length);
  for (let i = 0, done = 0; i < indices.length; ) {
    const start = rowOf(indices[i]!);
    let end = i + 1;
    while (end < indices.length && rowOf(indices[end]!) <= rowOf(indices[end - 1]!) + 1) {
      if (rowOf(indices[end]!) - start >= maxRows) break;
      end++;
    }
    const rows = await npz.readRows(name, start, rowOf(indices[end - 1]!) - start + 1, signal);
    const bytes = new Uint8Array(rows.buffer, rows.byteOffset, rows.byteLength);
    for (; i < end; i++) {
      if (done++ % imagesBetweenPauses === 0) await nextTurn();
      signal?.throwIfAborted();
      const index = indices[i]!;
      const from = (rowOf(index) - start) * rowBytes;
      await accept(index, bytes.subarray(from, from + rowBytes));
    }
  }
}
