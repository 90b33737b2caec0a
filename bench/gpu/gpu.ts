/**
 * What a GPU gives: training step, forward pass and landscape point of ViT-Ti/S/B at 224, and the CKA of 13 x 13 layers, beside
 * PyTorch on the same card in the same run, as images a second and as a share of the products that the card was seen to do.
 *
 *   npx tsx bench/gpu/gpu.ts [--runtime onnx-webgpu] [--device cuda] [--presets vit-b,vit-s,vit-ti] [--batch 32,64,128] [--side 4096]
 *     [--seconds 450]
 *
 * What fails, hangs or is not reached within `--seconds` is told below the table, and costs nothing of the rest.
 * `bench/gpu/pack.mjs` makes one archive of it for a machine without Node and without a network.
 */
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { parseArgs } from 'node:util';
import type { RuntimeName } from '../../src/protocol/runtime';
import { alternate, findTorch, median, type Side, startOurs, startTorch } from '../sides';
import type { SimilaritySide } from '../similarity';
import { operations, readOptions, type VitBench, type Work } from '../vitConfig';

const { values: given } = parseArgs({
  options: {
    runtime: { type: 'string', default: 'onnx-webgpu' },
    device: { type: 'string', default: 'cuda' },
    presets: { type: 'string', default: 'vit-b,vit-s,vit-ti' },
    batch: { type: 'string', default: '32,64,128' },
    side: { type: 'string', default: '4096' },
    bursts: { type: 'string', default: '3' },
    steps: { type: 'string', default: '6' },
    threads: { type: 'string', default: '2' },
    seconds: { type: 'string', default: '450' },
    n: { type: 'string', default: '10000' },
  },
});

const began = performance.now();
const secondsLeft = () => Number(given.seconds) - (performance.now() - began) / 1000;
/** Nothing is started with less, and nothing takes more. */
const leastSeconds = 15;
const mostSeconds = 100;
/** Milliseconds that what is started now may take. */
const limit = () => Math.ceil(1000 * Math.max(leastSeconds, Math.min(mostSeconds, secondsLeft())));

/** With CUDA also PyTorch's rounded products: what a person gets who has not asked for float32 strictly. */
const devices = given.device === 'cuda' ? ['cuda', 'cuda-tf32'] : [given.device];

/** What was not measured, and why. */
const missing: string[] = [];
const miss = (what: string, error: unknown) => {
  missing.push(`${what}: ${error instanceof Error ? error.message : String(error)}`);
  console.log(`${missing.at(-1)}`);
};

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
  readonly ours: boolean;
  readonly milliseconds: number;
  /** What it holds of the card: measured around its start; of PyTorch, its own count. */
  readonly megabytes: number | undefined;
}

