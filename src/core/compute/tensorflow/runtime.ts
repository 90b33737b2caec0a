/** The `tensorflow` runtime: programs run eagerly, each tfjs kernel as an operation of TensorFlow on its GPU or the CPU. */
import { availableParallelism } from 'node:os';
import * as tf from '@tensorflow/tfjs-core';
import { createEagerRuntime } from '../eager';
import type { Runtime, RuntimeOptions } from '../runtime';
import { TensorFlowBackend, tensorFlowBackendName } from './backend';
import { loadBinding, type TensorFlowBinding } from './binding';
import { tensorFlowKernels } from './kernels/table';

export interface TensorFlowOptions extends RuntimeOptions {
  /** What is known of the device, in words. */
  readonly device?: string | undefined;
}

/** `file`: the native module of `@tensorflow/tfjs-node`. Throws a UserError when it does not load. */
export function createTensorFlowRuntime(file: string, options: TensorFlowOptions = {}): Runtime {
  const binding = loadBinding(file, options.threads);
  registerBackend(binding);
  const threads = options.threads ?? availableParallelism();
  const kind = binding.isUsingGpuDevice() ? 'GPU' : `${threads} ${threads === 1 ? 'thread' : 'threads'}`;
  const device = options.device ?? `${kind}, TensorFlow ${binding.TF_Version}`;
  return createEagerRuntime('tensorflow', device, tensorFlowBackendName);
}

function registerBackend(binding: TensorFlowBinding): void {
  if (tf.engine().registryFactory[tensorFlowBackendName]) return;
  tf.registerBackend(tensorFlowBackendName, () => new TensorFlowBackend(binding), 0);
  for (const [kernelName, kernel] of Object.entries(tensorFlowKernels)) {
    tf.registerKernel({
      kernelName,
      backendName: tensorFlowBackendName,
      kernelFunc: ({ inputs, attrs, backend }) => {
        // Operations hand over tensors; the types of tfjs allow for kernels that call each other, which ours do not.
        const given = Object.entries(inputs).filter(([, tensor]) => tensor != null) as [string, tf.Tensor][];
        const call = {
          backend: backend as TensorFlowBackend,
          inputs: Object.fromEntries(given),
          list: given.map(([, tensor]) => tensor),
        };
        return kernel(call, (attrs ?? {}) as never);
      },
    });
  }
}
