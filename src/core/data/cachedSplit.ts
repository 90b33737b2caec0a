/** A split whose images are made once, on demand, and then come from a cache that all splits of a data set share. */
import type { Split } from './dataset';
import type { RecordStore } from './recordStore';

export interface CachedSplitOptions {
  /** Number of images. */
  readonly count: number;
  /** As in `Split`. */
  readonly labels: Int32Array;
  /** Values of one image: 3 * height * width. */
  readonly imageLength: number;
  readonly store: RecordStore<Uint8Array>;
  /** Record of image `index` of this split in `store`. */
  readonly record: (index: number) => number;
  /** Makes the images at `indices` (ascending, each once) and hands over each as soon as it is there. */
  readonly make: (
    indices: readonly number[],
    accept: (index: number, pixels: Uint8Array) => Promise<void>,
    signal: AbortSignal | undefined,
  ) => Promise<void>;
}

export function createCachedSplit({
  count,
  labels,
  imageLength,
  store,
  record,
  make,
}: CachedSplitOptions): Split {
  return {
    count,
    labels,
    async pixels(indices, signal) {
      signal?.throwIfAborted();
      const out = new Uint8Array(indices.length * imageLength);
      /** Places in `out` of every image that has yet to be made. */
      const missing = new Map<number, number[]>();
      for (let i = 0; i < indices.length; i++) {
        const index = indices[i]!;
        if (!Number.isInteger(index) || index < 0 || index >= count)
          throw new RangeError(`Image ${index} is not one of the ${count} of this split`);
        const kept = await store.get(record(index));
        if (kept) out.set(kept, i * imageLength);
        else missing.set(index, [...(missing.get(index) ?? []), i]);
      }
      signal?.throwIfAborted();
      if (missing.size > 0) {
        const accept = async (index: number, pixels: Uint8Array) => {
          for (const i of missing.get(index)!) out.set(pixels, i * imageLength);
          await store.put(record(index), pixels);
        };
        await make(
          [...missing.keys()].sort((a, b) => a - b),
          accept,
          signal,
        );
        signal?.throwIfAborted();
      }
      return out;
    },
  };
}
