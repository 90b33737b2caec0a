/**
 * Runs in a process of its own, started by webgpu.test.ts: three training steps of a tiny vision transformer on WebGPU and
 * on the CPU. Prints one line of JSON.
 */

import * as tf from '@tensorflow/tfjs-core';
import { OutOfMemoryError } from '../../../../src/core/compute/deviceErrors';
import { createSession, loadOnnxRuntime } from '../../../../src/core/compute/onnx/session';
import { trace } from '../../../../src/core/compute/onnx/trace';
import { openRuntime } from '../../../../src/core/compute/open';
import type { Runtime } from '../../../../src/core/compute/runtime';
import { UserError } from '../../../../src/core/errors';
import { createResidentFeatures } from '../../../../src/core/finetune/residentFeatures';
import { compileStep } from '../../../../src/core/finetune/step';
import { plan, train } from '../tinyTraining';

/** ONNX Runtime's complaint if a node of the step would run on the CPU; its log then tells which. */
async function placement(): Promise<string> {
  let complaint = 'not compiled';
  const onnx = await loadOnnxRuntime();
  const probe = {
    compile: async (...[fn, signature]: Parameters<Runtime['compile']>) => {
      const { model } = trace(fn, signature, 'onnx-webgpu');
      const options = { provider: 'onnx-webgpu', threads: 1, gpuOnly: true } as const;
      try {
        await (await createSession(onnx, model, options)).release();
        complaint = '';
      } catch (error) {
        complaint = String(error);
        const verbose = {
          executionProviders: ['webgpu'],
          logSeverityLevel: 0,
          logVerbosityLevel: 1,
        } as const;
        await (await onnx.InferenceSession.create(model, verbose)).release();
      }
      throw new Error('only the placement was asked for');
    },
  } as unknown as Runtime;
  await compileStep(probe, plan).catch(() => {});
  return complaint;
}

/** Features of three images, kept on the GPU: those of a batch, by layer, and whether the runtime says that they stay there. */
async function gathered(runtime: Runtime): Promise<{ stays: boolean; rows: Record<string, number[]> }> {
  const values = { block: Float32Array.of(1, 2, 3, 4, 5, 6), final: Float32Array.of(7, 8, 9) };
  const resident = await createResidentFeatures({
    ...{ runtime, length: 3, size: { height: 1, width: 1 }, mirrored: false, batch: 2 },
    split: { count: 3, labels: new Int32Array(3), pixels: async () => new Uint8Array() },
    features: { has: () => true, of: async () => values, dispose: async () => {} },
  });
  const rows: Record<string, number[]> = {};
  for (const [layer, tensor] of Object.entries(await resident!.of(Int32Array.of(4, 0))))
    rows[layer] = [...(await tensor.read())];
  await resident!.dispose();
  return { stays: runtime.keepsUploads === true, rows };
}

/** Runs a program that WebGPU has no kernel for. */
async function largestAt(runtime: Runtime): Promise<void> {
  const program = await runtime.compile(({ in: group }) => ({ out: { at: tf.argMax(group!.x!, -1) } }), {
    in: { x: { shape: [2, 3], dtype: 'float32' } },
  });
  const x = { shape: [2, 3], dtype: 'float32' as const, data: Float32Array.of(1, 3, 2, 6, 5, 4) };
  const { out } = await program.run({ in: { x } });
  if (String(await out!.at!.read()) !== '1,0') throw new Error('the positions are wrong');
  await program.dispose();
}

/** What becomes of a program that needs more than any GPU has, and whether the next one works. */
async function tooLarge(runtime: Runtime): Promise<string> {
  const side = async (n: number) => {
    const program = await runtime.compile(
      ({ in: group }) => ({ out: { sum: tf.sum(tf.exp(tf.matMul(group!.column!, group!.row!))) } }),
      { in: { column: { shape: [n, 1], dtype: 'float32' }, row: { shape: [1, n], dtype: 'float32' } } },
    );
    const zeros = (shape: number[]) => ({ shape, dtype: 'float32' as const, data: new Float32Array(n) });
    const { out } = await program.run({ in: { column: zeros([n, 1]), row: zeros([1, n]) } });
    const [sum] = await out!.sum!.read();
    await program.dispose();
    return sum;
  };
  // 160 GB
  const error = await side(200_000).catch((thrown: unknown) => thrown);
  if (!(error instanceof OutOfMemoryError)) return `no word of memory: ${error}`;
  return (await side(8)) === 64 ? '' : 'what came after is wrong';
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
  const features = await gathered(gpu);
  const ofStep = [...(gpu.fallbacks ?? [])];
  await largestAt(gpu);
  const fallbacks = [...(gpu.fallbacks ?? [])];
  const tooMuch = await tooLarge(gpu);
  await gpu.dispose();
  const cpu = await openRuntime('onnx-cpu', { threads: 1 });
  const onCpu = await train(cpu);
  await cpu.dispose();
  return { onGpu, onCpu, complaint, features, tooMuch, fallbacks: { ofStep, ofLargest: fallbacks } };
}

main()
  .then((result) => console.log(JSON.stringify(result)))
  .catch((error: unknown) => {
    console.error(error);
    process.exit(1);
  });
