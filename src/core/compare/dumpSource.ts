/** A dump of activations as one side of a comparison. */
import type { CompareSamples } from '../../protocol/compare';
import { UserError } from '../errors';
import { type ActivationDump, type DumpArray, openActivationDump } from '../formats/activationDump';
import { hashFile } from '../formats/hashFile';
import type { Features } from '../similarity/features';
import { selectLayers } from './layerPatterns';
import { logitsName, type RepresentationSource } from './source';

export interface DumpOptions {
  readonly samples: CompareSamples;
  readonly layers: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Arrays `[n, d]` are taken as they are. Of `[n, t, d]`, whose first token is held to be CLS, `cls` takes the first token, `mean` the mean of
 * the others, and `tokens` all. Throws a UserError for a file that is damaged or holds something else.
 */
export async function openDumpSource(
  path: string,
  { samples, layers, signal }: DumpOptions,
): Promise<RepresentationSource> {
  const dump = await openActivationDump(path);
  try {
    const images = checkShapes(dump);
    const named = dump.arrays.filter(({ name }) => name !== logitsName);
    const selected = new Set(
      selectLayers(
        named.map(({ name }) => name),
        layers,
        path,
      ),
    );
    const chosen = named.filter(({ name }) => selected.has(name));
    const { usable, notes } = samples === 'tokens' ? withTokens(path, chosen) : { usable: chosen, notes: [] };
    const logits = dump.arrays.find(({ name }) => name === logitsName);
    return {
      path,
      fingerprint: await hashFile(path, signal),
      images,
      layers: usable.map(({ name }) => name),
      hasLogits: logits !== undefined,
      notes,
      async read(indices, during) {
        const features: Features[] = [];
        for (const array of usable) features.push(await readFeatures(dump, array, indices, samples, during));
        return {
          layers: features,
          logits: logits && (await readFeatures(dump, logits, indices, samples, during)),
        };
      },
      dispose: () => dump.close(),
    };
  } catch (error) {
    await dump.close();
    throw error;
  }
}

/** The number of images that all arrays have. */
function checkShapes({ path, arrays }: ActivationDump): number {
  const [first] = arrays;
  if (first === undefined || arrays.every(({ name }) => name === logitsName)) {
    throw new UserError(`${path} holds no array of a layer; write one [n, d] array a layer.`);
  }
  for (const { name, shape } of arrays) {
    const ranks = name === logitsName ? [2] : [2, 3];
    if (!ranks.includes(shape.length)) {
      throw new UserError(
        `The array "${name}" of ${path} has the shape [${shape.join(', ')}]; a layer is [n, d], or [n, t, d] with t tokens.`,
      );
    }
    if (shape.includes(0)) {
      throw new UserError(`The array "${name}" of ${path} is empty: its shape is [${shape.join(', ')}].`);
    }
    if (shape[0] !== first.shape[0]) {
      throw new UserError(
        `In ${path} the array "${first.name}" has ${first.shape[0]} rows and "${name}" has ${shape[0]}; every layer needs the same samples.`,
      );
    }
  }
  return first.shape[0]!;
}

/** The arrays that have tokens, all equally many. */
function withTokens(path: string, arrays: readonly DumpArray[]) {
  const usable = arrays.filter(({ shape }) => shape.length === 3);
  const without = arrays.filter(({ shape }) => shape.length !== 3).map(({ name }) => name);
  const [first] = usable;
  if (first === undefined) {
    throw new UserError(`${path} has no array [n, t, d] of tokens: compare with the samples cls.`);
  }
  const other = usable.find(({ shape }) => shape[1] !== first.shape[1]);
  if (other !== undefined) {
    throw new UserError(
      `In ${path} "${first.name}" has ${first.shape[1]} tokens an image and "${other.name}" has ${other.shape[1]}: choose layers that have the same with --layers.`,
    );
  }
  const notes = without.length === 0 ? [] : [`${path}: ${without.join(', ')} left out, having no tokens.`];
  return { usable, notes };
}

async function readFeatures(
  dump: ActivationDump,
  { name, shape }: DumpArray,
  indices: Int32Array,
  samples: CompareSamples,
  signal: AbortSignal | undefined,
): Promise<Features> {
  const d = shape[shape.length - 1]!;
  const t = shape.length === 3 ? shape[1]! : 1;
  let all: Float32Array | Float64Array | undefined;
  // Rows that follow each other are read at once.
  for (let from = 0; from < indices.length; ) {
    signal?.throwIfAborted();
    let count = 1;
    while (from + count < indices.length && indices[from + count] === indices[from]! + count) count++;
    const rows = await dump.readRows(name, indices[from]!, count, signal);
    if (count === indices.length) {
      all = rows;
    } else {
      const length = indices.length * t * d;
      all ??= rows instanceof Float64Array ? new Float64Array(length) : new Float32Array(length);
      all.set(rows, from * t * d);
    }
    from += count;
  }
  const data = all!;
  if (shape.length === 2 || samples === 'tokens') return { n: indices.length * t, d, data };
  return { n: indices.length, d, data: pooled(data, indices.length, t, d, samples) };
}

function pooled(data: Float32Array | Float64Array, n: number, t: number, d: number, how: 'cls' | 'mean') {
  const result = new Float64Array(n * d);
  const from = how === 'cls' || t === 1 ? 0 : 1;
  const to = how === 'cls' ? 1 : t;
  for (let i = 0; i < n; i++) {
    for (let token = from; token < to; token++) {
      const at = (i * t + token) * d;
      for (let j = 0; j < d; j++) result[i * d + j]! += data[at + j]! / (to - from);
    }
  }
  return result;
}
