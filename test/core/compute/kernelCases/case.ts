/** What one case of a kernel is: inputs, and a function that reaches the kernel. */
import type * as tf from '@tensorflow/tfjs-core';
import type { HostTensor } from '../../../../src/core/compute/runtime';
import type { Tolerance } from '../../../support/allClose';

export interface KernelCase {
  /** In words, different from those of all other cases of the kernel. */
  readonly name: string;
  readonly inputs: readonly HostTensor[];
  readonly compute: (...inputs: tf.Tensor[]) => tf.Tensor | readonly tf.Tensor[];
  /** The right results, where those of tfjs's cpu backend are wrong. */
  readonly expected?: readonly HostTensor[];
  /** Default: 2e-5 of the largest expected value. */
  readonly tolerance?: Tolerance;
  /** Infinities, NaN, or numbers that are almost so: shaders may take none of them seriously. */
  readonly extreme?: boolean;
}

/** Cases by the tfjs name of the kernel that they reach. */
export type KernelCases = Readonly<Record<string, readonly KernelCase[]>>;

export function kernelCase(
  name: string,
  inputs: readonly HostTensor[],
  compute: KernelCase['compute'],
  more: Pick<KernelCase, 'expected' | 'tolerance' | 'extreme'> = {},
): KernelCase {
  return { name, inputs, compute, ...more };
}
