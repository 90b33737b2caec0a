/**
 * Data sets of image files, listed by folders or by a table. Every image is decoded once at opening: broken ones are found
 * before anything is trained, and what was decoded is kept as far as there is room.
 */
import path from 'node:path';
import type { DataSettings } from '../../protocol/dataSettings';
import type { ReportProgress } from '../../protocol/progress';
import { UserError } from '../errors';
import { BrokenImageError } from './brokenImageError';
import { createCachedSplit } from './cachedSplit';
import { checkLabels } from './checkLabels';
import { dataFingerprint } from './dataFingerprint';
import { type Dataset, type Split, type SplitName, splitNames } from './dataset';
import { dealSplits } from './dealSplits';
import { fingerprintOf, type ImageFile, type ListedImages, labelsOf, recordsByFile } from './imageFiles';
import type { FromFile, ImagePool } from './imagePool';
import { inParallel } from './inParallel';
import { outputSize } from './preprocess';
import type { Preprocessing } from './preprocessing';
import { createRecordStore, type RecordStore } from './recordStore';
import { resolveTask } from './task';

export interface FileDatasetOptions extends DataSettings {
  /** Draws the splits that the data does not make itself. */
  readonly seed: number;
  readonly imagePool: ImagePool;
  readonly classifies?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ReportProgress | undefined;
  readonly memoryBytes?: number | undefined;
}

/** The largest part of the images that may be broken. One always may. */
const maxBroken = 0.01;

/** `root`: what the person named. Throws UserError. */
export async function openFileDataset(
  root: string,
  list: () => Promise<ListedImages>,
  preprocessing: Preprocessing,
  options: FileDatasetOptions,
): Promise<Dataset> {
  const { seed, task: asked, imagePool, signal, onProgress, memoryBytes, axis, window } = options;
  const size = outputSize(preprocessing);
  const imageLength = 3 * size.height * size.width;
  onProgress?.({ stage: 'Listing images', done: 0, total: 0 });
  const listed = await list();
  const multiLabel = listed.labelSets !== undefined;
  const task = resolveTask({ place: root, classes: listed.classes.length, multiLabel, asked });
  const images = Object.values(listed.files).flat();
  const store = createRecordStore({
    count: images.length,
    length: imageLength,
    allocate: (n) => new Uint8Array(n),
    memoryBytes,
  });
  try {
    const load = (image: ImageFile, during: AbortSignal | undefined) =>
      imagePool.load(path.resolve(listed.base, image.path), preprocessing, during, {
        slice: image.slice,
        axis,
        window,
      });
    const loadSlices = (records: readonly number[]) =>
      imagePool.loadSlices(
        path.resolve(listed.base, images[records[0]!]!.path),
        records.map((record) => images[record]!.slice),
        preprocessing,
        signal,
        { axis, window },
      );
    const { broken, contents } = await probe(root, images, store, loadSlices, imagePool.size, onProgress);
    const records = dealSplits(listed, broken, seed, options.groupBy);
    const labels: Partial<Record<SplitName, Int32Array>> = {};
    for (const name of splitNames) {
      const of = records[name];
      if (of) labels[name] = labelsOf(listed, images, of);
    }
    if (options.classifies !== false) checkLabels(root, listed.classes, labels, task);
    const splits: Partial<Record<SplitName, Split>> = {};
    for (const name of splitNames) {
      const of = records[name];
      if (!of) continue;
      splits[name] = createCachedSplit({
        count: of.length,
        labels: labels[name]!,
        imageLength,
        store,
        record: (index) => of[index]!,
        make: (indices, accept, during) =>
          inParallel(indices, imagePool.size * 2, async (index) => {
            const image = images[of[index]!]!;
            await accept(index, await loadAgain(listed.base, image, () => load(image, during)));
          }),
      });
    }
    return {
      path: root,
      task,
      classes: listed.classes,
      splits,
      fingerprint: dataFingerprint(fingerprintOf(listed, contents), options),
      skipped: [...broken].map(([record, reason]) => ({ path: images[record]!.path, reason })),
      dispose: () => store.dispose(),
    };
  } catch (error) {
    await store.dispose();
    throw error;
  }
}

/**
 * Decodes all images into `store`. Returns the broken ones with the reason, and the content of the file of every image; throws UserError
 * when too many are broken.
 */
async function probe(
  root: string,
  images: readonly ImageFile[],
  store: RecordStore<Uint8Array>,
  load: (ofOneFile: readonly number[]) => Promise<FromFile<Uint8Array>>,
  parallel: number,
  onProgress: ReportProgress | undefined,
): Promise<{ broken: Map<number, string>; contents: (string | undefined)[] }> {
  const broken = new Map<number, string>();
  const contents: (string | undefined)[] = Array.from({ length: images.length });
  const allowed = Math.max(1, Math.floor(images.length * maxBroken));
  const stride = Math.ceil(images.length / 200);
  let done = 0;
  await inParallel(recordsByFile(images), parallel * 2, async (records) => {
    const { content, slices } = await load(records);
    for (const [i, pixels] of slices.entries()) {
      const record = records[i]!;
      contents[record] = content;
      if (pixels instanceof BrokenImageError) {
        broken.set(record, pixels.message);
        if (broken.size > allowed) throw tooManyBroken(root, images, broken, done + 1);
      } else await store.put(record, pixels);
      done++;
      if (done % stride === 0 || done === images.length)
        onProgress?.({ stage: 'Reading images', done, total: images.length });
    }
  });
  return { broken: new Map([...broken].sort(([a], [b]) => a - b)), contents };
}

function tooManyBroken(
  root: string,
  images: readonly ImageFile[],
  broken: ReadonlyMap<number, string>,
  read: number,
): UserError {
  const named = [...broken].slice(0, 3).map(([record, reason]) => `${images[record]!.path}: ${reason}`);
  return new UserError(
    `${broken.size} of the first ${read} images in ${root} cannot be read, more than 1 % of ${images.length} (${named.join('; ')}): repair or remove them.`,
  );
}

/** An image that was whole at opening but is not any more stops the work: its split has a place for it. */
async function loadAgain(
  root: string,
  image: ImageFile,
  load: () => Promise<Uint8Array>,
): Promise<Uint8Array> {
  try {
    return await load();
  } catch (error) {
    if (!(error instanceof BrokenImageError)) throw error;
    throw new UserError(
      `${path.resolve(root, image.path)} could be read before but not now (${error.message}): leave the data as it is during a run.`,
    );
  }
}
