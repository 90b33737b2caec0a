/** Threads that decode, resize and crop images. */
import type { Worker } from 'node:worker_threads';
import { BrokenImageError } from './brokenImageError';
import type { DecodeOptions, SliceChoice } from './decodedImage';
import type { ImageAbout } from './imageAbout';
import type { ImageJob, ImageReply, SliceReply } from './imageWorker';
import type { Preprocessing } from './preprocessing';
import { createThreadPool, defaultThreads, startThread } from './threadPool';

type Slices = ImageJob['slices'];

export interface FromFile<T> {
  /** SHA-256 of the file; undefined where it cannot be opened. */
  readonly content: string | undefined;
  /** One for each that was asked for; BrokenImageError in the place of a bad one. */
  readonly slices: readonly (T | BrokenImageError)[];
}

export interface ImagePool {
  /** Number of images that are worked on at the same time. */
  readonly size: number;
  /**
   * The image as `preprocess` gives it, `[3, height, width]`. Throws BrokenImageError for a bad image, the signal's reason
   * when cancelled, and Error when a thread dies.
   */
  load(
    path: string,
    preprocessing: Preprocessing,
    signal?: AbortSignal,
    decode?: DecodeOptions & { readonly slice?: SliceChoice | undefined },
  ): Promise<Uint8Array>;
  /** As `load`, several slices of a file that is read and unpacked once. */
  loadSlices(
    path: string,
    slices: Slices,
    preprocessing: Preprocessing,
    signal?: AbortSignal,
    decode?: DecodeOptions,
  ): Promise<FromFile<Uint8Array>>;
  /** What the slices hold; else as `loadSlices`. */
  describeSlices(
    path: string,
    slices: Slices,
    signal?: AbortSignal,
    decode?: DecodeOptions,
  ): Promise<FromFile<ImageAbout>>;
  /** Ends the threads; what is under way is rejected. */
  dispose(): Promise<void>;
}

/** A thread waits while the library decodes on one of its own: two for every core keep it busy, a quarter more images a second. */
export const threadsOfCore = 2;

/** Starts up to `size` threads, each when it is first needed. They do not keep the process alive by themselves. */
export function createImagePool(
  size: number = threadsOfCore * defaultThreads(),
  start: () => Worker = () => startThread(__dirname, 'imageWorker'),
): ImagePool {
  const threads = createThreadPool<ImageJob, ImageReply>(size, start);
  const run = async <T>(
    job: ImageJob,
    signal: AbortSignal | undefined,
    take: (reply: SliceReply) => T | undefined,
  ): Promise<FromFile<T>> => {
    const { content, slices } = await threads.run(job, `reading ${job.path}`, { signal });
    const taken = slices.map((reply) => {
      if ('broken' in reply) return new BrokenImageError(reply.broken);
      const wanted = take(reply);
      if (wanted !== undefined) return wanted;
      throw new Error(`Reading ${job.path} failed: ${'failed' in reply ? reply.failed : 'another reply'}`);
    });
    return { content, slices: taken };
  };
  const loadSlices: ImagePool['loadSlices'] = (path, slices, preprocessing, signal, decode = {}) =>
    run({ path, slices, preprocessing, decode }, signal, (reply) =>
      'pixels' in reply ? reply.pixels : undefined,
    );
  return {
    size,
    async load(path, preprocessing, signal, { slice, ...decode } = {}) {
      const { slices } = await loadSlices(path, [slice], preprocessing, signal, decode);
      const [pixels] = slices;
      if (pixels instanceof Uint8Array) return pixels;
      throw pixels;
    },
    loadSlices,
    describeSlices: (path, slices, signal, decode = {}) =>
      run({ path, slices, decode }, signal, (reply) => ('about' in reply ? reply.about : undefined)),
    dispose: () => threads.dispose(),
  };
}
