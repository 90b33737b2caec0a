/**
 * Data sets in the layout of MedMNIST: one .npz with `{train,val,test}_images` and
 * `{train,val,test}_labels`. Rows are read by range as they are needed.
 */
import { openNpz } from '../formats/npz';
import { createCachedSplit } from './cachedSplit';
import { checkLabels } from './checkLabels';
import type { Dataset, Split, SplitName } from './dataset';
import { imageOf } from './npzImages';
import { type NpzOptions, openNpzLayout, readEntries } from './npzLayout';
import { outputSize, preprocess } from './preprocess';
import type { Preprocessing } from './preprocessing';
import { createRecordStore, type RecordStore } from './recordStore';

interface NpzDatasetOptions extends NpzOptions {
  readonly classifies?: boolean | undefined;
  readonly memoryBytes?: number | undefined;
}

export async function openNpzDataset(
  path: string,
  preprocessing: Preprocessing,
  options: NpzDatasetOptions,
): Promise<Dataset> {
  const { signal, memoryBytes } = options;
  const size = outputSize(preprocessing);
  const npz = await openNpz(path);
  let store: RecordStore<Uint8Array> | undefined;
  try {
    const layout = await openNpzLayout(npz, path, options);
    const { task, classes } = layout;
    const labels = Object.fromEntries(layout.splits.map(({ name, labels }) => [name, labels]));
    if (options.classifies !== false) checkLabels(path, classes, labels, task);
    const fingerprint = await layout.fingerprint();
    // A compressed array is inflated, and found damaged if it is, by its first read: now rather than during training.
    for (const { name } of layout.splits) await npz.readRows(`${name}_images`, 0, 1, signal);

    const imageLength = 3 * size.height * size.width;
    const kept = createRecordStore({
      count: layout.splits.reduce((sum, { shape }) => sum + shape.count, 0),
      length: imageLength,
      allocate: (n) => new Uint8Array(n),
      memoryBytes,
    });
    store = kept;
    const splits: Partial<Record<SplitName, Split>> = {};
    let before = 0;
    for (const { name, shape, labels } of layout.splits) {
      const first = before;
      splits[name] = createCachedSplit({
        count: shape.count,
        labels,
        imageLength,
        store: kept,
        record: (index) => first + index,
        make: (indices, accept, during) =>
          readEntries(npz, `${name}_images`, shape, indices, during, (index, entry) =>
            accept(index, preprocess(imageOf(entry, shape, index % shape.slices.length), preprocessing)),
          ),
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
