/**
 * What changing the images costs: each policy by itself, in images a second and in time of all cores together, which other work on the
 * machine does not change much; and steps of ViT-Ti at 224 pixels with each of them in turn, fed as a run is.
 *
 *     node --import tsx bench/augmentation.ts [--threads 2] [--batch 32] [--steps 6] [--runtime onnx-cpu]
 */
import { parseArgs } from 'node:util';
import { openRuntime } from '../src/core/compute/open';
import type { DeviceTensor, Groups, HostTensor } from '../src/core/compute/runtime';
import { createAugmenter } from '../src/core/data/augmentation/augmenter';
import type { Split } from '../src/core/data/dataset';
import { batchFeed } from '../src/core/finetune/batchFeed';
import { initialState } from '../src/core/finetune/optimisation';
import { compileStep } from '../src/core/finetune/step';
import { scalarInputs } from '../src/core/finetune/stepInputs';
import { type StepPlan, stateGroups } from '../src/core/finetune/stepState';
import { createVit } from '../src/core/models/vit';
import { createRandom } from '../src/core/random';
import type { RuntimeChoice } from '../src/protocol/runtime';
import { type FinetuneRequest, finetuneSettings } from '../src/protocol/settings';

const { values } = parseArgs({
  options: {
    threads: { type: 'string', default: '2' },
    batch: { type: 'string', default: '32' },
    steps: { type: 'string', default: '6' },
    runtime: { type: 'string', default: 'onnx-cpu' },
  },
});
const [threads, batch, steps] = [Number(values.threads), Number(values.batch), Number(values.steps)];
const side = 224;
const policies: readonly (readonly [name: string, settings: Partial<FinetuneRequest>])[] = [
  ['none', {}],
  ['flip-crop', { augment: 'flip-crop' }],
  ['medical', { augment: 'medical' }],
  ['microscopy', { augment: 'microscopy' }],
  ['randaugment', { augment: 'randaugment' }],
  ['medical + mixup', { augment: 'medical', mixup: 0.4 }],
];
const settingsOf = (more: Partial<FinetuneRequest>) =>
  finetuneSettings.parse({ checkpoint: 'none', data: 'none', batch, method: 'full', ...more });

async function alone(more: Partial<FinetuneRequest>, pixels: Uint8Array): Promise<string> {
  const augmenter = createAugmenter(settingsOf(more), { height: side, width: side }, threads);
  try {
    // The threads start, and the compiler has seen the loops.
    for (let i = 0; i < 3; i++) await augmenter.apply(pixels, 0, i);
    const rounds = 8;
    const [began, used] = [performance.now(), process.cpuUsage()];
    for (let i = 0; i < rounds; i++) await augmenter.apply(pixels, 1, i);
    const images = rounds * batch;
    const rate = (1000 * images) / (performance.now() - began);
    return `${Math.round(rate)} images/s, ${(coreTime(used) / images).toFixed(2)} ms of a core an image`;
  } finally {
    await augmenter.dispose();
  }
}

/** Milliseconds of all cores together since `used`. */
function coreTime(used: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(used);
  return (user + system) / 1000;
}

async function main(): Promise<void> {
  const random = createRandom(1);
  const pixels = Uint8Array.from({ length: batch * 3 * side * side }, () => random.integer(256));
  const split: Split = {
    count: batch * steps,
    labels: Int32Array.from({ length: batch * steps }, (_, i) => i % 10),
    pixels: async () => pixels.slice(),
  };
  const model = createVit({
    ...{ width: 192, depth: 12, heads: 3, mlpWidth: 768, activation: 'gelu' },
    ...{ layerNormEpsilon: 1e-6, attentionBias: true, classes: 10 },
    ...{ image: { height: side, width: side }, patch: { height: 16, width: 16 } },
  });
  const runtime = await openRuntime(values.runtime as RuntimeChoice, { threads });
  const plan: StepPlan = { model, settings: settingsOf({}), kept: [], frozen: 'unused' };
  const program = await compileStep(runtime, plan);
  const parameters = Object.fromEntries(
    Object.entries(model.parameters).map(([name, { shape }]): [string, HostTensor] => {
      const size = shape.reduce((product, extent) => product * extent, 1);
      return [
        name,
        { shape, dtype: 'float32', data: Float32Array.from({ length: size }, () => 0.02 * random.normal()) },
      ];
    }),
  );
  let state: Groups<HostTensor | DeviceTensor> = initialState(plan, parameters);
  const scalars = scalarInputs(plan, {
    ...{ stepSize: 1e-4, epsilon: 1e-6, keep: 1, lambda: 0, rotationStepSize: 0, rotationEpsilon: 1 },
  });

  interface StepTime {
    readonly wall: number;
    readonly cores: number;
  }
  /** Milliseconds of a step: the median, and the mean time of all cores together. */
  const stepTime = async (more: Partial<FinetuneRequest>): Promise<StepTime> => {
    const times: number[] = [];
    const feed = batchFeed({
      ...{ split, task: 'multi-class', classes: 10, size: { height: side, width: side } },
      preprocessing: {
        ...{ resize: null, filter: 'bilinear', crop: { height: side, width: side } },
        ...{ scale: 1 / 255, mean: [0.5, 0.5, 0.5], std: [0.5, 0.5, 0.5] },
      },
      ...{ settings: settingsOf(more), stepsPerEpoch: steps, from: 0, to: steps, needsImages: () => true },
    });
    let [began, used] = [performance.now(), process.cpuUsage()];
    for await (const { images, targets } of feed) {
      // The first one waits for its images.
      if (times.length === 0) [began, used] = [performance.now(), process.cpuUsage()];
      const inputs = {
        images: { shape: [batch, 3, side, side], dtype: 'float32' as const, data: images! },
        targets: { shape: [batch, 10], dtype: 'float32' as const, data: targets },
      };
      const { metrics, ...next } = await program.run({ ...state, batch: inputs, scalars });
      await metrics!.loss!.read();
      for (const group of [...Object.values(state), metrics!])
        for (const tensor of Object.values(group)) if ('read' in tensor) (tensor as DeviceTensor).dispose();
      state = Object.fromEntries(stateGroups.flatMap((group) => (next[group] ? [[group, next[group]]] : [])));
      times.push(performance.now() - began);
      began = performance.now();
    }
    const wall = [...times].sort((a, b) => a - b)[times.length >> 1]!;
    return { wall, cores: coreTime(used) / times.length };
  };
  await stepTime({});
  console.log(`ViT-Ti, ${side} px, batch ${batch}, ${threads} threads, ${runtime.name}`);
  for (const [name, more] of policies) {
    const before = await stepTime({});
    const time = await stepTime(more);
    const after = await stepTime({});
    // On both sides: the machine may change its pace.
    const ratio = (figure: keyof StepTime) =>
      ((2 * time[figure]) / (before[figure] + after[figure])).toFixed(3);
    console.log(`${name}: alone ${await alone(more, pixels)}`);
    console.log(
      `  step ${time.wall.toFixed(0)} ms, ${ratio('wall')} of one without; of all cores ${time.cores.toFixed(0)} ms, ${ratio('cores')}`,
    );
  }
  await program.dispose();
  await runtime.dispose();
}

void main();
