/** Threads that decode, resize and crop images. */
import type { Worker } from 'node:worker_threads';
import { BrokenImageError } from './brokenImageError';
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
  load(path: string, preprocessing: Preprocessing, signal?: AbortSignal): Promise<Uint8Array>;
  /** Ends the threads; what is under way is rejected. */
  dispose(): Promise<void>;
}

/** Starts up to `size` threads, each when it is first needed. They do not keep the process alive by themselves. */
export function createImagePool(
  size: number = defaultThreads(),
  start: () => Worker = () => startThread(__dirname, 'imageWorker'),
): ImagePool {
  const threads = createThreadPool<ImageJob, ImageReply>(size, start);
  return {
    size,
    async load(path, preprocessing, signal) {
      const reply = await threads.run({ path, preprocessing }, `reading ${path}`, { signal });
      if ('pixels' in reply) return reply.pixels;
      if ('broken' in reply) throw new BrokenImageError(reply.broken);
      throw new Error(`Reading ${path} failed: ${reply.failed}`);
    },
    dispose: () => threads.dispose(),
  };
}
