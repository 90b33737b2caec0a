/** Products of images summed for each channel, without an array of the products where the runtime can do without. */
import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { asTensor } from './kernelInput';

/** Inputs {a, b}. */
export const channelDotKernel = 'RepsimChannelDot';

/** sum over n, h, w of a b: a and b `[n, c, h, w]`; gives `[c]`. */
export function channelDot(a: tf.Tensor, b: tf.Tensor): tf.Tensor {
  return tf.engine().runKernel(channelDotKernel, { a, b });
}

/** A number a channel `[c]` as something that broadcasts over images `[n, c, h, w]`. */
export function perChannel(values: tf.Tensor): tf.Tensor {
  return tf.reshape(values, [-1, 1, 1]);
}

tf.registerKernel({
  kernelName: channelDotKernel,
  backendName: 'cpu',
  kernelFunc: ({ inputs }) =>
    tf.tidy(() => tf.sum(tf.mul(asTensor(inputs.a!), asTensor(inputs.b!)), [0, 2, 3])),
});

tf.registerGradient({
  kernelName: channelDotKernel,
  inputsToSave: ['a', 'b'],
  gradFunc: (upstream, saved) => {
    const [a, b] = saved as [tf.Tensor, tf.Tensor];
    const g = perChannel(upstream as tf.Tensor);
    return { a: () => tf.mul(b, g), b: () => tf.mul(a, g) };
  },
});
