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
      // d/dx x Phi(x) = Phi(x) + x phi(x), phi the normal density, which with u = x / sqrt 2 is
      // (1 + erf(u) + u exp(log(2 / sqrt pi) - u^2)) / 2; the half goes with dy into the product that made it.
      x: () => {
        const u = tf.mul(x, Math.SQRT1_2);
        const density = tf.exp(tf.sub(Math.log(2 / Math.sqrt(Math.PI)), tf.mul(u, u)));
        return tf.mul(tf.mul(dy, 0.5), tf.add(tf.add(tf.mul(u, density), tf.erf(u)), 1));
      },
    };
  },
});
