/** The TypeScript side of bench/step: compiles the training step, then runs as many steps as each line of stdin asks for. */
import { createInterface } from 'node:readline';
import { openRuntime } from '../src/core/compute/open';
import {
  type DeviceTensor,
  type Groups,
  type HostTensor,
  mapGroups,
  sizeOf,
} from '../src/core/compute/runtime';
import { adamScalars } from '../src/core/finetune/optimiser';
import { compileStep, type StepPlan, stateGroups, stateSignature } from '../src/core/finetune/step';
import { createVit } from '../src/core/models/vit';
import { createRandom } from '../src/core/random';
import { readOptions } from './stepConfig';

async function main(): Promise<void> {
  const bench = readOptions(process.argv.slice(2));
  const { image, patch, batch, classes } = bench;
  const model = createVit({
    width: bench.width,
    depth: bench.depth,
    heads: bench.heads,
    mlpWidth: 4 * bench.width,
    activation: 'gelu',
    layerNormEpsilon: 1e-6,
    attentionBias: true,
    image: { height: image, width: image },
    patch: { height: patch, width: patch },
    classes,
  });
  const plan: StepPlan = {
    model,
    settings: { method: 'full', objective: 'feature', rotation: 'identity', clip: bench.clip, batch },
    kept: [],
    frozen: 'unused',
  };
  const runtime = await openRuntime(bench.runtime, { threads: bench.threads });
  const started = performance.now();
  const program = await compileStep(runtime, plan);
  const compileMs = performance.now() - started;

  const random = createRandom(1);
  const normal = (shape: readonly number[], scale: number): HostTensor => ({
    shape,
    dtype: 'float32',
    data: Float32Array.from({ length: sizeOf(shape) }, () => scale * random.normal()),
  });
  let state: Groups<HostTensor | DeviceTensor> = mapGroups(stateSignature(plan), ({ shape }, group, name) => {
    if (group !== 'parameters') return normal(shape, 0);
    if (shape.length === 1 && /norm.*weight/.test(name))
      return { ...normal(shape, 0), data: new Float32Array(sizeOf(shape)).fill(1) };
    return normal(shape, shape.length === 1 ? 0 : 0.02);
  });
  const targets = normal([batch, classes], 0);
  for (let i = 0; i < batch; i++) targets.data[i * classes + (i % classes)] = 1;
  const data = { images: normal([batch, 3, image, image], 1), targets };
  const scalar = (value: number): HostTensor => ({
    shape: [],
    dtype: 'float32',
    data: Float32Array.of(value),
  });

  let taken = 0;
  const step = async (): Promise<number> => {
    const now = adamScalars(1e-3, 0.01, taken++);
    const scalars = { stepSize: scalar(now.stepSize), epsilon: scalar(now.epsilon), keep: scalar(now.keep) };
    const { metrics, ...next } = await program.run({ ...state, batch: data, scalars });
    for (const group of Object.values(state))
      for (const tensor of Object.values(group)) if ('read' in tensor) tensor.dispose();
    state = Object.fromEntries(stateGroups.flatMap((group) => (next[group] ? [[group, next[group]]] : [])));
    const [loss] = await metrics!.loss!.read();
    return loss!;
  };
  const report = (line: object) => process.stdout.write(`${JSON.stringify(line)}\n`);
  report({ ready: `RepSim, ${runtime.name}, ${runtime.device}`, compileMs });
  for await (const line of createInterface({ input: process.stdin })) {
    const times: number[] = [];
    let loss = 0;
    const before = process.cpuUsage();
    for (let i = 0; i < Number(line); i++) {
      const begin = performance.now();
      loss = await step();
      times.push(performance.now() - begin);
    }
    const { user, system } = process.cpuUsage(before);
    report({
      times,
      loss,
      cpuMs: (user + system) / 1000,
      peakMegabytes: process.resourceUsage().maxRSS / 1024,
    });
  }
  await runtime.dispose();
}

main().catch((error: unknown) => {
  console.error(error);
  process.exit(1);
});
