/** Worker threads that do jobs of one kind, so that the process that computes goes on computing. */
import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import path from 'node:path';
import { type Transferable, Worker } from 'node:worker_threads';

export interface ThreadPool<Job, Reply> {
  /** Number of jobs that are worked on at the same time. */
  readonly size: number;
  /**
   * The thread's reply to `job`. `what`: what the job is doing, for an error. Throws the signal's reason when cancelled, and Error
   * when a thread dies.
   */
  run(job: Job, what: string, options?: RunOptions): Promise<Reply>;
  /** Ends the threads; what is under way is rejected. */
  dispose(): Promise<void>;
}

export interface RunOptions {
  readonly signal?: AbortSignal | undefined;
  /** Memory of the job that is handed over instead of copied. */
  readonly transfer?: readonly Transferable[];
}

interface Task<Job, Reply> extends RunOptions {
  readonly job: Job;
  readonly what: string;
  readonly resolve: (reply: Reply) => void;
  readonly reject: (error: unknown) => void;
}

/** Threads of a pool where it is not said otherwise. */
export const defaultThreads = (): number => Math.min(4, availableParallelism());

/**
 * Starts up to `size` threads, each when it is first needed. They do not keep the process alive by themselves. A thread is posted one
 * job at a time and posts one reply.
 */
export function createThreadPool<Job, Reply>(
  size: number,
  startThread: () => Worker,
): ThreadPool<Job, Reply> {
  const cancellable = new Map<AbortSignal, Set<Task<Job, Reply>>>();
  const waiting = new Set<Task<Job, Reply>>();
  const idle: Worker[] = [];
  const busy = new Map<Worker, Task<Job, Reply>>();
  let disposed = false;

  /** Hands waiting jobs to threads that have nothing to do. */
  function dispatch(): void {
    for (const task of waiting) {
      const worker = idle.pop() ?? (busy.size < size ? start() : undefined);
      if (!worker) return;
      waiting.delete(task);
      busy.set(worker, task);
      worker.ref();
      worker.postMessage(task.job, task.transfer ?? []);
    }
  }

  function start(): Worker {
    const worker = startThread();
    worker.on('message', (reply: Reply) => {
      const task = busy.get(worker);
      busy.delete(worker);
      worker.unref();
      idle.push(worker);
      if (task) {
        unwatch(task);
        task.resolve(reply);
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
    task?.reject(new Error(`The thread that was ${task.what} died`, { cause }));
    if (!disposed) dispatch();
  }

  /** One listener a signal, however many jobs wait on it. */
  function watch(task: Task<Job, Reply>): void {
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
  function unwatch(task: Task<Job, Reply>): void {
    const { signal } = task;
    if (!signal) return;
    const together = cancellable.get(signal);
    if (!together?.delete(task) || together.size > 0) return;
    cancellable.delete(signal);
    signal.removeEventListener('abort', cancel);
  }

  return {
    size,
    run: (job, what, options = {}) =>
      new Promise((resolve, reject) => {
        options.signal?.throwIfAborted();
        if (disposed) throw new Error('The threads were used after they were disposed of');
        const task = { job, what, ...options, resolve, reject };
        watch(task);
        waiting.add(task);
        dispatch();
      }),
    async dispose() {
      disposed = true;
      for (const task of waiting) {
        unwatch(task);
        task.reject(new Error('The threads were disposed of'));
      }
      waiting.clear();
      await Promise.all([...idle, ...busy.keys()].map((worker) => worker.terminate()));
    },
  };
}

/**
 * Starts the worker `name`: from its bundle beside this one or, run from source, `folder`/`name`.ts through the loader of TypeScript
 * that runs this file too.
 */
export function startThread(folder: string, name: string): Worker {
  const bundled = path.join(__dirname, `${name}.js`);
  if (existsSync(bundled)) return new Worker(bundled, { execArgv: [] });
  const source = path.join(folder, `${name}.ts`);
  const load =
    'const { createRequire } = require("node:module"), { workerData } = require("node:worker_threads");';
  return new Worker(`${load} const load = createRequire(workerData); load('tsx/cjs'); load(workerData);`, {
    eval: true,
    execArgv: [],
    workerData: source,
  });
}
