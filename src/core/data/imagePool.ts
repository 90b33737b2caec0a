/** Threads that decode, resize and crop images. */
import type { Worker } from 'node:worker_threads';
import { BrokenImageError } from './brokenImageError';
import type { DecodeOptions } from './decodedImage';
import type { ImageAbout } from './imageAbout';
import type { ImageJob, ImageReply } from './imageWorker';
import type { Preprocessing } from './preprocessing';
import { createThreadPool, defaultThreads, startThread } from './threadPool';

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
    decode?: DecodeOptions,
  ): Promise<Uint8Array>;
  /** What the file holds. Throws as `load`. */
  describe(path: string, signal?: AbortSignal, decode?: DecodeOptions): Promise<ImageAbout>;
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
  const run = async (job: ImageJob, signal: AbortSignal | undefined) => {
    const reply = await threads.run(job, `reading ${job.path}`, { signal });
    if ('broken' in reply) throw new BrokenImageError(reply.broken);
    if ('failed' in reply) throw new Error(`Reading ${job.path} failed: ${reply.failed}`);
    return reply;
  };
  return {
    size,
    async load(path, preprocessing, signal, decode) {
      const reply = await run({ path, preprocessing, decode }, signal);
      if ('pixels' in reply) return reply.pixels;
      throw new Error(`Reading ${path} gave no pixels`);
    },
    async describe(path, signal, decode) {
      const reply = await run({ path, decode }, signal);
      if ('about' in reply) return reply.about;
      throw new Error(`Reading ${path} gave no description`);
    },
    dispose: () => threads.dispose(),
  };
}
