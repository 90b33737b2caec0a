/** The job of comparing two models, layer by layer, from a request to a result. */
import path from 'node:path';
import {
  type CompareRequest,
  type CompareResult,
  type CompareSettings,
  compareResult,
  compareSettings,
} from '../../protocol/compare';
import { RequestError, UserError } from '../errors';
import { sampleIndices } from '../finetune/sample';
import { checkRequest, type JobContext } from '../job';
import { keepResult, keptResult } from '../runs/keptResults';
import type { Measure } from '../similarity/measure';
import { measureById } from '../similarity/measures';
import { runtimeProducts } from '../similarity/streaming/runtimeProducts';
import { comparisonFile } from './comparisonFile';
import { lazyRuntime } from './lazyRuntime';
import { measureLayers } from './measureLayers';
import { type OpenedSides, openSides } from './openSides';

/** Images that are read at once; of tokens, which are many, fewer. */
const imagesPerRead = { cls: 256, mean: 256, tokens: 32 };

/**
 * Throws a UserError for what cannot be compared, a RequestError where the request itself is wrong, and the reason of a cancelled
 * `signal`. The same comparison is computed once: its result is kept by the content of both sides.
 */
export async function compare(request: CompareRequest, context: JobContext): Promise<CompareResult> {
  const began = Date.now();
  const { signal, onProgress, workspace } = context;
  const settings = readSettings(request, workspace);
  const measures = settings.measures.map(measureNamed);
  const runtime = lazyRuntime(settings);
  let sides: OpenedSides | undefined;
  try {
    onProgress?.({ stage: 'Reading what is compared', done: 0, total: 0 });
    sides = await openSides(settings, { runtime: runtime.open, signal, onProgress });
    const { a, b, data, notes } = sides;
    const places = { a: a.path, b: b.path, data: data?.path ?? null };
    const file = comparisonFile(workspace, settings, sides);
    const kept = await keptResult(file, compareResult);
    if (kept !== undefined) return { ...kept, ...places };

    const indices = sampleIndices(a.images, settings.limit ?? a.images, settings.seed);
    if (indices.length === 0) {
      throw new UserError(
        `${data?.path ?? a.path} has no images in the split "${settings.split}": choose another.`,
      );
    }
    const measured = await measureLayers(sides, measures, {
      indices,
      imagesPerRead: imagesPerRead[settings.samples],
      seed: settings.seed,
      compiledProducts: async () => runtimeProducts(await runtime.open()),
      signal,
      onProgress,
    });
    const limited = `on ${indices.length} of ${a.images} images, drawn with seed ${settings.seed}`;
    const result = compareResult.parse({
      ...places,
      split: data === undefined ? null : settings.split,
      n: measured.rows,
      images: indices.length,
      samples: settings.samples,
      seed: settings.seed,
      layersA: [...a.layers],
      layersB: [...b.layers],
      measures: measured.measures,
      runtime: runtime.name() ?? null,
      seconds: (Date.now() - began) / 1000,
      notes: [
        ...notes,
        ...(indices.length < a.images ? [`Compared ${limited}.`] : []),
        ...runtime.fallbacks(),
      ],
    } satisfies CompareResult);
    await keepResult(workspace, file, result);
    return result;
  } finally {
    await sides?.dispose();
    await runtime.dispose();
  }
}

function readSettings(request: CompareRequest, workspace: string): CompareSettings {
  const absolute = (given: string) => path.resolve(workspace, given);
  const { a, b, data, measures, ...rest } = checkRequest(compareSettings, request);
  return {
    ...rest,
    a: absolute(a),
    ...(b !== undefined && { b: absolute(b) }),
    ...(data !== undefined && { data: absolute(data) }),
    measures: [...new Set(measures)],
  };
}

function measureNamed(id: string): Measure {
  try {
    return measureById(id);
  } catch (error) {
    throw error instanceof UserError ? new RequestError(error.message) : error;
  }
}
