/** Threads that decode, resize and crop images, so that the process that computes goes on computing. */
import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import path from 'node:path';
import { Worker } from 'node:worker_threads';
import { BrokenImageError } from './brokenImageError';
import type { ImageJob, ImageReply } from './imageWorker';
import type { Preprocessing } from './preprocessing';

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

interface Task extends ImageJob {
  readonly signal: AbortSignal | undefined;
  readonly resolve: (pixels: Uint8Array) => void;
  readonly reject: (error: unknown) => void;
}

/** Starts up to `size` threads, each when it is first needed. They do not keep the process alive by themselves. */
export function createImagePool(
  size: number = Math.min(4, availableParallelism()),
  startThread: () => Worker = startImageWorker,
): ImagePool {
  const cancellable = new Map<AbortSignal, Set<Task>>();
  const waiting = new Set<Task>();
  const idle: Worker[] = [];
  const busy = new Map<Worker, Task>();
  let disposed = false;

  /** Hands waiting images to threads that have nothing to do. */
  function dispatch(): void {
    for (const task of waiting) {
      const worker = idle.pop() ?? (busy.size < size ? start() : undefined);
      if (!worker) return;
      waiting.delete(task);
      busy.set(worker, task);
      worker.ref();
      worker.postMessage({ path: task.path, preprocessing: task.preprocessing } satisfies ImageJob);
    }
  }

  function start(): Worker {
    const worker = startThread();
    worker.on('message', (reply: ImageReply) => {
      const task = busy.get(worker);
      busy.delete(worker);
      worker.unref();
      idle.push(worker);
      if (task) {
        unwatch(task);
        settle(task, reply);
      }
      dispatch();
    });
    worker.on('error', (error) => lose(worker, error));
    worker.on('exit', (code) => lose(worker, new Error(`exit code ${code}`)));
    return worker;
  }

  /** A thread is gone: what it was working on fails, the others go on. */
  function lose(worker: Worker, cause: unknown): void {
    const task = busy.get(worker);
    busy.delete(worker);
    if (idle.includes(worker)) idle.splice(idle.indexOf(worker), 1);
    if (task) unwatch(task);
    task?.reject(new Error(`The thread that was reading ${task.path} died`, { cause }));
    if (!disposed) dispatch();
  }

  /** One listener a signal, however many images wait on it. */
  function watch(task: Task): void {
    const { signal } = task;
    if (!signal) return;
    const together = cancellable.get(signal);
    if (together) {
      together.add(task);
      return;
    }
    cancellable.set(signal, new Set([task]));
    signal.addEventListener('abort', cancel, { once: true });
  }

  function cancel(this: AbortSignal): void {
    for (const task of cancellable.get(this) ?? []) {
      waiting.delete(task);
      task.reject(this.reason);
    }
    cancellable.delete(this);
  }

  /** The task is over: its signal no longer concerns it. */
  function unwatch(task: Task): void {
    const { signal } = task;
    if (!signal) return;
    const together = cancellable.get(signal);
    if (!together?.delete(task) || together.size > 0) return;
    cancellable.delete(signal);
    signal.removeEventListener('abort', cancel);
  }

  return {
    size,
    load: (path, preprocessing, signal) =>
      new Promise((resolve, reject) => {
        signal?.throwIfAborted();
        if (disposed) throw new Error('The image pool was used after it was disposed of');
        const task = { path, preprocessing, signal, resolve, reject };
        watch(task);
        waiting.add(task);
        dispatch();
      }),
    async dispose() {
      disposed = true;
      for (const task of waiting) {
        unwatch(task);
        task.reject(new Error('The image pool was disposed of'));
      }
      waiting.clear();
      await Promise.all([...idle, ...busy.keys()].map((worker) => worker.terminate()));
    },
  };
}

function settle(task: Task, reply: ImageReply): void {
  if ('pixels' in reply) task.resolve(reply.pixels);
  else if ('broken' in reply) task.reject(new BrokenImageError(reply.broken));
  else task.reject(new Error(`Reading ${task.path} failed: ${reply.failed}`));
}

/** From the bundle beside this file, or, run from source, through the loader of TypeScript that runs this file too. */
function startImageWorker(): Worker {
  const bundled = path.join(__dirname, 'imageWorker.js');
  if (existsSync(bundled)) return new Worker(bundled, { execArgv: [] });
  const source = path.join(__dirname, 'imageWorker.ts');
  const load =
    "const load = require('node:module').createRequire(require('node:worker_threads').workerData);";
  return new Worker(`${load} load('tsx/cjs'); load('./imageWorker.ts');`, {
    eval: true,
    execArgv: [],
    workerData: source,
  });
}
