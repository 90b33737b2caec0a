/**
 * Debiased linear CKA of all pairs of layers of two models: the streaming form beside PyTorch with Gram matrices a pair.
 *
 *   npx tsx bench/similarity.ts [--layers 13] [--n 10000] [--d 768] [--threads 2] [--pairs 2] [--runtime onnx-cpu] [--device cpu] [--json]
 *
 * PyTorch does `--pairs` of the pairs, and its time for all is reckoned from these (0: without PyTorch): all 169 would take the better part of an hour. It is
 * looked for in $PYTHON, `python3` and `/usr/bin/python3`. With `--json` each side is a line of its own instead, as soon as it is known.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { openFeaturePass } from '../src/core/compare/featurePass';
import { blockRows } from '../src/core/compare/rowBlocks';
import { openRuntime } from '../src/core/compute/open';
import { createRandom } from '../src/core/random';
import { ckaDebiased } from '../src/core/similarity/cka';
import type { Features } from '../src/core/similarity/features';
import { runtimeProducts } from '../src/core/similarity/streaming/runtimeProducts';
import type { RuntimeName } from '../src/protocol/runtime';
import { findTorch } from './sides';

const option = (name: string, value: string): [string, { type: 'string'; default: string }] => [
  name,
  { type: 'string', default: value },
];
/** A side as `--json` prints it: the time for all pairs. */
export interface SimilaritySide {
  readonly who: string;
  readonly seconds: number;
  readonly layers: number;
  readonly n: number;
  readonly d: number;
  /** The largest difference from our values. */
  readonly difference?: number;
}

const json = process.argv.includes('--json');
const { values: given } = parseArgs({
  args: process.argv.slice(2).filter((argument) => argument !== '--json'),
  options: Object.fromEntries([
    option('layers', '13'),
    option('n', '10000'),
    option('d', '768'),
    option('threads', '2'),
    option('pairs', '2'),
    // Of PyTorch: "cpu" or "cuda".
    option('device', 'cpu'),
    option('runtime', 'onnx-cpu'),
  ]),
});
const [layers, n, d, threads, pairs] = ['layers', 'n', 'd', 'threads', 'pairs'].map((name) =>
  Number(given[name]),
);

/** One block of a layer: noise around a signal of 8 directions that all layers share. Cheap to draw, the same every time. */
function block(layer: number, start: number, count: number): Features {
  const random = createRandom(layer, start);
  const data = new Float32Array(count * d!);
  for (let i = 0; i < count; i++) {
    const signal = createRandom(1000, start + i);
    const shared = Array.from({ length: 8 }, () => signal.next() - 0.5);
    for (let j = 0; j < d!; j++) data[i * d! + j] = 2 * shared[(j + layer) % 8]! + random.next() - 0.5;
  }
  return { n: count, d: d!, data };
}

