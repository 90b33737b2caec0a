/** Runtimes that compile nothing: a program's function runs anew every time, its kernels on a backend of tfjs. */
import * as tf from '@tensorflow/tfjs-core';
import type { RuntimeName } from '../../protocol/runtime';
import { withBackend } from './backend';
import { deviceError } from './deviceErrors';
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
  type Signature,
  type TensorData,
} from './runtime';
import { checkInputs } from './signature';

/** `backend`: a registered one. */
export function createEagerRuntime(name: RuntimeName, device: string, backend: string): Runtime {
  return {
    name,
    device,
    keepsUploads: true,
    compile: async (fn, signature) => new EagerProgram(fn, signature, name, backend),
    upload(host) {
      try {
        return withBackend(backend, () => new EagerTensor(made(host, host.data), name));
      } catch (error) {
        throw deviceError(error, name);
      }
    },
    dispose: async () => {},
  };
}

/** A tensor where its backend keeps it. */
class EagerTensor implements DeviceTensor {
  readonly shape: readonly number[];
  readonly dtype: DType;

  constructor(
    private readonly kept: tf.Tensor,
    private readonly runtime: RuntimeName,
  ) {
    this.shape = kept.shape;
    this.dtype = kept.dtype as DType;
    tf.keep(kept);
  }

  tensor(): tf.Tensor {
    if (this.kept.isDisposed) throw new Error('The tensor was used after it was disposed of.');
    return this.kept;
  }

  async read(): Promise<TensorData> {
    const tensor = this.tensor();
    try {
      return tensor.dataSync() as TensorData;
    } catch (error) {
      // A GPU tells what went wrong in a run where its results are waited for.
      throw deviceError(error, this.runtime);
    }
  }

  dispose(): void {
    this.kept.dispose();
  }
}

class EagerProgram implements Program {
  constructor(
    private readonly fn: ProgramFunction,
    private readonly signature: Signature,
    private readonly runtime: RuntimeName,
    private readonly backend: string,
  ) {}

  async run(inputs: Groups<HostTensor | DeviceTensor>): Promise<Groups<DeviceTensor>> {
    checkInputs(this.signature, inputs);
    try {
      return withBackend(this.backend, () => this.runEagerly(inputs));
    } catch (error) {
      throw deviceError(error, this.runtime);
    }
  }

  private runEagerly(inputs: Groups<HostTensor | DeviceTensor>): Groups<DeviceTensor> {
    const outputs: Record<string, Record<string, DeviceTensor>> = {};
    tf.tidy(() => {
      const results = this.fn(mapGroups(inputs, toTensor));
      for (const [group, tensors] of Object.entries(results)) {
        outputs[group] = {};
        // Clones: an output may be an input, or be named twice, and each is disposed of by itself.
        for (const [name, tensor] of Object.entries(tensors))
          outputs[group][name] = new EagerTensor(tf.clone(tensor), this.runtime);
      }
    });
    return outputs;
  }

  async dispose(): Promise<void> {}
}

function toTensor(input: HostTensor | DeviceTensor, group: string, name: string): tf.Tensor {
  if (input instanceof EagerTensor) return input.tensor();
  if (isDeviceTensor(input))
    throw new Error(`The input "${group}.${name}" belongs to another runtime: read it and pass its values.`);
  // A copy: a backend shares the memory, and an output may be this very tensor.
  return made(input, input.data.slice() as TensorData);
}

function made({ shape, dtype }: HostTensor, data: TensorData): tf.Tensor {
  return tf.tensor(data, [...shape], dtype);
}
