/** The job of writing the representations of every layer of one model to a file, a few images at a time. */
import path from 'node:path';
import * as z from 'zod';
import { compareSettings } from '../../protocol/compare';
import { dataSettings, dataSettingsOf } from '../../protocol/dataSettings';
import type { RuntimeName } from '../../protocol/runtime';
import { openDataset } from '../data/openDataset';
import { RequestError, UserError } from '../errors';
import { sampleIndices } from '../finetune/sample';
import { type ArrayShape, writeActivations } from '../formats/activationWriter';
import { checkRequest, type JobContext } from '../job';
import { loadCheckpoint } from '../models/checkpoint';
import type { Features } from '../similarity/features';
import { imagesOf } from './images';
import { lazyRuntime } from './lazyRuntime';
import { openModelSource } from './modelSource';
import { namedSide } from './namedSide';
import { logitsName, type Representations } from './source';

const featuresSettings = compareSettings
  .pick({ samples: true, split: true, layers: true, limit: true, seed: true, runtime: true, threads: true })
  .extend(dataSettings)
  .extend({ checkpoint: z.string().min(1), data: z.string().min(1), out: z.string().min(1) });
export type FeaturesRequest = z.input<typeof featuresSettings>;

export interface FeaturesResult {
  readonly out: string;
  readonly checkpoint: string;
  readonly data: string;
  readonly split: string;
  readonly samples: string;
  /** Images. */
  readonly n: number;
  /** In the order of the file. */
  readonly arrays: readonly ArrayShape[];
  readonly runtime: RuntimeName;
  readonly seconds: number;
  readonly notes: readonly string[];
}

const imagesPerRead = 32;

/**
 * Writes one float32 array a layer, `[n, d]` or of tokens `[n, t, d]`, and `logits`, to a `.safetensors` or `.npz` file. Rows are the images in
 * split order, then in that of the data. Throws a UserError, a RequestError where the request itself is wrong.
 */
export async function features(request: FeaturesRequest, context: JobContext): Promise<FeaturesResult> {
  const began = Date.now();
  const { signal, onProgress } = context;
  const settings = readSettings(request, context.workspace);
  const { samples, split, layers, seed, out, data } = settings;
  onProgress?.({ stage: 'Reading the checkpoint and the data', done: 0, total: 0 });
  const checkpoint = await loadCheckpoint(settings.checkpoint, signal);
  const side = await namedSide(settings.checkpoint);
  // The splits of a run's own data are those that it was trained with.
  const own = side.kind === 'run' && side.data === data ? side : undefined;
  const splitSeed = own?.seed ?? seed;
  const reading = { ...own?.reading, ...dataSettingsOf(settings) };
  const dataset = await openDataset(data, checkpoint.preprocessing, {
    ...{ seed: splitSeed, ...reading, classifies: false, signal, onProgress },
  });
  const runtime = lazyRuntime(settings);
  try {
    const images = imagesOf(dataset, split);
    const source = await openModelSource(checkpoint, {
      ...{ path: settings.checkpoint, samples, layers, images, signal },
      tokensOnly: false,
      runtime: runtime.open,
    });
    try {
      const indices = sampleIndices(images.count, settings.limit ?? images.count, seed);
      if (indices.length === 0) {
        throw new UserError(`${data} has no images in the split "${split}": choose another.`);
      }
      const read = (start: number) => source.read(indices.subarray(start, start + imagesPerRead), signal);
      let next: Representations | undefined = await read(0);
      const arrays = shapesOf(source.layers, next, Math.min(imagesPerRead, indices.length), indices.length);
      await writeActivations(out, arrays, async (writer) => {
        for (let start = 0; start < indices.length; start += imagesPerRead) {
          const some: Representations = next ?? (await read(start));
          next = undefined;
          for (const [i, { data: values }] of allOf(some).entries()) {
            await writer.append(i, Float32Array.from(values));
          }
          const done = Math.min(indices.length, start + imagesPerRead);
          onProgress?.({ stage: 'Computing the representations', done, total: indices.length });
        }
      });
      return {
        ...{ out, checkpoint: settings.checkpoint, data, split, samples, n: indices.length, arrays },
        runtime: (await runtime.open()).name,
        seconds: (Date.now() - began) / 1000,
        notes: [...source.notes, ...runtime.fallbacks()],
      };
    } finally {
      await source.dispose();
    }
  } finally {
    await runtime.dispose();
    await dataset.dispose();
  }
}

function readSettings(request: FeaturesRequest, workspace: string) {
  const absolute = (given: string) => path.resolve(workspace, given);
  const { checkpoint, data, out, ...rest } = checkRequest(featuresSettings, request);
  if (!/\.(safetensors|npz)$/i.test(out)) {
    throw new RequestError(`${out} must end with .safetensors or .npz, which says how it is written.`);
  }
  return { ...rest, checkpoint: absolute(checkpoint), data: absolute(data), out: absolute(out) };
}

function allOf({ layers, logits }: Representations): readonly Features[] {
  return logits === undefined ? layers : [...layers, logits];
}

/** From what the first `read` images gave, the shapes that all `n` will have. */
function shapesOf(names: readonly string[], first: Representations, read: number, n: number): ArrayShape[] {
  return allOf(first).map(({ n: rows, d }, i) => ({
    name: names[i] ?? logitsName,
    shape: rows === read ? [n, d] : [n, rows / read, d],
  }));
}
