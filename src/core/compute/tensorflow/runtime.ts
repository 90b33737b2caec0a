/** The `tensorflow` runtime: programs run eagerly, each tfjs kernel as an operation of TensorFlow on its GPU or the CPU. */
import { availableParallelism } from 'node:os';
import * as tf from '@tensorflow/tfjs-core';
import { withBackend } from '../backend';
import { deviceError } from '../deviceErrors';
import {
  type DeviceTensor,
  type DType,
  type Groups,
  type HostTensor,
  isDeviceTensor,
  mapGroups,
  type Program,
  type ProgramFunction,
  type Runtime,
  type RuntimeOptions,
  type Signature,
  type TensorData,
} from '../runtime';
import { checkInputs } from '../signature';
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
  return {
    name: 'tensorflow',
    device: options.device ?? `${kind}, TensorFlow ${binding.TF_Version}`,
    compile: async (fn, signature) => new EagerProgram(fn, signature),
    upload: (host) => withBackend(tensorFlowBackendName, () => new TensorFlowTensor(made(host, host.data))),
    dispose: async () => {},
  };
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

/** A tensor where TensorFlow keeps it. */
class TensorFlowTensor implements DeviceTensor {
  readonly shape: readonly number[];
  readonly dtype: DType;

  constructor(private readonly kept: tf.Tensor) {
    this.shape = kept.shape;
    this.dtype = kept.dtype as DType;
    tf.keep(kept);
  }

  tensor(): tf.Tensor {
    if (this.kept.isDisposed) throw new Error('The tensor was used after it was disposed of.');
    return this.kept;
  }

  async read(): Promise<TensorData> {
    return this.tensor().dataSync() as TensorData;
  }

  dispose(): void {
    this.kept.dispose();
  }
}

class EagerProgram implements Program {
  constructor(
    private readonly fn: ProgramFunction,
    private readonly signature: Signature,
  ) {}

  async run(inputs: Groups<HostTensor | DeviceTensor>): Promise<Groups<DeviceTensor>> {
    checkInputs(this.signature, inputs);
    try {
      return this.runEagerly(inputs);
    } catch (error) {
      throw deviceError(error, 'tensorflow');
    }
  }

  private runEagerly(inputs: Groups<HostTensor | DeviceTensor>): Groups<DeviceTensor> {
    return withBackend(tensorFlowBackendName, () => {
      const outputs: Record<string, Record<string, DeviceTensor>> = {};
      tf.tidy(() => {
        const results = this.fn(mapGroups(inputs, toTensor));
        for (const [group, tensors] of Object.entries(results)) {
          outputs[group] = {};
          // Clones: an output may be an input, or be named twice, and each is disposed of by itself.
          for (const [name, tensor] of Object.entries(tensors))
            outputs[group][name] = new TensorFlowTensor(tf.clone(tensor));
        }
      });
      return outputs;
    });
  }

  async dispose(): Promise<void> {}
}

function toTensor(input: HostTensor | DeviceTensor, group: string, name: string): tf.Tensor {
  if (input instanceof TensorFlowTensor) return input.tensor();
  if (isDeviceTensor(input))
    throw new Error(`The input "${group}.${name}" belongs to another runtime: read it and pass its values.`);
  // A copy: TensorFlow shares the memory, and an output may be this very tensor.
  return made(input, input.data.slice() as TensorData);
}

function made({ shape, dtype }: HostTensor, data: TensorData): tf.Tensor {
  return tf.tensor(data, [...shape], dtype);
}
