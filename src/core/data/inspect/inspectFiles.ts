/** Looks at every file of a folder or a table; what is broken is told, however much it is. */
import path from 'node:path';
import type { ReportProgress } from '../../../protocol/progress';
import { BrokenImageError } from '../brokenImageError';
import { dataFingerprint } from '../dataFingerprint';
import { type SplitName, splitNames } from '../dataset';
import { dealSplits } from '../dealSplits';
import type { FileDatasetOptions } from '../fileDataset';
import type { ImageAbout } from '../imageAbout';
import { fingerprintOf, type ImageFile, type ListedImages, recordsByFile } from '../imageFiles';
import type { FromFile } from '../imagePool';
import { inParallel } from '../inParallel';
import { resolveTask } from '../task';
import type { Inspected, InspectedImage } from './inspected';

export async function inspectFiles(
  root: string,
  list: () => Promise<ListedImages>,
  options: FileDatasetOptions,
): Promise<Inspected> {
  const { imagePool, signal, onProgress, axis, window } = options;
  onProgress?.({ stage: 'Listing images', done: 0, total: 0 });
  const listed = await list();
  const { classes, labelSets } = listed;
  const task = resolveTask({
    ...{ place: root, classes: classes.length, multiLabel: labelSets !== undefined, asked: options.task },
  });
  const files = Object.values(listed.files).flat();
  const absolute = ({ path: file }: ImageFile) => path.resolve(listed.base, file);
  const { abouts, broken, contents } = await describeAll(
    files,
    signal,
    onProgress,
    imagePool.size,
    (ofOneFile) =>
      imagePool.describeSlices(
        absolute(ofOneFile[0]!),
        ofOneFile.map(({ slice }) => slice),
        signal,
        { axis, window },
      ),
  );
  const records = dealSplits(listed, broken, options.seed, options.groupBy);
  const ofImages: ImageFile[] = [];
  const images: InspectedImage[] = [];
  for (const split of splitNames) {
    for (const record of records[split] ?? []) {
      const file = files[record]!;
      ofImages.push(file);
      images.push({
        split,
        place: file.slice ? `${file.path} slice ${file.slice.index + 1} of ${file.slice.of}` : file.path,
        classes: labelSets
          ? [...labelSets[file.label]!.entries()].flatMap(([i, on]) => (on ? [i] : []))
          : [file.label],
        about: abouts.get(record)!,
      });
    }
  }
  const groups = new Set(files.map(({ group }) => group).filter((group) => group !== undefined));
  return {
    task,
    classes,
    images,
    drawn: (Object.keys(records) as SplitName[]).filter((name) => !listed.files[name]),
    groups: groups.size > 0 ? { by: options.groupBy ?? null, count: groups.size } : null,
    skipped: [...broken].map(([record, reason]) => ({ path: files[record]!.path, reason })),
    ignored: listed.ignored,
    fingerprint: dataFingerprint(fingerprintOf(listed, contents), options),
    load: (index, preprocessing) => {
      const file = ofImages[index]!;
      return imagePool.load(absolute(file), preprocessing, signal, { slice: file.slice, axis, window });
    },
    dispose: async () => {},
  };
}

async function describeAll(
  files: readonly ImageFile[],
  signal: AbortSignal | undefined,
  onProgress: ReportProgress | undefined,
  parallel: number,
  describe: (ofOneFile: readonly ImageFile[]) => Promise<FromFile<ImageAbout>>,
) {
  const abouts = new Map<number, ImageAbout>();
  const broken = new Map<number, string>();
  const contents: (string | undefined)[] = Array.from({ length: files.length });
  let done = 0;
  await inParallel(recordsByFile(files), parallel * 2, async (records) => {
    signal?.throwIfAborted();
    const { content, slices } = await describe(records.map((record) => files[record]!));
    for (const [i, about] of slices.entries()) {
      contents[records[i]!] = content;
      if (about instanceof BrokenImageError) broken.set(records[i]!, about.message);
      else abouts.set(records[i]!, about);
      if (++done % 50 === 0 || done === files.length)
        onProgress?.({ stage: 'Reading images', done, total: files.length });
    }
  });
  return { abouts, broken: new Map([...broken].sort(([a], [b]) => a - b)), contents };
}
