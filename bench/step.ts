/**
 * The training step of a vision transformer: this program beside PyTorch, in alternating bursts of one run.
 *
 *   npx tsx bench/step.ts [--preset reference|vit-s] [--width 192 --depth 4 ... ] [--threads 2] [--runtime onnx-cpu]
 *
 * PyTorch is looked for in $PYTHON, `python3` and `/usr/bin/python3`; without it the times are absolute.
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';
import { readOptions } from './stepConfig';

interface Side {
  readonly name: string;
  readonly child: ChildProcess;
  readonly lines: AsyncIterator<string>;
  readonly times: number[];
  cpuMs: number;
  compileMs: number;
  peakMegabytes: number;
}

interface Burst {
  readonly times: readonly number[];
  readonly loss: number;
  /** CPU time of all threads over the burst. */
  readonly cpuMs: number;
  readonly peakMegabytes: number;
}

async function start(command: string, args: readonly string[]): Promise<Side> {
  const child = spawn(command, args, { stdio: ['pipe', 'pipe', 'inherit'] });
  const lines = createInterface({ input: child.stdout! })[Symbol.asyncIterator]();
  const { ready, compileMs } = await answer<{ ready: string; compileMs: number }>(lines, command);
  return { name: ready, child, lines, times: [], cpuMs: 0, compileMs, peakMegabytes: 0 };
}

async function answer<T>(lines: AsyncIterator<string>, name: string): Promise<T> {
  const { value, done } = await lines.next();
  if (done) throw new Error(`${name} ended before it answered.`);
  return JSON.parse(value) as T;
}

async function burst(side: Side, steps: number): Promise<Burst> {
  side.child.stdin!.write(`${steps}\n`);
  const result = await answer<Burst>(side.lines, side.name);
  side.peakMegabytes = result.peakMegabytes;
  // Idle threads of one side may spin for a moment; the other side should not pay for it.
  await pause(300);
  return result;
}

function findTorch(): string | undefined {
  return [process.env.PYTHON, 'python3', '/usr/bin/python3']
    .filter((python) => python !== undefined)
    .find((python) => spawnSync(python, ['-c', 'import torch'], { stdio: 'ignore' }).status === 0);
}

const median = (times: readonly number[]) => [...times].sort((a, b) => a - b)[Math.floor(times.length / 2)]!;

/** All threads together, spinning included: with --threads 1 it says on a busy machine what time says on an idle one. */
const cpuPerStep = ({ cpuMs, times }: Side) => cpuMs / times.length;

async function main(): Promise<void> {
  const options = process.argv.slice(2);
  const bench = readOptions(options);
  const here = import.meta.dirname ?? __dirname;
  const sides = [
    await start(process.execPath, ['--import', 'tsx', path.join(here, 'stepWorker.ts'), ...options]),
  ];
  const python = findTorch();
  if (python) sides.push(await start(python, [path.join(here, 'step_torch.py'), JSON.stringify(bench)]));
  else console.log('No Python with torch was found: times are absolute.');

  for (const side of sides) await burst(side, 3);
  for (let i = 0; i < bench.bursts; i++)
    for (const side of sides) {
      const { times, cpuMs } = await burst(side, bench.steps);
      side.times.push(...times);
      side.cpuMs += cpuMs;
    }
  for (const side of sides) side.child.stdin!.end();

  const tokens = 1 + (bench.image / bench.patch) ** 2;
  console.log(
    `Training step, ViT width ${bench.width}, ${bench.depth} blocks, ${bench.heads} heads, ${tokens} tokens, batch ${bench.batch}, AdamW${bench.clip > 0 ? `, clipping at ${bench.clip}` : ''}; ${bench.bursts} x ${bench.steps} steps each`,
  );
  for (const side of sides)
    console.log(
      `  ${side.name.padEnd(32)} median ${median(side.times).toFixed(1)} ms, min ${Math.min(...side.times).toFixed(1)} ms, CPU time ${cpuPerStep(side).toFixed(1)} ms, peak memory ${Math.round(side.peakMegabytes)} MB${side.compileMs > 0 ? `, compiled in ${Math.round(side.compileMs)} ms` : ''}`,
    );
  const [ours, torch] = sides;
  if (ours && torch) {
    console.log(
      `  ratio to PyTorch: ${(median(ours.times) / median(torch.times)).toFixed(2)} by median, ${(Math.min(...ours.times) / Math.min(...torch.times)).toFixed(2)} by minimum, ${(cpuPerStep(ours) / cpuPerStep(torch)).toFixed(2)} by CPU time, peak memory ${(ours.peakMegabytes / torch.peakMegabytes).toFixed(2)}`,
    );
    if (/PyTorch [01]\./.test(torch.name))
      console.log('  This PyTorch is older than 2.0: a current one is faster, so the ratio flatters us.');
  }
}

main().catch((error: unknown) => {
  console.error(error);
  process.exit(1);
});
