/**
 * A point of a loss landscape beside the pure forward pass over the same images, and a Hessian-vector product beside a gradient, in
 * alternating rounds of one run.
 *
 *   npx tsx bench/landscape.ts [--checkpoint samples/fashion-vit-tiny] [--images 48] [--batch 48] [--threads 2] [--rounds 10]
 *
 * CPU time counts all threads, which a busy machine does not distort.
 */
import path from 'node:path';
import { parseArgs } from 'node:util';
import { openRuntime } from '../src/core/compute/open';
import { compileLossPlane } from '../src/core/landscape/pointProgram';
import { randomFilterDirection } from '../src/core/landscape/randomDirections';
import { loadCheckpoint } from '../src/core/models/checkpoint';
import { createRandom } from '../src/core/random';
import { batchSignature, lossPrograms } from '../src/core/sharpness/lossPrograms';
import {
  evenBatch,
  flattenParameters,
  modelLossSurface,
  uploadBatches,
} from '../src/core/sharpness/modelLossSurface';
import { randomDirection } from '../src/core/sharpness/sam';

interface Timed {
  readonly name: string;
  readonly run: () => Promise<unknown>;
  readonly wall: number[];
  readonly cpu: number[];
}

const median = (values: readonly number[]) =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)]!;

async function main(): Promise<void> {
  const { values: options } = parseArgs({
    options: {
      checkpoint: { type: 'string', default: path.join(__dirname, '../samples/fashion-vit-tiny') },
      images: { type: 'string', default: '48' },
      batch: { type: 'string', default: '48' },
      threads: { type: 'string', default: '2' },
      rounds: { type: 'string', default: '10' },
    },
  });
  const [images, most, threads, rounds] = [
    options.images,
    options.batch,
    options.threads,
    options.rounds,
  ].map(Number) as [number, number, number, number];
  const { model, parameters } = await loadCheckpoint(options.checkpoint);
  const random = createRandom(1);
  const pixels = 3 * model.input.height * model.input.width;
  const samples = {
    images: Float32Array.from({ length: images * pixels }, () => random.normal()),
    labels: Int32Array.from({ length: images }, () => random.integer(model.classes)),
  };
  const runtime = await openRuntime('onnx-cpu', { threads });
  const weights = await flattenParameters(model.parameters, parameters);
  const direction = (axis: number) => randomFilterDirection(model.parameters, weights, 0, axis);
  const size = evenBatch(images, most);

  const forward = await runtime.compile(
    (inputs) => ({ out: { logits: model.forward(inputs.parameters!, inputs.batch!.images!).logits } }),
    { parameters: model.parameters, batch: { images: batchSignature(model, size).images! } },
  );
  const resident = Object.fromEntries(
    Object.entries(parameters).map(([name, tensor]) => [name, runtime.upload(tensor)]),
  );
  const batches = uploadBatches(runtime, model, size, samples);
  const axes = { origin: weights, first: direction(0) };
  const slice = await compileLossPlane(runtime, model, axes, [samples], most);
  const plane = await compileLossPlane(runtime, model, { ...axes, second: direction(1) }, [samples], most);
  const programs = lossPrograms(runtime, model, size);
  const surface = modelLossSurface(programs, samples);
  const v = randomDirection(weights.length, 1, 1);
  const timed = (name: string, run: () => Promise<unknown>): Timed => ({ name, run, wall: [], cpu: [] });
  const works = [
    timed('forward pass', async () => {
      for (const { images: input } of batches) {
        const { out } = await forward.run({ parameters: resident, batch: { images: input! } });
        await out!.logits!.read();
        out!.logits!.dispose();
      }
    }),
    timed('point of a slice', () => slice.at(0.1, 0)),
    timed('point of a plane', () => plane.at(0.1, 0.2)),
    timed('gradient', () => surface.lossAndGradient(weights)),
    timed('Hessian product', () => surface.hessianVector(weights, v)),
  ];
  for (const { run } of works) for (let i = 0; i < 2; i++) await run();
  for (let round = 0; round < rounds; round++) {
    for (const { run, wall, cpu } of works) {
      const [began, used] = [performance.now(), process.cpuUsage()];
      await run();
      wall.push(performance.now() - began);
      const { user, system } = process.cpuUsage(used);
      cpu.push((user + system) / 1000);
    }
  }
  console.log(
    `${options.checkpoint}: ${weights.length} parameters, ${images} images in batches of ${size}, ${threads} threads, ${rounds} rounds`,
  );
  const [pass, , , gradient] = works as [Timed, Timed, Timed, Timed];
  for (const work of works) {
    const base = work.name === 'Hessian product' ? gradient : pass;
    const ratio = (key: 'wall' | 'cpu') =>
      `${(median(work[key]) / median(base[key])).toFixed(2)} (least ${(Math.min(...work[key]) / Math.min(...base[key])).toFixed(2)})`;
    console.log(
      `  ${work.name.padEnd(18)} median ${median(work.wall).toFixed(1)} ms, CPU ${median(work.cpu).toFixed(1)} ms; to the ${base.name}: wall ${ratio('wall')}, CPU ${ratio('cpu')}`,
    );
  }
  surface.dispose();
  await programs.dispose();
  await slice.dispose();
  await plane.dispose();
  await forward.dispose();
  await runtime.dispose();
}

main().catch((error: unknown) => {
  console.error(error);
  process.exit(1);
});