async function main(): Promise<void> {
  const names = (side: string) => Array.from({ length: layers! }, (_, l) => `${side}.${l}`);
  const runtime = await openRuntime(given.runtime as RuntimeName, { threads: threads! });
  let seconds = 0;
  const timed = async <T>(work: () => Promise<T>): Promise<T> => {
    const began = performance.now();
    const result = await work();
    seconds += (performance.now() - began) / 1000;
    return result;
  };
  const before = process.cpuUsage();
  let drawing = 0;
  const blocks = Array.from({ length: Math.ceil(n! / blockRows) }, (_, b) => b * blockRows);
  const drawn = (start: number) => {
    const from = process.cpuUsage();
    const count = Math.min(blockRows, n! - start);
    const side = (first: number) => Array.from({ length: layers! }, (_, l) => block(first + l, start, count));
    const both = { a: side(0), b: side(layers!) };
    const { user, system } = process.cpuUsage(from);
    drawing += (user + system) / 1e6;
    return both;
  };
  let first: ReturnType<typeof drawn> | undefined = drawn(0);
  const pass = await timed(() =>
    openFeaturePass([ckaDebiased], { a: names('a'), b: names('b') }, n!, first!, {
      seed: 0,
      compiledProducts: async () => runtimeProducts(runtime),
    }),
  );
  for (const start of blocks) {
    const both = first ?? drawn(start);
    first = undefined;
    await timed(() => pass.add(start, both));
  }
  const found = await timed(() => pass.finish());
  const { user, system } = process.cpuUsage(before);
  const cpu = (user + system) / 1e6 - drawing;
  const megabytes = Math.round(process.resourceUsage().maxRSS / 1024);
  await runtime.dispose();
  if (json) tell({ who: `RepSim, ${runtime.name}, ${runtime.device}`, seconds });
  else
    console.log(
      `Debiased linear CKA, ${layers} x ${layers} layers, n = ${n}, d = ${d}, ${threads} threads\n` +
        `  RepSim, ${runtime.name}: ${seconds.toFixed(1)} s, CPU time ${cpu.toFixed(1)} s, peak memory ${megabytes} MB`,
    );
  comparePyTorch(seconds, cpu, found['cka-debiased']!.matrix);
}

function tell(side: Pick<SimilaritySide, 'who' | 'seconds' | 'difference'>): void {
  console.log(JSON.stringify({ ...side, layers: layers!, n: n!, d: d! } satisfies SimilaritySide));
}

function comparePyTorch(seconds: number, cpu: number, matrix: readonly (readonly (number | null)[])[]): void {
  if (pairs === 0) return;
  const python = findTorch();
  if (python === undefined) {
    if (!json) console.log('  No Python with torch was found.');
    return;
  }
  const folder = mkdtempSync(path.join(tmpdir(), 'repsim-bench-'));
  try {
    // Layer 0 of A, then as many layers of B as there are pairs.
    const file = path.join(folder, 'layers');
    const whole = [0, ...Array.from({ length: pairs! }, (_, p) => layers! + p)].map((layer) => {
      const values = new Float32Array(n! * d!);
      for (let start = 0; start < n!; start += blockRows) {
        values.set(block(layer, start, Math.min(blockRows, n! - start)).data, start * d!);
      }
      return Buffer.from(values.buffer);
    });
    writeFileSync(file, Buffer.concat(whole));
    const options = JSON.stringify({ threads, n, d, pairs, file, device: given.device });
    const { stdout, stderr, status } = spawnSync(
      python,
      [path.join(__dirname, 'similarity_torch.py'), options],
      { encoding: 'utf8' },
    );
    if (status !== 0) throw new Error(stderr);
    const torch = JSON.parse(stdout) as {
      version: string;
      seconds: number[];
      cpu: number[];
      values: number[];
    };
    const perPair = Math.min(...torch.seconds);
    const cpuPerPair = Math.min(...torch.cpu);
    const count = layers! * layers!;
    const differences = torch.values.map((value, p) => Math.abs(value - matrix[0]![p]!));
    if (json) {
      const who = `PyTorch ${torch.version}, ${given.device}, reckoned from ${pairs} pairs`;
      tell({ who, seconds: count * perPair, difference: Math.max(...differences) });
      return;
    }
    console.log(
      `  PyTorch ${torch.version}: ${perPair.toFixed(1)} s a pair, CPU time ${cpuPerPair.toFixed(1)} s (the least of ${pairs}); for all ${count}: ${(count * perPair).toFixed(0)} s, CPU time ${(count * cpuPerPair).toFixed(0)} s\n` +
        `  ratio: ${((count * perPair) / seconds).toFixed(1)} by time, ${((count * cpuPerPair) / cpu).toFixed(1)} by CPU time; largest difference of a value ${Math.max(...differences).toExponential(1)}, of ${torch.values.map((value) => value.toFixed(4)).join(', ')}`,
    );
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

main().catch((error: unknown) => {
  console.error(error);
  process.exit(1);
});
