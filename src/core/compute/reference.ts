/** The `reference` runtime: programs run eagerly on tfjs's own `cpu` backend. Slow; what the other runtimes are checked against. */
import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { withBackend } from './backend';
import {
  type DeviceTensor,
  type DType,
  type Groups,
  type HostTensor,
  mapGroups,
  type Program,
  type ProgramFunction,
  type Runtime,
  type Signature,
  type TensorData,
} from './runtime';
import { checkInputs } from './signature';

export function createReferenceRuntime(): Runtime {
  return {
    name: 'reference',
    device: 'tfjs cpu backend',
    compile: async (fn, signature) => new EagerProgram(fn, signature),
    upload: (host) => new MemoryTensor(host.shape, host.dtype, host.data),
    dispose: async () => {},
  };
}

/** A device tensor whose device is ordinary memory. */
class MemoryTensor implements DeviceTensor {
  private data: TensorData | undefined;

  constructor(
    readonly shape: readonly number[],
    readonly dtype: DType,
    data: TensorData,
  ) {
    this.data = data;
  }

  values(): TensorData {
    if (!this.data) throw new Error('The tensor was used after it was disposed of.');
    return this.data;
  }

  async read(): Promise<TensorData> {
    return this.values();
  }

  dispose(): void {
    this.data = undefined;
  }
}

class EagerProgram implements Program {
  constructor(
    private readonly fn: ProgramFunction,
    private readonly signature: Signature,
  ) {}

  async run(inputs: Groups<HostTensor | DeviceTensor>): Promise<Groups<DeviceTensor>> {
    checkInputs(this.signature, inputs);
    return withBackend('cpu', () => {
      const outputs: Record<string, Record<string, DeviceTensor>> = {};
      tf.tidy(() => {
        const results = this.fn(mapGroups(inputs, toTensor));
        for (const [group, tensors] of Object.entries(results)) {
          outputs[group] = {};
          for (const [name, tensor] of Object.entries(tensors)) outputs[group][name] = fromTensor(tensor);
        }
      });
      return outputs;
    });
  }

  async dispose(): Promise<void> {}
}

function toTensor(input: HostTensor | DeviceTensor): tf.Tensor {
  const data = input instanceof MemoryTensor ? input.values() : (input as HostTensor).data;
  return tf.tensor(data, [...input.shape], input.dtype);
}

function fromTensor(tensor: tf.Tensor): MemoryTensor {
  // A copy: tfjs may hand out the very array that it was given as an input.
  return new MemoryTensor(tensor.shape, tensor.dtype as DType, tensor.dataSync().slice() as TensorData);
}
