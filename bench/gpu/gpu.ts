/**
 * What a GPU gives: training step, forward pass and landscape point of ViT-Ti/S/B at 224, and the CKA of 13 x 13 layers, beside
 * PyTorch on the same card in the same run, as images a second and as a share of the products that the card was seen to do.
 *
 *   npx tsx bench/gpu/gpu.ts [--runtime onnx-webgpu] [--device cuda] [--presets vit-ti,vit-s,vit-b] [--batch 128,64,32] [--side 4096]
 *
 * `bench/gpu/pack.mjs` makes one archive of it for a machine without Node and without a network.
 */
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { parseArgs } from 'node:util';
import type { RuntimeName } from '../../src/protocol/runtime';
import { alternate, findTorch, median, type Side, startOurs, startTorch } from '../sides';
import { operations, readOptions, type VitBench, type Work } from '../vitConfig';

const { values: given } = parseArgs({
  options: {
    runtime: { type: 'string', default: 'onnx-webgpu' },
    device: { type: 'string', default: 'cuda' },
    presets: { type: 'string', default: 'vit-ti,vit-s,vit-b' },
    batch: { type: 'string', default: '128,64,32' },
    side: { type: 'string', default: '4096' },
    bursts: { type: 'string', default: '3' },
    steps: { type: 'string', default: '10' },
    threads: { type: 'string', default: '2' },
  },
});

/** With CUDA also PyTorch's rounded products: what a person gets who has not asked for float32 strictly. */
const devices = given.device === 'cuda' ? ['cuda', 'cuda-tf32'] : [given.device];

/** Memory in use on the first card, MB; undefined without NVIDIA's tool. */
function cardMegabytes(): number | undefined {
  const { stdout, status } = spawnSync(
    'nvidia-smi',
    ['--id=0', '--query-gpu=memory.used', '--format=csv,noheader,nounits'],
    { encoding: 'utf8' },
  );
  return status === 0 ? Number(stdout) : undefined;
}

interface Measured {
  readonly side: Side;
  readonly milliseconds: number;
  /** What it holds of the card: measured around its start; of PyTorch, its own count. */
  readonly megabytes: number | undefined;
}

/** The work on every side, in alternating bursts. */
async function measure(bench: VitBench, python: string | undefined): Promise<Measured[]> {
  const before = cardMegabytes();
  const ours = await startOurs(bench);
  ours.child.stdin!.write('1\n');
  await ours.lines.next();
  const after = cardMegabytes();
  const sides = [ours];
  for (const device of python ? devices : []) sides.push(await startTorch(python!, { ...bench, device }));
  await alternate(sides, bench.bursts, bench.steps);
  return sides.map((side, i) => ({
    side,
    milliseconds: median(side.times),
    megabytes:
      i > 0 ? side.peakMegabytes : before === undefined ? undefined : Math.max(0, (after ?? before) - before),
  }));
}

function benchOf(work: Work, preset: string, batch: string | undefined): VitBench {
  const { runtime, side, bursts, steps, threads } = given;
  return {
    ...readOptions([
      ...['--work', work, '--preset', preset, '--side', side, '--bursts', bursts, '--steps', steps],
      ...(batch === undefined ? [] : ['--batch', batch]),
      ...['--threads', threads],
    ]),
    runtime: runtime as RuntimeName,
    device: devices[0]!,
  };
}

function row(name: string, { side, milliseconds, megabytes }: Measured, bench: VitBench, ceiling: number) {
  const rate = operations(bench) / milliseconds / 1e6;
  return {
    what: name,
    who: side.name,
    'median ms': milliseconds.toFixed(2),
    'least ms': Math.min(...side.times).toFixed(2),
    'images/s': bench.work === 'product' ? '' : ((1000 * bench.batch) / milliseconds).toFixed(0),
    'GFLOP/s': rate.toFixed(0),
    'of the ceiling': `${((100 * rate) / ceiling).toFixed(0)} %`,
    MB: megabytes === undefined ? '' : megabytes.toFixed(0),
  };
}

async function main(): Promise<void> {
  const python = findTorch();
  if (!python) console.log('No Python with torch was found: there is nothing to compare with.');
  const presets = given.presets.split(',');
  const batches = given.batch.split(',');
  const rows: ReturnType<typeof row>[] = [];

  const product = benchOf('product', presets[0]!, undefined);
  const products = await measure(product, python);
  // Strict float32, whoever is faster: TF32 is another arithmetic.
  const strict = products.filter((_, i) => i < 2).map(({ milliseconds }) => milliseconds);
  const ceiling = operations(product) / Math.min(...strict) / 1e6;
  for (const one of products) rows.push(row(`product of ${product.side}`, one, product, ceiling));

  for (const [i, preset] of presets.entries()) {
    for (const work of ['step', 'forward', 'point'] as const) {
      const bench = benchOf(work, preset, batches[i]);
      const measured = await measure(bench, python);
      const name = `${preset} ${work}, batch ${bench.batch}`;
      for (const one of measured) rows.push(row(name, one, bench, ceiling));
      const [ours, torch] = measured;
      const ratio = torch
        ? `, ${(torch.milliseconds / ours!.milliseconds).toFixed(2)} x the speed of ${torch.side.name}`
        : '';
      console.log(
        `${name}: ${ours!.milliseconds.toFixed(2)} ms, compiled in ${ours!.side.compileMs.toFixed(0)} ms${ratio}`,
      );
    }
  }
  console.table(rows);
  console.log(
    `Ceiling: ${(ceiling / 1000).toFixed(1)} TFLOP/s, the fastest strict float32 product of ${product.side} seen here.`,
  );

  const bundled = __filename.endsWith('.js');
  const similarity = bundled
    ? [path.join(__dirname, 'similarity.js')]
    : ['--import', 'tsx', path.join(__dirname, '../similarity.ts')];
  const { status } = spawnSync(
    process.execPath,
    [...similarity, '--runtime', given.runtime, '--device', devices[0]!, '--threads', given.threads],
    { stdio: 'inherit' },
  );
  if (status !== 0) throw new Error('The comparison of layers failed.');
}

main().catch((error: unknown) => {
  console.error(error);
  process.exit(1);
});
