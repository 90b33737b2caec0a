/** Features of the frozen network where the runtime keeps its tensors: a step is told which rows are its batch's, and no more. */
import * as tf from '@tensorflow/tfjs-core';
import type { ReportProgress } from '../../protocol/progress';
import { type DeviceTensor, type Group, mapGroup, type Runtime } from '../compute/runtime';
import type { ImageSize } from '../data/augment';
import type { Split } from '../data/dataset';
import type { FrozenFeatures } from './frozenFeatures';

export interface ResidentFeatures {
  /** Features of a batch by layer `[keys.length, d]`, which the caller frees. `keys`: as in `TrainBatch`. */
  of(keys: Int32Array): Promise<Group<DeviceTensor>>;
  dispose(): Promise<void>;
}

export interface ResidentOptions {
  readonly runtime: Runtime;
  /** Where they are kept in ordinary memory; those that are missing are computed. */
  readonly features: FrozenFeatures;
  /** Values of an image, all layers together. */
  readonly length: number;
  readonly split: Split;
  readonly size: ImageSize;
  /** Whether mirror images occur too. */
  readonly mirrored: boolean;
  /** Images in a batch of the step. */
  readonly batch: number;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ReportProgress | undefined;
}

/** Of all layers together; what is more is given to the steps batch by batch. */
const mostBytes = 256 * 2 ** 20;
/** Images that are read and computed at once. */
const chunk = 32;

/** Undefined where there are too many, or where they could not all be kept in ordinary memory. */
export async function createResidentFeatures(
  options: ResidentOptions,
): Promise<ResidentFeatures | undefined> {
  const { runtime, features, length, split, mirrored, batch, signal } = options;
  const rows = (mirrored ? 2 : 1) * split.count;
  if (rows * length * 4 > mostBytes) return undefined;
  const keyStep = mirrored ? 1 : 2;
  const keys = Int32Array.from({ length: rows }, (_, row) => row * keyStep);
  await computeMissing(options, keys);
  if (!features.has(keys)) return undefined;
  const tables = mapGroup(await features.of(keys, undefined, signal), (data) => ({
    ...{ shape: [rows, data.length / rows], dtype: 'float32' as const, data },
  }));
  const program = await runtime.compile(
    (inputs) => ({
      features: mapGroup(inputs.tables!, (table) => tf.gather(table, inputs.batch!.rows as tf.Tensor1D)),
    }),
    { tables, batch: { rows: { shape: [batch], dtype: 'int32' } } },
    { resident: ['features'] },
  );
  const uploaded: Record<string, DeviceTensor> = {};
  const dispose = async () => {
    for (const table of Object.values(uploaded)) table.dispose();
    await program.dispose();
  };
  try {
    for (const [layer, table] of Object.entries(tables)) uploaded[layer] = runtime.upload(table);
  } catch (error) {
    await dispose();
    throw error;
  }
  return {
    async of(wanted) {
      const places = wanted.map((key) => key / keyStep);
      const outputs = await program.run({
        tables: uploaded,
        batch: { rows: { shape: [batch], dtype: 'int32', data: places } },
      });
      return outputs.features!;
    },
    dispose,
  };
}

async function computeMissing(
  { features, split, size, signal, onProgress }: ResidentOptions,
  keys: Int32Array,
): Promise<void> {
  const missing = keys.filter((key) => !features.has(Int32Array.of(key)));
  for (let done = 0; done < missing.length; done += chunk) {
    signal?.throwIfAborted();
    onProgress?.({ stage: 'Computing the representations', done, total: missing.length });
    const some = missing.subarray(done, done + chunk);
    const pixels = await split.pixels(
      some.map((key) => key >> 1),
      signal,
    );
    await features.of(some, mirroredWhereOdd(pixels, some, size), signal);
  }
}

/** A copy of the images, those of odd keys left to right: as `augment` mirrors them. */
function mirroredWhereOdd(pixels: Uint8Array, keys: Int32Array, { height, width }: ImageSize): Uint8Array {
  const images = pixels.slice();
  const length = 3 * height * width;
  for (const [i, key] of keys.entries()) {
    if (key % 2 === 0) continue;
    for (let row = i * length; row < (i + 1) * length; row += width)
      images.subarray(row, row + width).reverse();
  }
  return images;
}
