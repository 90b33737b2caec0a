/**
 * Data sets in the layout of MedMNIST: one .npz with `{train,val,test}_images` (npzImages.ts) and `{train,val,test}_labels` (npzLabels.ts).
 * Rows are read by range as they are needed.
 */
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { DataSettings } from '../../protocol/dataSettings';
import type { ReportProgress } from '../../protocol/progress';
import { UserError } from '../errors';
import { hashFile } from '../formats/hashFile';
import { type Npz, openNpz } from '../formats/npz';
import { createCachedSplit } from './cachedSplit';
import { checkLabels } from './checkLabels';
import { dataFingerprint } from './dataFingerprint';
import { type Dataset, type Split, type SplitName, splitNames } from './dataset';
import { type ImageShape, imageOf, imageShape } from './npzImages';
import { countClasses, type NpzLabels, readNpzLabels } from './npzLabels';
import { outputSize, preprocess } from './preprocess';
import type { Preprocessing } from './preprocessing';
import { createRecordStore, type RecordStore } from './recordStore';
import { resolveTask } from './task';

/** Rows are read in pieces of at most this many bytes. */
const maxReadBytes = 16 * 1024 * 1024;
/** Resizing is done between turns of the event loop, so that a request to cancel is heard. */
const imagesBetweenPauses = 16;

interface NpzOptions extends DataSettings {
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ReportProgress | undefined;
  readonly memoryBytes?: number | undefined;
}

export async function openNpzDataset(
  path: string,
  preprocessing: Preprocessing,
  options: NpzOptions,
): Promise<Dataset> {
  const { task: asked, signal, onProgress, memoryBytes } = options;
  const size = outputSize(preprocessing);
  const npz = await openNpz(path);
  let store: RecordStore<Uint8Array> | undefined;
  try {
    const shapes: Partial<Record<SplitName, ImageShape>> = {};
    const read: Partial<Record<SplitName, NpzLabels>> = {};
    for (const name of splitNames) {
      if (!npz.arrays.has(`${name}_images`) && !npz.arrays.has(`${name}_labels`)) continue;
      shapes[name] = imageShape(npz, path, name, options);
      read[name] = await readNpzLabels(npz, path, name, shapes[name].rows, signal);
      signal?.throwIfAborted();
    }
    const all = Object.values(read);
    if (all.length === 0)
      throw new UserError(
        `${path} has no train_images, val_images or test_images (it has: ${[...npz.arrays.keys()].slice(0, 10).join(', ') || 'nothing'}): give an .npz in MedMNIST layout.`,
      );
    const classes = Array.from({ length: countClasses(path, all) }, (_, label) => String(label));
    const multiLabel = all[0]!.perImage > 1;
    const task = resolveTask({ place: path, classes: classes.length, multiLabel, asked });
    const labels = Object.fromEntries(
      Object.entries(read).map(([name, labels]) => [
        name,
        repeated(labels, shapes[name as SplitName]!.slices.length),
      ]),
    );
    checkLabels(path, classes, labels, task);
    const fingerprint = await hashFile(path, signal, (done, total) =>
      onProgress?.({ stage: 'Reading data', done, total }),
    );
    // A compressed array is inflated, and found damaged if it is, by its first read: now rather than during training.
    for (const name of splitNames) if (shapes[name]) await npz.readRows(`${name}_images`, 0, 1, signal);

    const imageLength = 3 * size.height * size.width;
    const kept = createRecordStore({
      count: Object.values(shapes).reduce((sum, { count }) => sum + count, 0),
      length: imageLength,
      allocate: (n) => new Uint8Array(n),
      memoryBytes,
    });
    store = kept;
    const splits: Partial<Record<SplitName, Split>> = {};
    let before = 0;
    for (const name of splitNames) {
      const shape = shapes[name];
      if (!shape) continue;
      const first = before;
      splits[name] = createCachedSplit({
        count: shape.count,
        labels: labels[name]!,
        imageLength,
        store: kept,
        record: (index) => first + index,
        make: (indices, accept, during) =>
          readImages(npz, `${name}_images`, shape, preprocessing, indices, accept, during),
      });
      before += shape.count;
    }
    return {
      path,
      task,
      classes,
      splits,
      fingerprint: dataFingerprint(fingerprint, options),
      skipped: [],
      async dispose() {
        await kept.dispose();
        await npz.close();
      },
    };
  } catch (error) {
    await store?.dispose();
    await npz.close();
    throw error;
  }
}

/** Each label, or row of labels, once for every slice. */
function repeated({ values, perImage }: NpzLabels, times: number): Int32Array {
  if (times === 1) return values;
  const out = new Int32Array(values.length * times);
  for (let from = 0, to = 0; from < values.length; from += perImage)
    for (let k = 0; k < times; k++, to += perImage) out.set(values.subarray(from, from + perImage), to);
  return out;
}

/** Reads the images `indices` (ascending), neighbours together, and preprocesses them. */
async function readImages(
  npz: Npz,
  name: string,
  shape: ImageShape,
  preprocessing: Preprocessing,
  indices: readonly number[],
  accept: (index: number, pixels: Uint8Array) => Promise<void>,
  signal: AbortSignal | undefined,
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
      const entry = bytes.subarray((rowOf(index) - start) * rowBytes, (rowOf(index) - start + 1) * rowBytes);
      await accept(index, preprocess(imageOf(entry, shape, index % slices.length), preprocessing));
    }
  }
}
