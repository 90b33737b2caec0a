/**
 * AdamW (Loshchilov and Hutter, 2019) as a part of the step program. The moments are kept divided by 1 - beta, which saves
 * two products an element: m' = b1 m' + g, v' = b2 v' + g^2; the missing factors and the bias correction are in two
 * scalars of the step, so that the program itself does not depend on the step.
 */
import * as tf from '@tensorflow/tfjs-core';
import type { Group } from '../compute/runtime';

const beta1 = 0.9;
const beta2 = 0.999;
const epsilon = 1e-8;

/** What changes from step to step; each becomes a scalar input. */
export interface AdamScalars {
  /** lr * sqrt(1 - b2^t) / (1 - b1^t) * (1 - b1) / sqrt(1 - b2) */
  readonly stepSize: number;
  /** Adam's epsilon in the units of sqrt(v'). */
  readonly epsilon: number;
  /** 1 - lr * weightDecay, by which matrices are multiplied. */
  readonly keep: number;
}

/** `step` is 0-based. */
export function adamScalars(rate: number, weightDecay: number, step: number): AdamScalars {
  const first = (1 - beta1) / (1 - beta1 ** (step + 1));
  const second = Math.sqrt((1 - beta2) / (1 - beta2 ** (step + 1)));
  return { stepSize: (rate * first) / second, epsilon: epsilon / second, keep: 1 - rate * weightDecay };
}

export interface Moments {
  readonly first: tf.Tensor;
  readonly second: tf.Tensor;
}

/** New moments, and the update to subtract from the parameter. */
export function adamUpdate(
  gradient: tf.Tensor,
  moments: Moments,
  stepSize: tf.Tensor,
  epsilonNow: tf.Tensor,
): Moments & { readonly update: tf.Tensor } {
  const first = tf.add(tf.mul(moments.first, beta1), gradient);
  const second = tf.add(tf.mul(moments.second, beta2), tf.mul(gradient, gradient));
  const update = tf.mul(tf.div(first, tf.add(tf.sqrt(second), epsilonNow)), stepSize);
  return { first, second, update };
}

/** Decay is for matrices: biases, norms and other vectors are never decayed. */
export function isDecayed(shape: readonly number[]): boolean {
  return shape.length >= 2;
}

/**
 * sqrt of the sum of squares over all tensors: a scalar. Added up from the last tensor, whose gradient is the first that the backward
 * pass has: in the other order all that the gradients are made of would be kept until the first one is there.
 */
export function globalNorm(tensors: Group<tf.Tensor>): tf.Tensor {
  const squares = Object.values(tensors).map((tensor) => tf.sum(tf.mul(tensor, tensor)));
  return tf.sqrt(tf.addN(squares.reverse()));
}

/** min(1, clip / (norm + 1e-6)), what every gradient is multiplied by so that their norm is at most `clip`. */
export function clipFactor(norm: tf.Tensor, clip: number): tf.Tensor {
  return tf.minimum(tf.div(clip, tf.add(norm, 1e-6)), 1);
}

/** One step of all `parameters`. Groups are by parameter name; scalars as in `AdamScalars`. */
export function adamW(
  parameters: Group<tf.Tensor>,
  gradient: Group<tf.Tensor>,
  first: Group<tf.Tensor>,
  second: Group<tf.Tensor>,
  scalars: Readonly<Record<keyof AdamScalars, tf.Tensor>>,
  factor: tf.Tensor | undefined,
): { parameters: Group<tf.Tensor>; first: Group<tf.Tensor>; second: Group<tf.Tensor> } {
  const next = {
    parameters: {} as Record<string, tf.Tensor>,
    first: {} as Record<string, tf.Tensor>,
    second: {} as Record<string, tf.Tensor>,
  };
  for (const [name, parameter] of Object.entries(parameters)) {
    const slope = factor === undefined ? gradient[name]! : tf.mul(gradient[name]!, factor);
    const moments = { first: first[name]!, second: second[name]! };
    const step = adamUpdate(slope, moments, scalars.stepSize, scalars.epsilon);
    const kept = isDecayed(parameter.shape) ? tf.mul(parameter, scalars.keep) : parameter;
    next.parameters[name] = tf.sub(kept, step.update);
    next.first[name] = step.first;
    next.second[name] = step.second;
  }
  return next;
}
