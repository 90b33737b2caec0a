/** Layer normalisation over the last axis, with the normalising part as one kernel. */
import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { asTensor } from './kernelInput';

/** Inputs {x}, attribute {epsilon}; outputs (x - mean) / std in x's shape, and 1 / std with a last axis of 1. */
export const normalizeKernel = 'RepsimNormalize';

/**
 * gamma (x - mean) / sqrt(variance + epsilon) + beta over the last axis, with the biased variance (Ba, Kiros and Hinton,
 * 2016). x `[..., d]`, gamma and beta `[d]`.
 */
export function layerNorm(x: tf.Tensor, gamma: tf.Tensor, beta: tf.Tensor, epsilon: number): tf.Tensor {
  // Of a matrix, so that scale and shift become part of the node that normalises.
  const rows = tf.reshape(x, [-1, gamma.shape[0]!]);
  return tf.reshape(tf.add(tf.mul(normalize(rows, epsilon)[0], gamma), beta), x.shape);
}

function normalize(x: tf.Tensor, epsilon: number): [normalized: tf.Tensor, reciprocalStd: tf.Tensor] {
  return tf.engine().runKernel(normalizeKernel, { x }, { epsilon }) as unknown as [tf.Tensor, tf.Tensor];
}

tf.registerKernel({
  kernelName: normalizeKernel,
  backendName: 'cpu',
  kernelFunc: ({ inputs, attrs }) =>
    tf.tidy(() => {
      const x = asTensor(inputs.x!);
      const centred = tf.sub(x, tf.mean(x, -1, true));
      const variance = tf.mean(tf.square(centred), -1, true);
      const reciprocalStd = tf.rsqrt(tf.add(variance, epsilonOf(attrs)));
      return [tf.mul(centred, reciprocalStd), reciprocalStd];
    }),
});

tf.registerGradient({
  kernelName: normalizeKernel,
  // Only the input is saved and the outputs are computed again: a compiled program merges them with the forward ones.
  inputsToSave: ['x'],
  gradFunc: (upstream, saved, attrs) => {
    const [dy, dr] = upstream as unknown as [tf.Tensor, tf.Tensor];
    const x = saved[0]!;
    return {
      // With y the normalised x and r = 1/std: dx = r (dy - mean(dy) - y mean(dy y)) - dr r^2 y / d
      x: () => {
        const width = x.shape[x.rank - 1]!;
        const [y, r] = normalize(x, epsilonOf(attrs));
        const projected = tf.mul(y, tf.mean(tf.mul(dy, y), -1, true));
        const throughY = tf.mul(tf.sub(tf.sub(dy, tf.mean(dy, -1, true)), projected), r);
        const throughR = tf.mul(y, tf.mul(tf.mul(dr, tf.square(r)), 1 / width));
        return tf.sub(throughY, throughR);
      },
    };
  },
});

function epsilonOf(attributes: tf.NamedAttrMap | undefined): number {
  return (attributes as unknown as { epsilon: number }).epsilon;
}
