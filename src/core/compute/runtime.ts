/**
 * What a runtime is: something that runs programs. A program is written once, as a pure function of tfjs tensors, and
 * compiled for one signature of names, shapes and dtypes.
 */
import type { Tensor } from '@tensorflow/tfjs-core';
import type { RuntimeName } from '../../protocol/runtime';

export type DType = 'float32' | 'int32' | 'bool';
export type TensorData = Float32Array | Int32Array | Uint8Array;

export interface TensorSpec {
  readonly shape: readonly number[];
  readonly dtype: DType;
}

/** A tensor in ordinary memory: row-major, `data` is a Float32Array, Int32Array or (bool) Uint8Array. */
export interface HostTensor extends TensorSpec {
  readonly data: TensorData;
}

/** A tensor where the runtime keeps it: in memory, or on the GPU. */
export interface DeviceTensor extends TensorSpec {
  /** Copies or hands over the values; the result must not be written to. */
  read(): Promise<TensorData>;
  /** Frees it. Using it afterwards is an error; freeing it twice is not. */
  dispose(): void;
}

/** Tensors by name, and groups of tensors by name: {params: {...}, batch: {images, labels}, scalars: {learningRate}}. */
export type Group<T> = Readonly<Record<string, T>>;
export type Groups<T> = Readonly<Record<string, Group<T>>>;
export type Signature = Groups<TensorSpec>;

/**
 * A pure function of tensors. It must not read values (`dataSync`, `array`), nor draw random numbers, nor use tensors
 * made outside: masks, noise and step-dependent scalars are inputs.
 */
export type ProgramFunction = (inputs: Groups<Tensor>) => Groups<Tensor>;

export interface CompileOptions {
  /** Groups of outputs that stay on the device, such as parameters and optimiser state between two steps. */
  readonly resident?: readonly string[];
}

/** A compiled function. */
export interface Program {
  /**
   * Inputs are host tensors or outputs of earlier runs of the same runtime; they are left as they are.
   * Throws an Error that names the input if one is missing, left over, or of the wrong shape or dtype.
   */
  run(inputs: Groups<HostTensor | DeviceTensor>): Promise<Groups<DeviceTensor>>;
  dispose(): Promise<void>;
}

export interface Runtime {
  readonly name: RuntimeName;
  /** In words: "2 threads", "NVIDIA H100". */
  readonly device: string;
  /**
   * What is done elsewhere than was asked for: by another runtime, or on the CPU beside a GPU. Sentences for people; more may come when a
   * program is compiled.
   */
  readonly fallbacks?: readonly string[];
  /** Whether what is uploaded stays on a device, where programs read it without a transfer. */
  readonly keepsUploads?: boolean;
  compile(fn: ProgramFunction, signature: Signature, options?: CompileOptions): Promise<Program>;
  /** Puts a tensor where programs read it fastest. On a CPU it may share `host.data`. */
  upload(host: HostTensor): DeviceTensor;
  dispose(): Promise<void>;
}

export interface RuntimeOptions {
  /** CPU threads of one program; default: all cores. */
  readonly threads?: number;
}

export function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, extent) => product * extent, 1);
}

export function isDeviceTensor(tensor: HostTensor | DeviceTensor): tensor is DeviceTensor {
  return 'read' in tensor;
}

export function mapGroup<A, B>(group: Group<A>, map: (value: A, name: string) => B): Group<B> {
  return Object.fromEntries(Object.entries(group).map(([name, value]) => [name, map(value, name)]));
}

export function mapGroups<A, B>(
  groups: Groups<A>,
  map: (value: A, group: string, name: string) => B,
): Groups<B> {
  return mapGroup(groups, (members, group) => mapGroup(members, (value, name) => map(value, group, name)));
}
