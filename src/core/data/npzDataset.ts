/**
 * Data sets in the layout of MedMNIST: one .npz with `{train,val,test}_images`, uint8 `[n, h, w]`, `[n, h, w, 1]` or
 * `[n, h, w, 3]`, and `{train,val,test}_labels`, integers: the class, `[n]` or `[n, 1]`, or 0 and 1 for each of several labels,
 * `[n, labels]`. Rows are read by range as they are needed.
 */
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { ReportProgress } from '../../protocol/progress';
import type { Task } from '../../protocol/tasks';
import { UserError } from '../errors';
import { hashFile } from '../formats/hashFile';
import { type Npz, openNpz } from '../formats/npz';
import { createCachedSplit } from './cachedSplit';
import { checkLabels } from './checkLabels';
import { type Dataset, type Split, type SplitName, splitNames } from './dataset';
import { countClasses, type NpzLabels, readNpzLabels } from './npzLabels';
import { outputSize, preprocess } from './preprocess';
import type { Preprocessing } from './preprocessing';
import { createRecordStore, type RecordStore } from './recordStore';
import { resolveTask } from './task';

/** Rows are read in pieces of at most this many bytes. */
const maxReadBytes = 16 * 1024 * 1024;
/** Resizing is done between turns of the event loop, so that a request to cancel is heard. */
const imagesBetweenPauses = 16;

interface NpzOptions {
  readonly task?: Task | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ReportProgress | undefined;
  readonly memoryBytes?: number | undefined;
}

export async function openNpzDataset(
  path: string,
  preprocessing: Preprocessing,
  { task: asked, signal, onProgress, memoryBytes }: NpzOptions,
): Promise<Dataset> {
  const size = outputSize(preprocessing);
  const npz = await openNpz(path);
  let store: RecordStore<Uint8Array> | undefined;
  try {
    const shapes: Partial<Record<SplitName, ImageShape>> = {};
    const read: Partial<Record<SplitName, NpzLabels>> = {};
    for (const name of splitNames) {
      if (!npz.arrays.has(`${name}_images`) && !npz.arrays.has(`${name}_labels`)) continue;
      shapes[name] = imageShape(npz, path, name);
      read[name] = await readNpzLabels(npz, path, name, shapes[name].count, signal);
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
    const labels = Object.fromEntries(Object.entries(read).map(([name, { values }]) => [name, values]));
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
      fingerprint,
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

interface ImageShape {
  readonly count: number;
  readonly height: number;
  readonly width: number;
  readonly channels: 1 | 3;
}

function imageShape(npz: Npz, path: string, split: SplitName): ImageShape {
  const name = `${split}_images`;
  const array = npz.arrays.get(name);
  if (!array) throw new UserError(`${path} has ${split}_labels but no ${name}: add the images.`);
  const [count, height, width, channels] = array.shape;
  const shape = `${name} in ${path} is ${array.dtype} [${array.shape.join(', ')}]`;
  if (array.dtype !== 'uint8')
    throw new UserError(`${shape}: images must be uint8, 0 to 255; convert them before saving.`);
  if (!(array.shape.length === 3 || (array.shape.length === 4 && (channels === 1 || channels === 3))))
    throw new UserError(
      `${shape}: images must be [n, h, w], [n, h, w, 1] or [n, h, w, 3]; volumes and other layouts cannot be read.`,
    );
  if (!(height! > 0 && width! > 0)) throw new UserError(`${shape}: its images have no pixels.`);
  return { count: count!, height: height!, width: width!, channels: channels === 3 ? 3 : 1 };
}

/** Reads the rows `indices` (ascending), neighbours together, and preprocesses them. */
async function readImages(
  npz: Npz,
  name: string,
  shape: ImageShape,
  preprocessing: Preprocessing,
  indices: readonly number[],
  accept: (index: number, pixels: Uint8Array) => Promise<void>,
  signal: AbortSignal | undefined,
): Promise<void> {
  const { height, width, channels } = shape;
  const rowBytes = height * width * channels;
  const maxRows = Math.max(1, Math.floor(maxReadBytes / rowBytes));
  for (let i = 0; i < indices.length; ) {
    const start = indices[i]!;
    let count = 1;
    while (count < maxRows && indices[i + count] === start + count) count++;
    const rows = await npz.readRows(name, start, count, signal);
    const bytes = new Uint8Array(rows.buffer, rows.byteOffset, rows.byteLength);
    for (let k = 0; k < count; k++) {
      if (k % imagesBetweenPauses === 0) await nextTurn();
      signal?.throwIfAborted();
      const data = bytes.subarray(k * rowBytes, (k + 1) * rowBytes);
      await accept(start + k, preprocess({ height, width, channels, data }, preprocessing));
    }
    i += count;
  }
}
