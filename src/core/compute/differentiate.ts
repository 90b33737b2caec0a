/** First and second derivatives of a scalar function of named tensors, by tfjs's reverse mode. */
import './gradients';
import './tape';
import * as tf from '@tensorflow/tfjs-core';
import { type Group, mapGroup } from './runtime';

/** A loss, and tensors computed on the way that the caller wants too. */
export interface LossWithExtras {
  readonly loss: tf.Tensor;
  readonly extras: Group<tf.Tensor>;
}

export interface ValueAndGradient {
  /** The scalar loss. */
  readonly value: tf.Tensor;
  /** By parameter name, in the parameter's shape; zero where the loss does not depend on it. */
  readonly gradient: Group<tf.Tensor>;
}

export function valueAndGradient(
  loss: (parameters: Group<tf.Tensor>) => tf.Tensor,
  parameters: Group<tf.Tensor>,
): ValueAndGradient {
  const { value, gradient } = valueExtrasAndGradient((p) => ({ loss: loss(p), extras: {} }), parameters);
  return { value, gradient };
}

/** As `valueAndGradient`, with tensors of the forward pass besides, which are not computed again. */
export function valueExtrasAndGradient(
  loss: (parameters: Group<tf.Tensor>) => LossWithExtras,
  parameters: Group<tf.Tensor>,
): ValueAndGradient & { readonly extras: Group<tf.Tensor> } {
  const names = Object.keys(parameters);
  const inputs = names.map((name) => parameters[name]!);
  let kept: Group<tf.Tensor> = {};
  try {
    const { value, grads } = tf.engine().gradients(
      () => {
        const forward = loss(parameters);
        if (forward.loss.rank > 0)
          throw new Error(`The loss has the shape [${forward.loss.shape.join(', ')}]: make it one number.`);
        // The tape's scope frees what it does not know, hence clones that are kept until they are handed out below.
        kept = mapGroup(forward.extras, (tensor) => tf.keep(tf.clone(tensor)));
        return forward.loss;
      },
      inputs,
      undefined,
      true,
    );
    const gradient: Record<string, tf.Tensor> = {};
    names.forEach((name, i) => {
      gradient[name] = grads[i] ?? tf.zerosLike(inputs[i]!);
    });
    return { value, gradient, extras: mapGroup(kept, (tensor) => tf.clone(tensor)) };
  } finally {
    for (const tensor of Object.values(kept)) tensor.dispose();
  }
}

/**
 * The loss, its gradient g and the product H v of its Hessian with `vector`, exactly, as the gradient of <g, v> (double
 * reverse mode; Pearlmutter, 1994, computes the same product forward).
 */
export function hessianVectorProduct(
  loss: (parameters: Group<tf.Tensor>) => tf.Tensor,
  parameters: Group<tf.Tensor>,
  vector: Group<tf.Tensor>,
): ValueAndGradient & { readonly product: Group<tf.Tensor> } {
  const names = Object.keys(parameters);
  // Other tensors than the parameters, lest the derivative be taken of the vector too where they are the same.
  const constant = mapGroup(vector, (tensor) => tf.clone(tensor));
  const { gradient: product, extras } = valueExtrasAndGradient((p) => {
    const first = valueAndGradient(loss, p);
    const terms = names.map((name) => tf.sum(tf.mul(first.gradient[name]!, constant[name]!)));
    const extras: Record<string, tf.Tensor> = { value: first.value };
    for (const name of names) extras[gradientKey(name)] = first.gradient[name]!;
    return { loss: tf.addN(terms), extras };
  }, parameters);
  const gradient: Record<string, tf.Tensor> = {};
  for (const name of names) gradient[name] = extras[gradientKey(name)]!;
  return { value: extras.value!, gradient, product };
}

/** Keeps the names of parameters apart from "value" among the extras. */
function gradientKey(name: string): string {
  return `gradient ${name}`;
}
