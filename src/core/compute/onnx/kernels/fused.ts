/** tfjs's kernels for a product or convolution with bias and activation in one: the layers of a tfjs model call them. */
import * as tf from '@tensorflow/tfjs-core';
import { binary } from '../elementwise';
import type { Value } from '../values';
import { arithmetic } from './arithmetic';
import { images } from './images';
import type { Kernel, KernelCall, KernelFamily } from './kernel';
import { linearAlgebra } from './linearAlgebra';
import { unary } from './unary';

interface FusedAttributes {
  readonly activation?: string | null;
  readonly leakyreluAlpha?: number;
}

const activations: Readonly<Record<string, string>> = {
  relu: tf.Relu,
  relu6: tf.Relu6,
  elu: tf.Elu,
  sigmoid: tf.Sigmoid,
  leakyrelu: tf.LeakyRelu,
  prelu: tf.Prelu,
};

/** `plain`: the kernel without bias and activation. */
function withBiasAndActivation(plain: Kernel<never>): Kernel<FusedAttributes> {
  return (call, attributes) => {
    const { graph, inputs } = call;
    const result = (plain as Kernel<FusedAttributes>)(call, attributes) as Value;
    const sum = inputs.bias ? binary(graph, 'Add', result, inputs.bias) : result;
    return activated(call, sum, attributes);
  };
}

function activated(
  { graph, inputs }: KernelCall,
  x: Value,
  { activation, leakyreluAlpha }: FusedAttributes,
): Value | readonly Value[] {
  if (!activation || activation === 'linear') return x;
  const kernelName = activations[activation];
  if (kernelName === undefined)
    throw new Error(`The fused activation "${activation}" cannot be compiled: apply it as an operation.`);
  const kernel = { ...unary, ...arithmetic }[kernelName] as Kernel<{ alpha?: number }>;
  const alpha = inputs.preluActivationWeights;
  return kernel({ graph, inputs: alpha ? { x, alpha } : { x }, list: [x] }, { alpha: leakyreluAlpha });
}

export const fused: KernelFamily = {
  [tf._FusedMatMul]: withBiasAndActivation(linearAlgebra[tf.BatchMatMul]!) as Kernel<never>,
  [tf.FusedConv2D]: withBiasAndActivation(images[tf.Conv2D]!) as Kernel<never>,
  [tf.FusedDepthwiseConv2D]: withBiasAndActivation(images[tf.DepthwiseConv2dNative]!) as Kernel<never>,
};
