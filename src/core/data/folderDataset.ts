/**
 * Data sets in folders of class folders. Every image is decoded once at opening: broken ones are found before anything is
 * trained, and what was decoded is kept as far as there is room.
 */
import { createHash } from 'node:crypto';
import path from 'node:path';
import type { ReportProgress } from '../../protocol/progress';
import type { Task } from '../../protocol/tasks';
import { UserError } from '../errors';
import { BrokenImageError } from './brokenImageError';
import { createCachedSplit } from './cachedSplit';
import { checkLabels } from './checkLabels';
import { type Dataset, type Split, type SplitName, splitNames } from './dataset';
import { type FolderFiles, type ImageFile, listFolder } from './folderFiles';
import type { ImagePool } from './imagePool';
import { inParallel } from './inParallel';
import { outputSize } from './preprocess';
import type { Preprocessing } from './preprocessing';
import { createRecordStore, type RecordStore } from './recordStore';
import { stratify } from './stratify';
import { resolveTask } from './task';

export interface FolderOptions {
  /** Draws the splits that the folder does not make itself. */
  readonly seed: number;
  readonly task?: Task | undefined;
  readonly imagePool: ImagePool;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ReportProgress | undefined;
  readonly memoryBytes?: number | undefined;
}

/** The largest part of the images that may be broken. One always may. */
const maxBroken = 0.01;

export async function openFolderDataset(
  root: string,
  preprocessing: Preprocessing,
  { seed, task, imagePool, signal, onProgress, memoryBytes }: FolderOptions,
): Promise<Dataset> {
  const size = outputSize(preprocessing);
  const imageLength = 3 * size.height * size.width;
  onProgress?.({ stage: 'Listing images', done: 0, total: 0 });
  const listed = await listFolder(root, signal);
  const images = Object.values(listed.files).flat();
  const store = createRecordStore({
    count: images.length,
    length: imageLength,
    allocate: (n) => new Uint8Array(n),
    memoryBytes,
  });
  try {
    const load = (image: ImageFile, during: AbortSignal | undefined) =>
      imagePool.load(path.join(root, image.path), preprocessing, during);
    const broken = await probe(root, images, store, load, imagePool.size, signal, onProgress);
    const records = dealSplits(listed, broken, seed);
    const labels: Partial<Record<SplitName, Int32Array>> = {};
    for (const name of splitNames) {
      const of = records[name];
      if (of) labels[name] = Int32Array.from(of, (record) => images[record]!.label);
    }
    checkLabels(root, listed.classes, labels);
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
            await accept(index, await loadAgain(root, image, () => load(image, during)));
          }),
      });
    }
    return {
      path: root,
      task: resolveTask({ place: root, classes: listed.classes.length, multiLabel: false, asked: task }),
      classes: listed.classes,
      splits,
      fingerprint: fingerprint(listed),
      skipped: [...broken].map(([record, reason]) => ({ path: images[record]!.path, reason })),
      dispose: () => store.dispose(),
    };
  } catch (error) {
    await store.dispose();
    throw error;
  }
}

/** Decodes all images into `store`. Returns the broken ones with the reason; throws UserError when there are too many. */
async function probe(
  root: string,
  images: readonly ImageFile[],
  store: RecordStore<Uint8Array>,
  load: (image: ImageFile, signal: AbortSignal | undefined) => Promise<Uint8Array>,
  parallel: number,
  signal: AbortSignal | undefined,
  onProgress: ReportProgress | undefined,
): Promise<Map<number, string>> {
  const broken = new Map<number, string>();
  const allowed = Math.max(1, Math.floor(images.length * maxBroken));
  const stride = Math.ceil(images.length / 200);
  let done = 0;
  await inParallel(images.keys(), parallel * 2, async (record) => {
    try {
      await store.put(record, await load(images[record]!, signal));
    } catch (error) {
      if (!(error instanceof BrokenImageError)) throw error;
      broken.set(record, error.message);
      if (broken.size > allowed) throw tooManyBroken(root, images, broken, done + 1);
    }
    done++;
    if (done % stride === 0 || done === images.length)
      onProgress?.({ stage: 'Reading images', done, total: images.length });
  });
  return new Map([...broken].sort(([a], [b]) => a - b));
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
      `${path.join(root, image.path)} could be read before but not now (${error.message}): leave the data as it is during a run.`,
    );
  }
}

/**
 * Records of every split, ascending. Without split folders 70 % train, 10 % val, 20 % test; with train and test only,
 * val is 10 % of train; both seeded and with the proportions of the classes.
 */
function dealSplits(
  { files }: FolderFiles,
  broken: ReadonlyMap<number, string>,
  seed: number,
): Partial<Record<SplitName, readonly number[]>> {
  const records: Partial<Record<SplitName | 'all', number[]>> = {};
  const labels: number[] = [];
  for (const [name, images] of Object.entries(files)) {
    const of: number[] = [];
    for (const { label } of images) {
      if (!broken.has(labels.length)) of.push(labels.length);
      labels.push(label);
    }
    records[name as SplitName | 'all'] = of;
  }
  const deal = (of: readonly number[], proportions: readonly number[]) =>
    stratify(
      of.map((record) => labels[record]!),
      proportions,
      seed,
    ).map((part) => part.map((i) => of[i]!));
  const { all, train, val, test } = records;
  if (all) {
    const [ofTrain, ofTest, ofVal] = deal(all, [0.7, 0.2, 0.1]);
    return withoutEmpty({ train: ofTrain!, val: ofVal!, test: ofTest! });
  }
  if (train && test && !val) {
    const [ofTrain, ofVal] = deal(train, [0.9, 0.1]);
    return { ...withoutEmpty({ train: ofTrain!, val: ofVal! }), test };
  }
  return { ...(train && { train }), ...(val && { val }), ...(test && { test }) };
}

/** Too few images for a drawn split: the data does not have it. */
function withoutEmpty(records: Partial<Record<SplitName, readonly number[]>>): typeof records {
  return Object.fromEntries(Object.entries(records).filter(([, of]) => of.length > 0));
}

/** Over the relative path, size and label of every image that is listed, broken or not. */
function fingerprint({ classes, files }: FolderFiles): string {
  const hash = createHash('sha256');
  for (const part of Object.values(files))
    for (const { path, size, label } of part) hash.update(`${path}\0${size}\0${classes[label]}\n`);
  return hash.digest('hex');
}
