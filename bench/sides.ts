/** Two programs that do the same work in alternating bursts, so that whatever the machine does meets both. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';
import type { VitBench } from './vitConfig';

export interface Side {
  readonly name: string;
  readonly child: ChildProcess;
  readonly lines: AsyncIterator<string>;
  readonly times: number[];
  cpuMs: number;
  readonly compileMs: number;
  peakMegabytes: number;
  loss: number;
}

interface Burst {
  readonly times: readonly number[];
  readonly loss: number;
  /** CPU time of all threads over the burst. */
  readonly cpuMs: number;
  /** Of the process; with CUDA what PyTorch has allocated on the device. */
  readonly peakMegabytes: number;
}

/** Starts a program that says it is ready, and answers every line of its stdin with a burst. It ends with `signal`. */
export async function start(command: string, args: readonly string[], signal?: AbortSignal): Promise<Side> {
  const child = spawn(command, args, {
    stdio: ['pipe', 'pipe', 'inherit'],
    ...(signal && { signal, killSignal: 'SIGKILL' }),
  });
  // Its answer, which does not come, tells that it could not be started or was ended.
  child.on('error', () => undefined);
  child.stdin!.on('error', () => undefined);
  const lines = createInterface({ input: child.stdout! })[Symbol.asyncIterator]();
  const { ready, compileMs } = await answer<{ ready: string; compileMs: number }>(lines, command);
  return { name: ready, child, lines, times: [], cpuMs: 0, compileMs, peakMegabytes: 0, loss: Number.NaN };
}

async function answer<T>(lines: AsyncIterator<string>, name: string): Promise<T> {
  const { value, done } = await lines.next();
  if (done) throw new Error(`${name} ended before it answered.`);
  return JSON.parse(value) as T;
}

/** This program, in a process of its own. Bundled (bench/gpu/pack.mjs) it stands beside the caller as JavaScript. */
export function startOurs(bench: VitBench, signal?: AbortSignal): Promise<Side> {
  const bundled = __filename.endsWith('.js');
  const worker = path.join(__dirname, bundled ? 'vitWorker.js' : 'vitWorker.ts');
  const options = Object.entries(bench).flatMap(([name, value]) => [`--${name}`, String(value)]);
  return start(process.execPath, [...(bundled ? [] : ['--import', 'tsx']), worker, ...options], signal);
}

export function startTorch(python: string, bench: VitBench, signal?: AbortSignal): Promise<Side> {
  return start(python, [path.join(__dirname, 'vit_torch.py'), JSON.stringify(bench)], signal);
}

/** A Python that imports torch: $PYTHON, `python3` or `/usr/bin/python3`. */
export function findTorch(): string | undefined {
  return [process.env.PYTHON, 'python3', '/usr/bin/python3']
    .filter((python) => python !== undefined)
    .find((python) => spawnSync(python, ['-c', 'import torch'], { stdio: 'ignore' }).status === 0);
}

async function burst(side: Side, runs: number): Promise<Burst> {
  side.child.stdin!.write(`${runs}\n`);
  const result = await answer<Burst>(side.lines, side.name);
  side.peakMegabytes = Math.max(side.peakMegabytes, result.peakMegabytes);
  side.loss = result.loss;
  // Idle threads of one side may spin for a moment; the other side should not pay for it.
  await pause(300);
  return result;
}

/** Warms every side up, then lets them work in turns, and ends them. A side that fails is left out from then on if `onFailure` is told, else it throws. */
export async function alternate(
  sides: readonly Side[],
  bursts: number,
  runs: number,
  onFailure?: (side: Side, error: unknown) => void,
): Promise<void> {
  const failed = new Set<Side>();
  const turn = async (side: Side, count: number): Promise<Burst | undefined> => {
    if (failed.has(side)) return undefined;
    try {
      return await burst(side, count);
    } catch (error) {
      if (!onFailure) throw error;
      failed.add(side);
      onFailure(side, error);
      return undefined;
    }
  };
  for (const side of sides) await turn(side, 3);
  for (let i = 0; i < bursts; i++)
    for (const side of sides) {
      const done = await turn(side, runs);
      side.times.push(...(done?.times ?? []));
      side.cpuMs += done?.cpuMs ?? 0;
    }
  for (const side of sides) side.child.stdin!.end();
}

export const median = (times: readonly number[]) =>
  [...times].sort((a, b) => a - b)[Math.floor(times.length / 2)]!;
