/** What one case of a derivative is, and its derivatives from differences in float64. */
import * as tf from '@tensorflow/tfjs-core';
import { hessianVectorProduct, valueAndGradient } from '../../../../src/core/compute/differentiate';
import type { Group, HostTensor } from '../../../../src/core/compute/runtime';
import { inDoublePrecision } from '../../../support/doublePrecision';

export interface DerivativeCase {
  /** In words, different from those of all other cases of the same function. */
  readonly name: string;
  /** float32; the derivatives are with respect to all of them. */
  readonly inputs: readonly HostTensor[];
  readonly compute: (...inputs: tf.Tensor[]) => tf.Tensor | readonly tf.Tensor[];
}

/** Cases by the tfjs name of the kernel that they reach. */
export type DerivativeCases = Readonly<Record<string, readonly DerivativeCase[]>>;

export function derivativeCase(
  name: string,
  inputs: readonly HostTensor[],
  compute: DerivativeCase['compute'],
): DerivativeCase {
  return { name, inputs, compute };
}

/**
 * A number made of all outputs: the sum of w (y + y^2 / 2) with a different w for each element, so that no two errors
 * cancel and the second derivative is not zero even where the function is linear.
 */
export function lossOf({ compute }: DerivativeCase): (parameters: Group<tf.Tensor>) => tf.Tensor {
  return (parameters) => {
    const outputs = [compute(...Object.values(parameters))].flat() as tf.Tensor[];
    return tf.addN(
      outputs.map((output) => {
        const y = tf.cast(output, 'float32');
        const weights = tf.reshape(tf.linspace(0.3, 1, y.size), y.shape);
        return tf.sum(tf.mul(weights, tf.add(y, tf.mul(tf.square(y), 0.5))));
      }),
    );
  };
}

/** The gradient and the product of the Hessian with `vector`, in the program of either runtime. */
export function derivatives(
  one: DerivativeCase,
  parameters: Group<tf.Tensor>,
  vector: Group<tf.Tensor>,
): { gradient: Group<tf.Tensor>; product: Group<tf.Tensor> } {
  const { gradient } = valueAndGradient(lossOf(one), parameters);
  return { gradient, product: hessianVectorProduct(lossOf(one), parameters, vector).product };
}

type Table = readonly (readonly number[])[];

/** In float64, differences over 2 x this are right to 1e-9: rounding and curvature are as large as each other. */
const step = 1e-5;

/** The gradient by central differences of the loss, an element at a time; a list an input. */
export function gradientByDifferences(one: DerivativeCase): Table {
  const at = one.inputs.map(({ data }) => Float64Array.from(data));
  return at.map((values) =>
    Array.from(values, (value, i) => {
      const [up, down] = [step, -step].map((change) => {
        values[i] = value + change;
        return lossAt(one, at);
      });
      values[i] = value;
      return (up! - down!) / (2 * step);
    }),
  );
}

/** The product of the Hessian with `vector` by central differences of the gradient along it. */
export function productByDifferences(one: DerivativeCase, vector: readonly HostTensor[]): Table {
  const [up, down] = [step, -step].map((change) =>
    gradientAt(
      one,
      one.inputs.map(({ data }, k) => Float64Array.from(data, (x, i) => x + change * vector[k]!.data[i]!)),
    ),
  );
  return up!.map((values, k) => values.map((value, i) => (value - down![k]![i]!) / (2 * step)));
}

function lossAt(one: DerivativeCase, at: readonly Float64Array[]): number {
  return inDoublePrecision(() => lossOf(one)(parametersAt(one, at)).dataSync()[0]!);
}

function gradientAt(one: DerivativeCase, at: readonly Float64Array[]): Table {
  return inDoublePrecision(() => {
    const { gradient } = valueAndGradient(lossOf(one), parametersAt(one, at));
    return Object.values(gradient).map((tensor) => Array.from(tensor.dataSync()));
  });
}

function parametersAt({ inputs }: DerivativeCase, at: readonly Float64Array[]): Group<tf.Tensor> {
  const tensors = inputs.map(({ shape }, k) => tf.tensor(Array.from(at[k]!), [...shape], 'float32'));
  return Object.fromEntries(tensors.map((tensor, k) => [`x${k}`, tensor]));
}
