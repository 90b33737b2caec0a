/** What a kernel of TensorFlow is: a tfjs kernel that runs one operation of TensorFlow, or is written with tfjs operations that do. */
import * as tf from '@tensorflow/tfjs-core';
import type { DType } from '../../runtime';
import type { Attributes, TensorFlowBackend } from '../backend';

export interface KernelCall {
  readonly backend: TensorFlowBackend;
  /** By the names that tfjs gives them. */
  readonly inputs: Readonly<Record<string, tf.Tensor>>;
  /** All inputs in order, for kernels that take any number. */
  readonly list: readonly tf.Tensor[];
}

/** `A`: the attributes of the tfjs kernel, as `kernel_names` of tfjs-core types them. */
export type Kernel<A = object> = (call: KernelCall, attributes: A) => tf.TensorInfo | tf.Tensor[];

/** Kernels by tfjs name. `Kernel<never>` is what kernels of all attribute types have in common. */
export type KernelFamily = Readonly<Record<string, Kernel<never>>>;

/** The dtype of `x`, which a program's tensors have no others than. */
export const dtypeOf = (x: tf.TensorInfo): DType => x.dtype as DType;

/** One operation with one output, whose attribute `T` is the dtype of its first input unless said otherwise. */
export function operation(
  { backend }: KernelCall,
  name: string,
  inputs: readonly [tf.Tensor, ...(tf.Tensor | readonly number[] | number)[]],
  { types, ...attributes }: Attributes = {},
): tf.Tensor {
  return backend.run(name, inputs, { ...attributes, types: { T: dtypeOf(inputs[0]), ...types } })[0]!;
}

/** `x`, or what can be added and compared in its place: tfjs counts with bools, TensorFlow does not. */
export const numeric = (x: tf.Tensor): tf.Tensor => (x.dtype === 'bool' ? tf.cast(x, 'int32') : x);

/** Computes in float32 and gives back the dtype of `x`, as tfjs's own kernels do when they store into its array. */
export function throughFloat(x: tf.Tensor, compute: (x: tf.Tensor) => tf.Tensor): tf.Tensor {
  if (x.dtype === 'float32') return compute(x);
  return tf.tidy(() => tf.cast(compute(tf.cast(x, 'float32')), x.dtype));
}

/** Computes on int32 in place of bool and gives back the dtype of `x`. */
export function throughNumeric(x: tf.Tensor, compute: (x: tf.Tensor) => tf.Tensor): tf.Tensor {
  if (x.dtype !== 'bool') return compute(x);
  return tf.tidy(() => tf.cast(compute(tf.cast(x, 'int32')), 'bool'));
}
