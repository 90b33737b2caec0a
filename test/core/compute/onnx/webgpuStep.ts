/**
 * Runs in a process of its own, started by webgpu.test.ts: three training steps of a tiny vision transformer on WebGPU and
 * on the CPU. Prints one line of JSON.
 */

import { createSession, loadOnnxRuntime } from '../../../../src/core/compute/onnx/session';
import { trace } from '../../../../src/core/compute/onnx/trace';
import { openRuntime } from '../../../../src/core/compute/open';
import type { Runtime } from '../../../../src/core/compute/runtime';
import { UserError } from '../../../../src/core/errors';
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
