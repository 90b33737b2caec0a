/**
 * Runs in a process of its own, started by webgpu.test.ts: three training steps of a tiny vision transformer on WebGPU and
 * on the CPU. Prints one line of JSON.
 */

import { createSession, loadOnnxRuntime } from '../../../../src/core/compute/onnx/session';
import { trace } from '../../../../src/core/compute/onnx/trace';
import { openRuntime } from '../../../../src/core/compute/open';
import {
  type DeviceTensor,
  type Groups,
  type HostTensor,
  mapGroups,
  type Runtime,
  sizeOf,
} from '../../../../src/core/compute/runtime';
import { UserError } from '../../../../src/core/errors';
import { adamScalars } from '../../../../src/core/finetune/optimiser';
import { compileStep, type StepPlan, stateGroups, stateSignature } from '../../../../src/core/finetune/step';
import { createVit } from '../../../../src/core/models/vit';
import { createRandom } from '../../../../src/core/random';

const size = { image: 8, patch: 4, batch: 3, classes: 4 };
const plan: StepPlan = {
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
async function train(runtime: Runtime) {
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

/** ONNX Runtime's complaint if a node of the step would run on the CPU. */
async function placement(): Promise<string> {
  let complaint = 'not compiled';
  const onnx = await loadOnnxRuntime();
  const strict = {
    InferenceSession: {
      create: (model: Uint8Array, options: object) =>
        onnx.InferenceSession.create(model, {
          ...options,
          extra: { session: { disable_cpu_ep_fallback: '1' } },
        }),
    },
    Tensor: onnx.Tensor,
  };
  const probe = {
    compile: async (...[fn, signature]: Parameters<Runtime['compile']>) => {
      const { model } = trace(fn, signature, 'onnx-webgpu');
      try {
        await (await createSession(strict, model, { target: 'onnx-webgpu', threads: 1 })).release();
        complaint = '';
      } catch (error) {
        complaint = String(error);
      }
      throw new Error('only the placement was asked for');
    },
  } as unknown as Runtime;
  await compileStep(probe, plan).catch(() => {});
  return complaint;
}

async function main(): Promise<object> {
  let gpu: Runtime;
  try {
    gpu = await openRuntime('onnx-webgpu', { threads: 1 });
  } catch (error) {
    if (error instanceof UserError) return { noAdapter: error.message };
    throw error;
  }
  const onGpu = await train(gpu);
  const complaint = await placement();
  await gpu.dispose();
  const cpu = await openRuntime('onnx-cpu', { threads: 1 });
  const onCpu = await train(cpu);
  await cpu.dispose();
  return { onGpu, onCpu, complaint };
}

main()
  .then((result) => console.log(JSON.stringify(result)))
  .catch((error: unknown) => {
    console.error(error);
    process.exit(1);
  });
