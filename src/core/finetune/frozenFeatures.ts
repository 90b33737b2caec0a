/** Features of the frozen network, computed once for every image (and its mirror image) and then kept. */
import type { DeviceTensor, Group, HostTensor } from '../compute/runtime';
import { createRecordStore } from '../data/recordStore';
import type { Network, Wanted } from './network';
import { imagesAt } from './stepInputs';

export interface FrozenFeatures {
  /** Whether the features of all these images are kept already. `keys`: as in `TrainBatch`. */
  has(keys: Int32Array): boolean;
  /**
   * Features of a batch, by layer `[keys.length, d]`; `pixels` are the images `[keys.length, 3, h, w]` themselves, needed where
   * `has` says no.
   */
  of(
    keys: Int32Array,
    pixels: Uint8Array | undefined,
    signal?: AbortSignal,
  ): Promise<Record<string, Float32Array>>;
  dispose(): Promise<void>;
}

/**
 * `count`: images of the training split. `layers`: by name, of which the CLS representation is kept. `keep`: false where an
 * image never comes again the same (crops).
 */
export function createFrozenFeatures(
  network: Network,
  parameters: Group<HostTensor | DeviceTensor>,
  layers: readonly string[],
  count: number,
  keep: boolean,
): FrozenFeatures {
  // Where the values of each layer begin in the record of an image.
  const widths = layers.map((layer) => network.model.widths[layer]!);
  const starts = widths.map((_, l) => widths.slice(0, l).reduce((sum, width) => sum + width, 0));
  const length = widths.reduce((sum, width) => sum + width, 0);
  const wanted = layers.map((name): Wanted => ({ group: 'cls', name }));
  const store = createRecordStore({
    count: keep ? 2 * count : 0,
    length,
    allocate: (values) => new Float32Array(values),
  });

  /** Computes the features of the images at `places` of a batch and keeps them. */
  const compute = async (
    places: readonly number[],
    keys: Int32Array,
    pixels: Uint8Array,
    accept: (place: number, record: Float32Array) => void,
    signal: AbortSignal | undefined,
  ) => {
    const source = { pixels: async (at: ArrayLike<number>) => imagesAt(pixels, keys.length, at) };
    const computed = await network.evaluate(parameters, source, places, wanted, { signal });
    for (const [p, place] of places.entries()) {
      const record = new Float32Array(length);
      computed.forEach(({ data }, l) => {
        const width = widths[l]!;
        record.set(data.subarray(p * width, (p + 1) * width), starts[l]!);
      });
      if (keep) await store.put(keys[place]!, record);
      accept(place, record);
    }
  };

  return {
    has: (keys) => keep && keys.every((key) => store.has(key)),
    async of(keys, pixels, signal) {
      const result = widths.map((width) => new Float32Array(keys.length * width));
      const accept = (place: number, record: Float32Array) => {
        result.forEach((data, l) => {
          const [start, width] = [starts[l]!, widths[l]!];
          data.set(record.subarray(start, start + width), place * width);
        });
      };
      const missing: number[] = [];
      for (let i = 0; i < keys.length; i++) {
        const record = keep ? await store.get(keys[i]!) : undefined;
        if (record === undefined) missing.push(i);
        else accept(i, record);
      }
      if (missing.length > 0) {
        if (pixels === undefined) throw new Error('Images whose features are not kept were not read.');
        await compute(missing, keys, pixels, accept, signal);
      }
      return Object.fromEntries(layers.map((layer, l) => [layer, result[l]!]));
    },
    dispose: () => store.dispose(),
  };
}
