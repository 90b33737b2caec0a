/** Three training steps of a tiny vision transformer: what runtimes are compared by. */
import {
  type DeviceTensor,
  type Groups,
  type HostTensor,
  mapGroups,
  type Runtime,
  sizeOf,
} from '../../../src/core/compute/runtime';
import { adamScalars } from '../../../src/core/finetune/optimiser';
import { compileStep } from '../../../src/core/finetune/step';
import { type StepPlan, stateGroups, stateSignature } from '../../../src/core/finetune/stepState';
import { createVit } from '../../../src/core/models/vit';
import { createRandom } from '../../../src/core/random';

export interface Trained {
  readonly losses: readonly number[];
  readonly parameters: readonly number[];
}

const size = { image: 8, patch: 4, batch: 3, classes: 4 };
export const plan: StepPlan = {
  model: createVit({
    width: 24,
    depth: 2,
    heads: 3,
    mlpWidth: 48,
    activation: 'gelu',
    layerNormEpsilon: 1e-6,
    attentionBias: true,
    image: { height: size.image, width: size.image },
    patch: { height: size.patch, width: size.patch },
    classes: size.classes,
  }),
  settings: { method: 'full', objective: 'feature', rotation: 'identity', clip: 1, batch: size.batch },
  kept: [],
  frozen: 'unused',
};

/** Losses of three steps and the parameters after them. */
export async function train(runtime: Runtime): Promise<Trained> {
  const random = createRandom(5);
  const normal = (shape: readonly number[], scale: number): HostTensor => ({
    shape,
    dtype: 'float32',
    data: Float32Array.from({ length: sizeOf(shape) }, () => scale * random.normal()),
  });
  const targets = normal([size.batch, size.classes], 0);
  for (let i = 0; i < size.batch; i++) targets.data[i * size.classes + i] = 1;
  const images = normal([size.batch, 3, size.image, size.image], 1);
  const initial: Readonly<Record<string, (shape: readonly number[]) => HostTensor>> = {
    parameters: (shape) => normal(shape, 0.1),
    first: (shape) => normal(shape, 0),
    // Not 0: where a gradient is 0 but for rounding, Adam would make a full step of the rounding.
    second: (shape) => ({ shape, dtype: 'float32', data: new Float32Array(sizeOf(shape)).fill(0.1) }),
  };
  let state: Groups<HostTensor | DeviceTensor> = mapGroups(stateSignature(plan), ({ shape }, group) =>
    runtime.upload(initial[group]!(shape)),
  );
  const program = await compileStep(runtime, plan);
  const losses: number[] = [];
  for (let i = 0; i < 3; i++) {
    const { metrics, ...next } = await program.run({
      ...state,
      batch: { images: runtime.upload(images), targets },
      scalars: mapGroups(
        { scalars: adamScalars(1e-2, 0.01, i) as unknown as Record<string, number> },
        (value) => ({
          shape: [],
          dtype: 'float32' as const,
          data: Float32Array.of(value),
        }),
      ).scalars!,
    });
    for (const group of Object.values(state))
      for (const tensor of Object.values(group)) (tensor as DeviceTensor).dispose();
    state = Object.fromEntries(stateGroups.flatMap((group) => (next[group] ? [[group, next[group]]] : [])));
    losses.push((await metrics!.loss!.read())[0]!);
  }
  const parameters: number[] = [];
  for (const tensor of Object.values(state.parameters!))
    parameters.push(...(await (tensor as DeviceTensor).read()));
  await program.dispose();
  return { losses, parameters };
}
