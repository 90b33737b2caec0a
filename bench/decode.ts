/**
 * Decoding and preprocessing JPEGs of about 500 pixels to 224: this program beside PyTorch's DataLoader with Pillow, on the same number of
 * threads and workers, in alternating bursts.
 *
 *     node esbuild.js --production && node --import tsx bench/decode.ts [--images 2000] [--threads 2] [--batch 64] [--bursts 3]
 *
 * Both resize to 256 bicubic, crop the middle 224 and normalise to floats, and both give the same bytes before that. PyTorch is looked for in $PYTHON, `python3` and `/usr/bin/python3`; without it the figures are absolute. The
 * images are made up: blurred colours under a fine texture, 50 kB each.
 */
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { Worker } from 'node:worker_threads';
import sharp from 'sharp';
import { createImagePool, threadsOfCore } from '../src/core/data/imagePool';
import { normalise } from '../src/core/data/preprocess';
import type { Preprocessing } from '../src/core/data/preprocessing';
import { createRandom, type Random } from '../src/core/random';
import { findTorch, median, start } from './sides';

const { values } = parseArgs({
  options: {
    images: { type: 'string', default: '2000' },
    threads: { type: 'string', default: '2' },
    batch: { type: 'string', default: '64' },
    bursts: { type: 'string', default: '3' },
  },
});
const [images, threads] = [Number(values.images), Number(values.threads)];
const [batch, bursts] = [Number(values.batch), Number(values.bursts)];
const [width, height] = [500, 375];
const preprocessing: Preprocessing = {
  resize: { kind: 'shortest', edge: 256 },
  filter: 'bicubic',
  crop: { height: 224, width: 224 },
  scale: 1 / 255,
  mean: [0.485, 0.456, 0.406],
  std: [0.229, 0.224, 0.225],
};

interface Burst {
  /** Images a second. */
  readonly rate: number;
  /** Of all threads, an image. */
  readonly cpuMs: number;
}

async function blurred(random: Random, from: { width: number; height: number }): Promise<Buffer> {
  const bytes = Buffer.from(
    Uint8Array.from({ length: from.width * from.height * 3 }, () => random.integer(256)),
  );
  const image = sharp(bytes, { raw: { ...from, channels: 3 } });
  return image.resize(width, height, { kernel: 'cubic', fit: 'fill' }).raw().toBuffer();
}

async function makeImages(folder: string): Promise<void> {
  const random = createRandom(1);
  for (let i = 0; i < images; i++) {
    const colours = await blurred(random, { width: 25, height: 19 });
    const texture = await blurred(random, { width: 250, height: 188 });
    for (let k = 0; k < colours.length; k++) colours[k] = colours[k]! * 0.8 + texture[k]! * 0.2;
    const image = sharp(colours, { raw: { width, height, channels: 3 } }).jpeg({ quality: 85 });
    await image.toFile(path.join(folder, `${String(i).padStart(6, '0')}.jpg`));
  }
}

async function main(): Promise<void> {
  const folder = await mkdtemp(path.join(tmpdir(), 'repsim-decode-'));
  // The threads of the built program: those of the sources carry a compiler with them.
  const worker = path.join(__dirname, '..', 'dist', 'imageWorker.js');
  if (!existsSync(worker)) throw new Error('Build the program first: node esbuild.js --production');
  const pool = createImagePool(threadsOfCore * threads, () => new Worker(worker, { execArgv: [] }));
  const python = findTorch();
  try {
    await makeImages(folder);
    const files = (await readdir(folder)).sort().map((name) => path.join(folder, name));
    const size = 3 * 224 * 224;
    const floats = new Float32Array(batch * size);
    const pass = async () => {
      const began = performance.now();
      const before = process.cpuUsage();
      const load = (start: number) =>
        Promise.all(files.slice(start, start + batch).map((file) => pool.load(file, preprocessing)));
      // One batch is made while the other is normalised, as a run does it.
      let next = load(0);
      for (let start = 0; start < files.length; start += batch) {
        const current = await next;
        if (start + batch < files.length) next = load(start + batch);
        const pixels = new Uint8Array(current.length * size);
        for (const [i, image] of current.entries()) pixels.set(image, i * size);
        normalise(pixels, current.length, preprocessing, floats.subarray(0, pixels.length));
      }
      const { user, system } = process.cpuUsage(before);
      return {
        rate: (1000 * files.length) / (performance.now() - began),
        cpuMs: (user + system) / 1000 / files.length,
      };
    };
    await pass();
    const options = JSON.stringify({ folder, threads, batch });
    const torch = python && (await start(python, [path.join(__dirname, 'decode_torch.py'), options]));
    const [ours, theirs]: [Burst[], Burst[]] = [[], []];
    for (let burst = 0; burst < bursts; burst++) {
      ours.push(await pass());
      if (torch) {
        torch.child.stdin!.write('\n');
        theirs.push(JSON.parse((await torch.lines.next()).value));
      }
    }
    const rate = (side: readonly Burst[]) => median(side.map((burst) => burst.rate));
    const cpu = (side: readonly Burst[]) => median(side.map((burst) => burst.cpuMs));
    const shown = (side: readonly Burst[]) =>
      `${Math.round(rate(side))} images/s, ${cpu(side).toFixed(2)} ms of CPU time an image`;
    console.log(
      `${images} JPEGs of ${width} x ${height} to 224 x 224, ${threads} threads, batches of ${batch}, ${bursts} bursts each`,
    );
    console.log(`  RepSim: ${shown(ours)}`);
    if (torch) {
      console.log(`  ${torch.name}, DataLoader with ${threads} workers: ${shown(theirs)}`);
      console.log(
        `  ratio: ${(rate(ours) / rate(theirs)).toFixed(2)} by time, ${(cpu(theirs) / cpu(ours)).toFixed(2)} by CPU time, which says more on a busy machine`,
      );
      torch.child.stdin!.end();
    } else console.log('  No Python with torch was found: the figure is absolute.');
  } finally {
    await pool.dispose();
    await rm(folder, { recursive: true, force: true });
  }
}

main().catch((error: unknown) => {
  console.error(error);
  process.exit(1);
});
