/** The TypeScript side of the vision transformer's benches: compiles the work, then does it as often as each line of stdin asks for. */
import * as tf from '@tensorflow/tfjs-core';
import { openRuntime } from '../src/core/compute/open';
import {
  type DeviceTensor,
  type Groups,
  type HostTensor,
  mapGroups,
  type Runtime,
  sizeOf,
} from '../src/core/compute/runtime';
import { adamScalars } from '../src/core/finetune/optimiser';
import { compileStep } from '../src/core/finetune/step';
import { type StepPlan, stateGroups, stateSignature } from '../src/core/finetune/stepState';
import { compileLossPlane } from '../src/core/landscape/pointProgram';
import type { VisionModel } from '../src/core/models/model';
import { createVit } from '../src/core/models/vit';
import { createRandom } from '../src/core/random';
import { flattenParameters } from '../src/core/sharpness/modelLossSurface';
import { serveBursts } from './serveBursts';
import { readOptions, type VitBench, type Work } from './vitConfig';

/** Does the work once, and gives a number that can only be read when it is done. */
type Run = () => Promise<number>;

const random = createRandom(1);

function normal(shape: readonly number[], scale: number): HostTensor {
  const data = Float32Array.from({ length: sizeOf(shape) }, () => scale * random.normal());
  return { shape, dtype: 'float32', data };
}

const zeros = (shape: readonly number[]): HostTensor => ({
  shape,
  dtype: 'float32',
  data: new Float32Array(sizeOf(shape)),
});

function modelOf({ width, depth, heads, image, patch, classes }: VitBench): VisionModel {
  return createVit({
    width,
    depth,
    heads,
    mlpWidth: 4 * width,
    activation: 'gelu',
    layerNormEpsilon: 1e-6,
    attentionBias: true,
    image: { height: image, width: image },
    patch: { height: patch, width: patch },
    classes,
  });
}

function initial(name: string, shape: readonly number[]): HostTensor {
  if (shape.length > 1) return normal(shape, 0.02);
  const tensor = zeros(shape);
  return /norm.*weight/.test(name) ? { ...tensor, data: new Float32Array(sizeOf(shape)).fill(1) } : tensor;
}

async function step(runtime: Runtime, bench: VitBench): Promise<Run> {
  const { batch, classes, image } = bench;
  const plan: StepPlan = {
    model: modelOf(bench),
    settings: { method: 'full', objective: 'feature', rotation: 'identity', clip: bench.clip, batch },
    kept: [],
    frozen: 'unused',
  };
  const program = await compileStep(runtime, plan);
  let state: Groups<HostTensor | DeviceTensor> = mapGroups(stateSignature(plan), ({ shape }, group, name) =>
    group === 'parameters' ? initial(name, shape) : zeros(shape),
  );
  const targets = zeros([batch, classes]);
  for (let i = 0; i < batch; i++) targets.data[i * classes + (i % classes)] = 1;
  const data = { images: normal([batch, 3, image, image], 1), targets };
  const scalar = (value: number): HostTensor => ({
    shape: [],
    dtype: 'float32',
    data: Float32Array.of(value),
  });
  let taken = 0;
  return async () => {
    const now = adamScalars(1e-3, 0.01, taken++);
    const scalars = { stepSize: scalar(now.stepSize), epsilon: scalar(now.epsilon), keep: scalar(now.keep) };
    const { metrics, ...next } = await program.run({ ...state, batch: data, scalars });
    for (const group of Object.values(state))
      for (const tensor of Object.values(group)) if ('read' in tensor) tensor.dispose();
    state = Object.fromEntries(stateGroups.flatMap((group) => (next[group] ? [[group, next[group]]] : [])));
    const [loss] = await metrics!.loss!.read();
    return loss!;
  };
}

async function forward(runtime: Runtime, bench: VitBench): Promise<Run> {
  const model = modelOf(bench);
  const images = normal([bench.batch, 3, bench.image, bench.image], 1);
  const program = await runtime.compile(
    (inputs) => ({ out: { logits: model.forward(inputs.parameters!, inputs.batch!.images!).logits } }),
    { parameters: model.parameters, batch: { images } },
  );
  const parameters = mapGroups({ parameters: model.parameters }, ({ shape }, _, name) =>
    runtime.upload(initial(name, shape)),
  );
  return async () => {
    const { out } = await program.run({ ...parameters, batch: { images } });
    const [first] = await out!.logits!.read();
    out!.logits!.dispose();
    return first!;
  };
}

async function point(runtime: Runtime, bench: VitBench): Promise<Run> {
  const model = modelOf(bench);
  const entries = Object.entries(model.parameters);
  const vector = (make: (name: string, shape: readonly number[]) => HostTensor) =>
    flattenParameters(
      model.parameters,
      Object.fromEntries(entries.map(([name, { shape }]) => [name, make(name, shape)])),
    );
  const axes = {
    origin: await vector(initial),
    first: await vector((_, shape) => normal(shape, 0.01)),
    second: await vector((_, shape) => normal(shape, 0.01)),
  };
  const samples = {
    images: normal([bench.batch, 3, bench.image, bench.image], 1).data as Float32Array,
    labels: Int32Array.from({ length: bench.batch }, (_, i) => i % bench.classes),
  };
  const plane = await compileLossPlane(runtime, model, axes, [samples], bench.batch);
  return async () => {
    const [value] = await plane.at(random.next() - 0.5, random.next() - 0.5);
    return value!.loss;
  };
}

async function product(runtime: Runtime, { side }: VitBench): Promise<Run> {
  const shape = [side, side];
  const spec = { shape, dtype: 'float32' as const };
  const program = await runtime.compile(
    ({ factors }) => ({ out: { corner: tf.slice(tf.matMul(factors!.a!, factors!.b!), [0, 0], [1, 1]) } }),
    { factors: { a: spec, b: spec } },
  );
  const factors = { a: runtime.upload(normal(shape, 1)), b: runtime.upload(normal(shape, 1)) };
  return async () => {
    const { out } = await program.run({ factors });
    const [corner] = await out!.corner!.read();
    out!.corner!.dispose();
    return corner!;
  };
}

const prepare: Readonly<Record<Work, (runtime: Runtime, bench: VitBench) => Promise<Run>>> = {
  step,
  forward,
  point,
  product,
};

async function main(): Promise<void> {
  const bench = readOptions(process.argv.slice(2));
  const runtime = await openRuntime(bench.runtime, { threads: bench.threads });
  const started = performance.now();
  const run = await prepare[bench.work](runtime, bench);
  const compileMs = performance.now() - started;
  await serveBursts(runtime, compileMs, run);
  await runtime.dispose();
}

main().catch((error: unknown) => {
  console.error(error);
  process.exit(1);
});