/** The work on every side that can do it, in alternating bursts. */
async function measure(what: string, bench: VitBench, python: string | undefined): Promise<Measured[]> {
  if (secondsLeft() < leastSeconds) {
    miss(what, `no time was left of ${given.seconds} s`);
    return [];
  }
  const signal = AbortSignal.timeout(limit());
  const begin = async (who: string, starting: Promise<Side>): Promise<Side[]> => {
    try {
      return [await starting];
    } catch (error) {
      miss(`${what}, ${who}`, signal.aborted ? 'it took too long' : error);
      return [];
    }
  };
  const before = cardMegabytes();
  const [ours] = await begin(given.runtime, startOurs(bench, signal));
  if (ours) {
    ours.child.stdin!.write('1\n');
    await ours.lines.next();
  }
  const after = cardMegabytes();
  const torch = (python ? devices : []).map((device) =>
    begin(device, startTorch(python!, { ...bench, device }, signal)),
  );
  const sides = [...(ours ? [ours] : []), ...(await Promise.all(torch)).flat()];
  await alternate(sides, bench.bursts, bench.steps, (side, error) =>
    miss(`${what}, ${side.name}`, signal.aborted ? 'it took too long' : error),
  );
  return sides
    .filter(({ times }) => times.length > 0)
    .map((side) => ({
      side,
      ours: side === ours,
      milliseconds: median(side.times),
      megabytes:
        side !== ours
          ? side.peakMegabytes
          : before === undefined
            ? undefined
            : Math.max(0, (after ?? before) - before),
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

/** Billions of operations a second; undefined where no product was measured. */
type Ceiling = number | undefined;

function row(what: string, { side, milliseconds, megabytes }: Measured, bench: VitBench, ceiling: Ceiling) {
  const rate = operations(bench) / milliseconds / 1e6;
  return {
    what,
    who: side.name,
    'median ms': milliseconds.toFixed(2),
    'least ms': Math.min(...side.times).toFixed(2),
    'images/s': bench.work === 'product' ? '' : ((1000 * bench.batch) / milliseconds).toFixed(0),
    'GFLOP/s': rate.toFixed(0),
    'of the ceiling': ceiling === undefined ? '' : `${((100 * rate) / ceiling).toFixed(0)} %`,
    MB: megabytes === undefined ? '' : megabytes.toFixed(0),
  };
}
type Row = ReturnType<typeof row>;

/** The CKA of all pairs of layers, each side as a row of the table. */
function similarityRows(): Row[] {
  const bundled = __filename.endsWith('.js');
  const program = bundled
    ? [path.join(__dirname, 'similarity.js')]
    : ['--import', 'tsx', path.join(__dirname, '../similarity.ts')];
  const options = ['--runtime', given.runtime, '--device', devices[0]!, '--threads', given.threads];
  const { stdout, stderr, error } = spawnSync(
    process.execPath,
    [...program, ...options, '--n', given.n, '--json'],
    { encoding: 'utf8', timeout: limit(), killSignal: 'SIGKILL' },
  );
  const lines = stdout.split('\n').filter((line) => line.startsWith('{'));
  const sides = lines.map((line) => JSON.parse(line) as SimilaritySide);
  if (sides.length === 0 || error)
    miss(
      'CKA of the layers',
      error?.message ?? stderr.split('\n').find((line) => /Error/.test(line)) ?? stderr,
    );
  return sides.map(({ who, seconds, layers, n, d }) => ({
    what: `CKA of ${layers} x ${layers} layers, n ${n}, d ${d}`,
    who,
    ...{ 'median ms': (1000 * seconds).toFixed(0), 'least ms': '' },
    ...{ 'images/s': '', 'GFLOP/s': '', 'of the ceiling': '', MB: '' },
  }));
}

async function main(): Promise<void> {
  const python = findTorch();
  if (!python) console.log('No Python with torch was found: there is nothing to compare with.');
  const presets = given.presets.split(',');
  const batches = given.batch.split(',');
  // What matters most comes first, for there may be too little time.
  const items = (['step', 'forward', 'point'] as const).flatMap((work) =>
    presets.map((preset, i) => {
      const bench = benchOf(work, preset, batches[i]);
      return { name: `${preset} ${work}, batch ${bench.batch}`, bench };
    }),
  );
  const rows: Row[] = [];

  const product = benchOf('product', presets[0]!, undefined);
  const productName = `product of ${product.side}`;
  const products = await measure(productName, product, python);
  // Strict float32, whoever is faster: TF32 is another arithmetic.
  const strict = products.filter(({ side }) => !/TF32/.test(side.name));
  const fastest = Math.min(...strict.map(({ milliseconds }) => milliseconds));
  const ceiling = strict.length > 0 ? operations(product) / fastest / 1e6 : undefined;
  rows.push(...products.map((one) => row(productName, one, product, ceiling)));
  rows.push(...similarityRows());

  for (const { name, bench } of items) {
    const measured = await measure(name, bench, python);
    rows.push(...measured.map((one) => row(name, one, bench, ceiling)));
    const ours = measured.find((one) => one.ours);
    const torch = measured.find((one) => !one.ours);
    if (!ours) continue;
    const ratio = torch
      ? `, ${(torch.milliseconds / ours.milliseconds).toFixed(2)} x the speed of ${torch.side.name}`
      : '';
    console.log(
      `${name}: ${ours.milliseconds.toFixed(2)} ms, compiled in ${ours.side.compileMs.toFixed(0)} ms${ratio}`,
    );
  }
  console.table(rows);
  if (ceiling !== undefined)
    console.log(
      `Ceiling: ${(ceiling / 1000).toFixed(1)} TFLOP/s, the fastest strict float32 product of ${product.side} seen here.`,
    );
  if (missing.length > 0) console.log(`Not measured:\n${missing.map((one) => `  ${one}`).join('\n')}`);
  // Nothing is waited for that hangs.
  process.exit(missing.length > 0 ? 1 : 0);
}

main().catch((error: unknown) => {
  console.error(error);
  process.exit(1);
});
