/**
 * Entry of the process that tries one runtime, dist/probe.js: it loads native code that may crash or hang, so it does nothing else. The
 * parent sends a ProbeOrder and gets a ProbeAnswer.
 */
import { availableParallelism } from 'node:os';
import { createOnnxRuntime } from '../onnx/runtime';
import { loadOnnxRuntime, messageOf } from '../onnx/session';
import type { Runtime } from '../runtime';
import { loadBinding } from '../tensorflow/binding';
import { createTensorFlowRuntime } from '../tensorflow/runtime';
import { loadedLibraries, nvidiaModels } from './adapter';
import type { ProbedName } from './candidate';
import { measureProducts } from './product';

export interface ProbeOrder {
  readonly name: ProbedName;
  readonly path: string | undefined;
}

export type ProbeAnswer =
  | {
      readonly gigaflops: number;
      readonly version: string | undefined;
      readonly onGpu: boolean;
      readonly device: string;
      readonly libraries: readonly string[];
    }
  | {
      readonly failed: string;
      /** What a library said, where `failed` says it in our words. */
      readonly cause?: string | undefined;
    };

async function answer(order: ProbeOrder): Promise<ProbeAnswer> {
  const { runtime, version, onGpu } = await open(order);
  const gigaflops = await measureProducts(runtime);
  const [model] = onGpu ? await nvidiaModels() : [];
  const device = order.name === 'onnx-webgpu' ? '' : (model ?? runtime.device);
  return { gigaflops, version, onGpu, device, libraries: await loadedLibraries() };
}

async function open({
  name,
  path,
}: ProbeOrder): Promise<{ runtime: Runtime; version: string | undefined; onGpu: boolean }> {
  if (name === 'tensorflow') {
    const binding = loadBinding(path!, undefined);
    const onGpu = binding.isUsingGpuDevice();
    const threads = availableParallelism();
    const device = onGpu ? 'GPU' : `${threads} ${threads === 1 ? 'thread' : 'threads'}`;
    return { runtime: createTensorFlowRuntime(path!, { device }), version: binding.TF_Version, onGpu };
  }
  const onnx = await loadOnnxRuntime(path);
  // On stderr: the GPUs of the system, and libraries that do not load.
  onnx.env.logLevel = name === 'onnx-webgpu' ? 'info' : 'warning';
  const runtime = await createOnnxRuntime(name, { folder: path });
  return { runtime, version: onnx.env.versions?.node, onGpu: name !== 'onnx-cpu' };
}

process.once('message', async (order: ProbeOrder) => {
  const reply = await answer(order).catch((error: unknown): ProbeAnswer => {
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause.message : undefined;
    return { failed: messageOf(error), cause };
  });
  // Drivers may crash while they are unloaded, which says nothing of their work: the parent ends this process.
  process.send?.(reply);
});
