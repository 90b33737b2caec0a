/**
 * Looks at a whole data set before anything is trained on it: what it holds, what is wrong with it, and what a network would see. Nothing is
 * refused that can still be told of.
 */
import path from 'node:path';
import type { DataSettings } from '../../../protocol/dataSettings';
import type { Inspection, InspectionExample } from '../../../protocol/inspection';
import type { ReportProgress } from '../../../protocol/progress';
import { listCsv } from '../csvFiles';
import { type DataPlace, findData } from '../dataPlace';
import { splitNames } from '../dataset';
import { listFolder } from '../folderFiles';
import { createImagePool, type ImagePool } from '../imagePool';
import { medmnist } from '../medmnist/catalogue';
import { medmnistFile } from '../medmnist/place';
import { outputSize } from '../preprocess';
import type { Preprocessing } from '../preprocessing';
import { preprocessingSteps } from '../preprocessingSteps';
import { findDuplicates } from './duplicates';
import type { Inspected } from './inspected';
import { inspectFiles } from './inspectFiles';
import { inspectNpz } from './inspectNpz';

export interface InspectOptions extends DataSettings {
  /** Draws the splits that the data does not make itself. */
  readonly seed: number;
  /** Whose preprocessing is told. */
  readonly checkpoint?: { readonly place: string; readonly preprocessing: Preprocessing } | undefined;
  /** Examples to show, prepared so. Default: none. */
  readonly examples?: { readonly ofClass: number; readonly preprocessing: Preprocessing } | undefined;
  readonly imagePool?: ImagePool | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ReportProgress | undefined;
}

const maxSkipped = 100;
const commonSizes = 10;

/** `given`: as for `openDataset`. Throws UserError where the data cannot be listed. */
export async function inspectDataset(
  given: string,
  options: InspectOptions,
): Promise<{ readonly inspection: Inspection; readonly examples: readonly InspectionExample[] }> {
  const place = await findData(given);
  const imagePool = options.imagePool ?? createImagePool();
  try {
    const inspected = await inspect(place, { ...options, imagePool });
    try {
      return {
        inspection: tell(place, inspected, options),
        examples: await chooseExamples(inspected, options),
      };
    } finally {
      await inspected.dispose();
    }
  } finally {
    if (!options.imagePool) await imagePool.dispose();
  }
}

function inspect(
  place: DataPlace,
  options: InspectOptions & { readonly imagePool: ImagePool },
): Promise<Inspected> {
  if (place.kind === 'npz') return inspectNpz(place.path, options);
  return inspectFiles(
    place.path,
    () => (place.kind === 'csv' ? listCsv : listFolder)(place.path, options),
    options,
  );
}

function tell(place: DataPlace, inspected: Inspected, { checkpoint }: InspectOptions): Inspection {
  const { images, classes, skipped } = inspected;
  const abouts = images.map(({ about }) => about);
  const named = place.kind === 'npz' ? medmnistFile(path.basename(place.path)) : undefined;
  const set = named && medmnist.find(({ flag }) => flag === named.flag);
  return {
    path: place.path,
    kind: place.kind,
    task: inspected.task,
    classes: [...classes],
    splits: splitNames.flatMap((name) => {
      const of = images.filter(({ split }) => split === name);
      if (of.length === 0) return [];
      const classCounts = classes.map(() => 0);
      for (const image of of) for (const label of image.classes) classCounts[label]!++;
      return [{ name, images: of.length, classCounts, drawn: inspected.drawn.includes(name) }];
    }),
    groups: inspected.groups,
    formats: tally(abouts.map(({ format }) => ({ format }))),
    depths: tally(abouts.map(({ channels, bits }) => ({ channels, bits }))),
    dark: abouts.filter(({ dark }) => dark).length,
    sizes: tellSizes(abouts.map(({ width, height }) => ({ width, height }))),
    skipped: { count: skipped.length, first: skipped.slice(0, maxSkipped) },
    ignored: inspected.ignored,
    duplicates: findDuplicates(images),
    fingerprint: inspected.fingerprint,
    preprocessing: checkpoint
      ? {
          checkpoint: checkpoint.place,
          steps: preprocessingSteps(checkpoint.preprocessing),
          input: outputSize(checkpoint.preprocessing),
        }
      : null,
    medmnist: set ? { name: set.name, license: set.license, classes: [...set.classes] } : null,
  };
}

function tellSizes(all: readonly { width: number; height: number }[]): Inspection['sizes'] {
  const common = tally(all);
  const area = ({ width, height }: { width: number; height: number }) => width * height;
  const none = { width: 0, height: 0 };
  const size = ({ width, height }: { width: number; height: number }) => ({ width, height });
  return {
    smallest: size(
      common.reduce<{ width: number; height: number }>(
        (a, b) => (area(b) < area(a) ? b : a),
        common[0] ?? none,
      ),
    ),
    largest: size(
      common.reduce<{ width: number; height: number }>(
        (a, b) => (area(b) > area(a) ? b : a),
        common[0] ?? none,
      ),
    ),
    different: common.length,
    common: common.slice(0, commonSizes),
  };
}

/** Equal items with their number, most frequent first. */
function tally<T extends object>(items: readonly T[]): (T & { images: number })[] {
  const counts = new Map<string, T & { images: number }>();
  for (const item of items) {
    const key = JSON.stringify(item);
    const counted = counts.get(key);
    if (counted) counted.images++;
    else counts.set(key, { ...item, images: 1 });
  }
  return [...counts.values()].sort((a, b) => b.images - a.images);
}

/** The first images of every class, of the training split before the others. */
async function chooseExamples(
  inspected: Inspected,
  { examples, signal }: InspectOptions,
): Promise<InspectionExample[]> {
  if (!examples) return [];
  const left = inspected.classes.map(() => examples.ofClass);
  const chosen: InspectionExample[] = [];
  for (const [index, { split, place, classes }] of inspected.images.entries()) {
    const wanting = classes.filter((label) => left[label]! > 0);
    if (wanting.length === 0) continue;
    for (const label of wanting) left[label]!--;
    signal?.throwIfAborted();
    const pixels = pixelByPixel(await inspected.load(index, examples.preprocessing));
    chosen.push({
      split,
      path: place,
      classes: [...classes],
      pixels: Buffer.from(pixels).toString('base64'),
    });
  }
  return chosen;
}

/** `[3, h, w]` to `[h, w, 3]`. */
function pixelByPixel(planes: Uint8Array): Uint8Array {
  const plane = planes.length / 3;
  const out = new Uint8Array(planes.length);
  for (let i = 0; i < plane; i++) for (let c = 0; c < 3; c++) out[3 * i + c] = planes[c * plane + i]!;
  return out;
}
