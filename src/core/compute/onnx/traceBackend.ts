/**
 * The tfjs backend whose kernels record a graph instead of computing. There is one, because tfjs wants backends by name;
 * what it records into is the `Recording` of the one trace in progress (a trace is synchronous).
 */
import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import type { DType, HostTensor, TensorData } from '../runtime';
import type { Graph } from './graph';
import { kernelTable } from './kernels/table';
import type { Value } from './values';

export const traceBackendName = 'repsim-trace';

/** tfjs operations that draw random numbers on the host, where a trace would freeze them. */
const randomOperations = [
  'rand',
  'randomNormal',
  'randomUniform',
  'randomUniformInt',
  'randomStandardNormal',
  'randomGamma',
  'truncatedNormal',
  'dropout',
  'multinomial',
];

/** A tensor that the function uses without it being an input: fed with every run, with the values it had when traced. */
export interface CapturedTensor {
  readonly value: Value;
  readonly tensor: HostTensor;
}

/** The state of one trace. */
export class Recording {
  readonly captured: CapturedTensor[] = [];
  private readonly values = new Map<object, Value>();
  private readonly capturedIds = new Map<object, Value>();

  constructor(readonly graph: Graph) {}

  add(value: Value): tf.TensorInfo {
    const dataId = {};
    this.values.set(dataId, value);
    return { dataId, shape: [...value.shape], dtype: value.dtype as DType };
  }

  /** A new input of the graph, as the tensor that stands for it. */
  input(shape: readonly number[], dtype: DType): tf.Tensor {
    return tf.engine().makeTensorFromTensorInfo(this.add(this.graph.input(shape, dtype)));
  }

  remove(dataId: object): void {
    this.values.delete(dataId);
  }

  valueOf(tensor: tf.TensorInfo): Value {
    return this.values.get(tensor.dataId) ?? this.capturedIds.get(tensor.dataId) ?? this.capture(tensor);
  }

  private capture(tensor: tf.TensorInfo): Value {
    const shape = tensor.shape.join(', ');
    if (tensor instanceof tf.Variable)
      throw new Error(
        `The tf.variable "${tensor.name}" [${shape}] was used while the program was compiled: pass its value as an input, since later values would not be seen.`,
      );
    const dtype = dtypeOf(tensor.dtype);
    const owner = engineState().tensorInfo.get(tensor.dataId)?.backend;
    if (!owner || owner === backend)
      throw new Error(
        `A tensor [${shape}] of another program was used while the program was compiled: return it from that program and pass it as an input.`,
      );
    // A copy: its owner may reuse the memory once the tensor is disposed of.
    const data = (owner.readSync(tensor.dataId) as TensorData).slice();
    const value = this.graph.input(tensor.shape, dtype);
    this.captured.push({ value, tensor: { shape: [...tensor.shape], dtype, data } });
    this.capturedIds.set(tensor.dataId, value);
    return value;
  }
}

interface EngineState {
  readonly tensorInfo: { get(dataId: object): { readonly backend: tf.KernelBackend } | undefined };
  readonly scopeStack: readonly { readonly name: string }[];
}

function engineState(): EngineState {
  return tf.engine().state as unknown as EngineState;
}

class TraceBackend extends tf.KernelBackend {
  private recording: Recording | undefined;

  record<T>(recording: Recording, body: () => T): T {
    if (this.recording)
      throw new Error(
        'A program was compiled inside the function of another program: call the function itself.',
      );
    this.recording = recording;
    try {
      return body();
    } finally {
      this.recording = undefined;
    }
  }

  current(): Recording {
    if (!this.recording)
      throw new Error(
        `A tensor of a compiled program was used after the program was compiled: return it as an output.`,
      );
    return this.recording;
  }

  override write(values: tf.backend_util.TypedArray, shape: number[], dtype: tf.DataType): object {
    refuseRandomNumbers();
    return this.current().add(this.current().graph.constant(values, shape, dtypeOf(dtype))).dataId;
  }

  override disposeData(dataId: object): boolean {
    this.recording?.remove(dataId);
    return true;
  }

  override readSync(): never {
    throw new Error(readMessage);
  }

  override async read(): Promise<never> {
    throw new Error(readMessage);
  }

  override refCount(): number {
    return 1;
  }

  override incRef(): void {}

  override numDataIds(): number {
    return 0;
  }

  override floatPrecision(): 32 {
    return 32;
  }

  override epsilon(): number {
    return 1e-7;
  }

  override memory(): { unreliable: boolean } {
    return { unreliable: true };
  }

  override dispose(): void {}
}

const readMessage =
  'The value of a tensor was read (dataSync, arraySync, data, array or print) while a program was compiled: tensors have no values yet, so return the tensor as an output and read it after the run.';

/** tfjs scopes every operation by name, so an array that is written inside a random one is known to be random. */
function refuseRandomNumbers(): void {
  for (const scope of engineState().scopeStack) {
    const name = scope.name?.replace(/__op$/, '');
    if (!name || !randomOperations.includes(name)) continue;
    throw new Error(
      `tf.${name} was used while a program was compiled, which would give the same numbers in every run: pass masks and noise as inputs.`,
    );
  }
}

function dtypeOf(dtype: tf.DataType): DType {
  if (dtype === 'float32' || dtype === 'int32' || dtype === 'bool') return dtype;
  throw new Error(
    `A tensor of dtype ${dtype} was used while a program was compiled: it has float32, int32 and bool.`,
  );
}

const backend = new TraceBackend();
tf.registerBackend(traceBackendName, () => backend, 0);

for (const [kernelName, kernel] of Object.entries(kernelTable)) {
  tf.registerKernel({
    kernelName,
    backendName: traceBackendName,
    kernelFunc: ({ inputs, attrs }) => {
      const recording = backend.current();
      const entries = Object.entries(inputs).filter(([, tensor]) => tensor != null);
      const values = entries.map(([name, tensor]) => [name, recording.valueOf(tensor!)] as const);
      const result = kernel(
        {
          graph: recording.graph,
          inputs: Object.fromEntries(values),
          list: values.map(([, value]) => value),
        },
        (attrs ?? {}) as never,
      );
      return 'origin' in result ? recording.add(result) : result.map((value) => recording.add(value));
    },
  });
}

/** Runs `body` with `recording` as what kernels record into. */
export function record<T>(recording: Recording, body: () => T): T {
  return backend.record(recording, body);
}
