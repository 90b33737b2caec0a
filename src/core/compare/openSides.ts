/** Opens what a person named as the two sides of a comparison, and the images that both see. */
import type { CompareSettings } from '../../protocol/compare';
import { type DataSettings, dataSettingsOf } from '../../protocol/dataSettings';
import type { ReportProgress } from '../../protocol/progress';
import type { Runtime } from '../compute/runtime';
import type { Dataset } from '../data/dataset';
import { openDataset } from '../data/openDataset';
import { RequestError, UserError } from '../errors';
import { loadCheckpoint } from '../models/checkpoint';
import { openDumpSource } from './dumpSource';
import { imagesOf } from './images';
import { openModelSource } from './modelSource';
import { type NamedSide, namedSide } from './namedSide';
import type { RepresentationSource } from './source';

export interface OpenContext {
  readonly runtime: () => Promise<Runtime>;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ReportProgress | undefined;
}

export interface OpenedSides {
  readonly a: RepresentationSource;
  readonly b: RepresentationSource;
  /** Path and content of the images; undefined where both sides are dumps. */
  readonly data: { readonly path: string; readonly fingerprint: string; readonly seed: number } | undefined;
  /** Folder of the run that one side is. */
  readonly run: string | undefined;
  readonly notes: readonly string[];
  dispose(): Promise<void>;
}

/** Paths of `settings` are absolute. Throws a UserError, a RequestError where something was not named. */
export async function openSides(settings: CompareSettings, context: OpenContext): Promise<OpenedSides> {
  const first = await namedSide(settings.a);
  const second = settings.b === undefined ? pretrainedOf(first) : await namedSide(settings.b);
  const sides = { a: first, b: second };
  const models = [first, second].filter(({ kind }) => kind !== 'dump');
  const images = models.length === 0 ? undefined : dataOf(settings, [first, second]);
  const opened: { dispose(): Promise<void> }[] = [];
  const dispose = async () => {
    for (const one of opened.reverse()) await one.dispose();
  };
  /** Data sets by the preprocessing that they were opened with. */
  const datasets = new Map<string, Dataset>();
  const open = async ({ kind, path: place }: NamedSide): Promise<RepresentationSource> => {
    const { samples, layers } = settings;
    const { signal } = context;
    if (kind === 'dump') return openDumpSource(place, { samples, layers, signal });
    const checkpoint = await loadCheckpoint(place, signal);
    const key = JSON.stringify(checkpoint.preprocessing);
    let dataset = datasets.get(key);
    if (dataset === undefined) {
      dataset = await openDataset(images!.path, checkpoint.preprocessing, {
        ...context,
        ...images!.reading,
        seed: images!.seed,
        classifies: false,
      });
      opened.push(dataset);
      datasets.set(key, dataset);
    }
    return openModelSource(checkpoint, {
      ...{ path: place, samples, layers, tokensOnly: true, signal },
      images: imagesOf(dataset, settings.split),
      runtime: context.runtime,
    });
  };
  try {
    const a = await open(sides.a);
    opened.push(a);
    const b = await open(sides.b);
    opened.push(b);
    checkPaired(a, b);
    const [dataset] = datasets.values();
    const skipped = dataset?.skipped.length ?? 0;
    return {
      a,
      b,
      data: images && { path: images.path, seed: images.seed, fingerprint: dataset!.fingerprint },
      run: [first, second].find(({ kind }) => kind === 'run')?.path,
      notes: [
        ...new Set([...a.notes, ...b.notes]),
        ...(skipped > 0 ? [`${skipped} images of ${images!.path} could not be read and are left out.`] : []),
        ...(models.length === 0 && settings.data !== undefined
          ? [`${settings.data} is not used: both sides are dumps.`]
          : []),
      ],
      dispose,
    };
  } catch (error) {
    await dispose();
    throw error;
  }
}

function pretrainedOf(first: NamedSide): NamedSide {
  if (first.kind === 'run') return { kind: 'checkpoint', path: first.pretrained };
  throw new RequestError(
    `Name what ${first.path} is to be compared with; only a run has a start to compare with.`,
  );
}

/** The data that were named, else those of the runs, split as the run split them. */
function dataOf(
  settings: CompareSettings,
  sides: readonly NamedSide[],
): { path: string; seed: number; reading: DataSettings } {
  const runs = sides.flatMap((side) => (side.kind === 'run' ? [side] : []));
  if (settings.data !== undefined) {
    const own = runs.find(({ data }) => data === settings.data);
    const reading = { ...own?.reading, ...dataSettingsOf(settings) };
    return { path: settings.data, seed: own?.seed ?? settings.seed, reading };
  }
  const [run, other] = runs;
  if (run === undefined) {
    throw new RequestError(
      'Name the images that the models are compared on with --data; only dumps need none.',
    );
  }
  if (other !== undefined && other.data !== run.data) {
    throw new RequestError(
      `The two runs have different data (${run.data} and ${other.data}): name the images to compare on with --data.`,
    );
  }
  return { path: run.data, seed: run.seed, reading: { ...run.reading, ...dataSettingsOf(settings) } };
}

function checkPaired(a: RepresentationSource, b: RepresentationSource): void {
  if (a.images === b.images) return;
  throw new UserError(
    `${a.path} has ${a.images} samples and ${b.path} has ${b.images}; compare representations of the same samples.`,
  );
}
