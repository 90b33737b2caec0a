/**
 * The learned rotation R, held on the manifold of orthogonal matrices: each step multiplies it by the Cayley transform of a small
 * skew-symmetric generator, R <- R cayley(Q), with Q from Adam (Li, Li and Todorovic, 2020, "Cayley Adam", with the
 * transform solved instead of truncated). Against one Cayley transform of an accumulated generator it needs no derivative of an
 * inverse, cannot run into the transform's singularity at half turns, and stays as orthogonal after a million steps as
 * after one. From the identity it reaches rotations, not reflections.
 */
import * as tf from '@tensorflow/tfjs-core';
import { adamUpdate, type Moments } from '../optimiser';

/** Newton iterations for the inverse: the residual starts at or below 1/3 and is squared by each, 3^-16 = 2e-8 at the end. */
const iterations = 4;

/**
 * cayley(Q) = (I - Q) (I + Q)^-1 = 2 (I + Q)^-1 - I, orthogonal for skew-symmetric Q `[d, d]` (the sign of the convention is that
 * of OFT: Q = [[0, .5], [-.5, 0]] turns by +0.927). Only matrix products, so that every runtime has it. The rows of |Q|
 * must sum to at most 1: then ||Q|| <= 1 and X0 = (I - Q) / 1.5 has residual ||I - (I + Q) X0|| <= 1/3.
 */
export function cayley(generator: tf.Tensor): tf.Tensor {
  const identity = identityMatrix(generator.shape[0]!);
  const matrix = tf.add(identity, generator);
  const twice = tf.mul(identity, 2);
  let inverse: tf.Tensor = tf.div(tf.sub(identity, generator), 1.5);
  for (let i = 0; i < iterations; i++) {
    inverse = tf.matMul(inverse, tf.sub(twice, tf.matMul(matrix, inverse)));
  }
  return tf.sub(tf.mul(inverse, 2), identity);
}

/** `[d, d]`, computed by the program: as an array of the host it would be too large a part of it for wide layers. */
function identityMatrix(d: number): tf.Tensor {
  const places = tf.range(0, d);
  return tf.cast(tf.equal(tf.reshape(places, [d, 1]), places), 'float32');
}

/** Divides a generator by its largest row sum of |Q| where that is above 1: no step turns by more than a right angle. */
export function boundedGenerator(generator: tf.Tensor): tf.Tensor {
  return tf.div(generator, tf.maximum(tf.max(tf.sum(tf.abs(generator), 1)), 1));
}

/** One Newton step towards the nearest orthogonal matrix: takes away the rounding that products leave, before it adds up. */
function reorthogonalised(rotation: tf.Tensor): tf.Tensor {
  const gram = tf.matMul(rotation, rotation, true, false);
  return tf.sub(tf.mul(rotation, 1.5), tf.matMul(rotation, tf.mul(gram, 0.5)));
}

export interface RotationState extends Moments {
  /** `[d, d]`, orthogonal; the moments are skew-symmetric and symmetric matrices of the same size. */
  readonly rotation: tf.Tensor;
}

/** One Adam step of R; `gradient` `[d, d]` is that of the loss with respect to R. */
export function rotationStep(
  state: RotationState,
  gradient: tf.Tensor,
  stepSize: tf.Tensor,
  epsilon: tf.Tensor,
): RotationState {
  // d/dQ of L(R cayley(Q)) at Q = 0, projected on skew-symmetric matrices: cayley(Q) = I - 2 Q + ...
  const slope = tf.matMul(state.rotation, gradient, true, false);
  const step = adamUpdate(tf.sub(tf.transpose(slope), slope), state, stepSize, epsilon);
  const turn = cayley(boundedGenerator(tf.neg(step.update)));
  return {
    rotation: reorthogonalised(tf.matMul(state.rotation, turn)),
    first: step.first,
    second: step.second,
  };
}
