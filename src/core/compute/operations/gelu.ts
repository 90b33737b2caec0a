/** The exact GELU, x Phi(x), as one kernel: runtimes have a fast one, and its gradient here needs no saved output. */
import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { asTensor } from './kernelInput';

export const geluKernel = 'RepsimGelu';

/** x Phi(x) with Phi the normal distribution function (Hendrycks and Gimpel, 2016), not the tanh approximation. */
export function gelu(x: tf.Tensor): tf.Tensor {
  return tf.engine().runKernel(geluKernel, { x });
}

/** Phi(x) = (1 + erf(x / sqrt 2)) / 2 */
function normalDistribution(x: tf.Tensor): tf.Tensor {
  return tf.add(tf.mul(tf.erf(tf.mul(x, Math.SQRT1_2)), 0.5), 0.5);
}

tf.registerKernel({
  kernelName: geluKernel,
  backendName: 'cpu',
  kernelFunc: ({ inputs }) =>
    tf.tidy(() => {
      const x = asTensor(inputs.x!);
      return tf.mul(x, normalDistribution(x));
    }),
});

tf.registerGradient({
  kernelName: geluKernel,
  inputsToSave: ['x'],
  gradFunc: (upstream, saved) => {
    const dy = upstream as tf.Tensor;
    const x = saved[0]!;
    return {
      // d/dx x Phi(x) = Phi(x) + x phi(x), phi the normal density
      x: () => {
        const density = tf.mul(tf.exp(tf.mul(tf.mul(x, x), -0.5)), 1 / Math.sqrt(2 * Math.PI));
        return tf.mul(dy, tf.add(normalDistribution(x), tf.mul(x, density)));
      },
    };
  },
});
