/**
 * Batch normalisation (Ioffe and Szegedy, 2015) of images `[n, c, h, w]` as PyTorch defines it: the batch is normalised with its
 * biased variance, the running variance is the unbiased one.
 */
import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { channelDot, perChannel } from './channelDot';
import { asTensor } from './kernelInput';

/** Inputs {x, gamma, beta}, attribute {epsilon}; outputs: the normalised images, mean and biased variance `[c]` of x. */
export const batchNormKernel = 'RepsimBatchNorm';

/** Share of the batch in the new running statistics (PyTorch's default). */
const momentum = 0.1;

export interface NormalisedBatch {
  /** `[n, c, h, w]` */
  readonly normalised: tf.Tensor;
  /** Of the batch, `[c]`. */
  readonly mean: tf.Tensor;
  /** Of the batch, biased, `[c]`. */
  readonly variance: tf.Tensor;
}

/** gamma (x - mean) / sqrt(variance + epsilon) + beta with the statistics of the batch; gamma and beta `[c]`. */
export function batchNorm(x: tf.Tensor, gamma: tf.Tensor, beta: tf.Tensor, epsilon: number): NormalisedBatch {
  const outputs = tf.engine().runKernel(batchNormKernel, { x, gamma, beta }, { epsilon });
  const [normalised, mean, variance] = outputs as unknown as [tf.Tensor, tf.Tensor, tf.Tensor];
  return { normalised, mean, variance };
}

/** The running statistics after a batch of images `[n, c, h, w]`. */
export function updatedStatistics(
  running: { readonly mean: tf.Tensor; readonly variance: tf.Tensor },
  batch: NormalisedBatch,
): { mean: tf.Tensor; variance: tf.Tensor } {
  const count = elementsAChannel(batch.normalised);
  const moved = (old: tf.Tensor, now: tf.Tensor, share: number) =>
    tf.add(tf.mul(old, 1 - momentum), tf.mul(now, share));
  return {
    mean: moved(running.mean, batch.mean, momentum),
    // PyTorch divides by 0 for a single element and goes on with NaN; it keeps the biased variance here.
    variance: moved(running.variance, batch.variance, (momentum * count) / Math.max(1, count - 1)),
  };
}

/** With fixed statistics the layer is scale x + shift: both `[c]`. */
export function fixedNormalisation(
  statistics: { readonly mean: tf.Tensor; readonly variance: tf.Tensor },
  gamma: tf.Tensor,
  beta: tf.Tensor,
  epsilon: number,
): { scale: tf.Tensor; shift: tf.Tensor } {
  const scale = tf.mul(gamma, tf.rsqrt(tf.add(statistics.variance, epsilon)));
  return { scale, shift: tf.sub(beta, tf.mul(statistics.mean, scale)) };
}

function elementsAChannel(x: tf.Tensor): number {
  return x.size / x.shape[1]!;
}

tf.registerKernel({
  kernelName: batchNormKernel,
  backendName: 'cpu',
  kernelFunc: ({ inputs, attrs }) =>
    tf.tidy(() => {
      const x = asTensor(inputs.x!);
      const mean = tf.mean(x, [0, 2, 3]);
      const centred = tf.sub(x, perChannel(mean));
      const variance = tf.mean(tf.square(centred), [0, 2, 3]);
      const scale = tf.mul(asTensor(inputs.gamma!), tf.rsqrt(tf.add(variance, epsilonOf(attrs))));
      const scaled = tf.mul(centred, perChannel(scale));
      return [tf.add(scaled, perChannel(asTensor(inputs.beta!))), mean, variance];
    }),
});

tf.registerGradient({
  kernelName: batchNormKernel,
  // Only inputs are saved and the statistics are computed again: a compiled program merges them with the forward ones.
  inputsToSave: ['x', 'gamma', 'beta'],
  gradFunc: (upstream, saved, attrs) => {
    const [dy, dMean, dVariance] = upstream as unknown as [tf.Tensor, tf.Tensor, tf.Tensor];
    const [x, gamma, beta] = saved as [tf.Tensor, tf.Tensor, tf.Tensor];
    const epsilon = epsilonOf(attrs);
    const parts = () => {
      const { mean, variance } = batchNorm(x, gamma, beta, epsilon);
      const centred = tf.sub(x, perChannel(mean));
      const r = tf.rsqrt(tf.add(variance, epsilon));
      return { centred, r, sum: tf.sum(dy, [0, 2, 3]), projection: tf.mul(channelDot(dy, centred), r) };
    };
    return {
      // With y = (x - mean) r and m elements a channel: dx = gamma r (dy - mean(dy) - y mean(dy y)), and through the statistics
      // dMean / m + 2 dVariance (x - mean) / m. Written as a dy + b (x - mean) + c with a number a channel each.
      x: () => {
        const { centred, r, sum, projection } = parts();
        const share = 1 / elementsAChannel(x);
        const a = tf.mul(gamma, r);
        const b = tf.mul(tf.sub(tf.mul(dVariance, 2), tf.mul(tf.mul(a, r), projection)), share);
        const c = tf.mul(tf.sub(dMean, tf.mul(a, sum)), share);
        const linear = tf.add(tf.mul(dy, perChannel(a)), tf.mul(centred, perChannel(b)));
        return tf.add(linear, perChannel(c));
      },
      gamma: () => parts().projection,
      beta: () => parts().sum,
    };
  },
});

function epsilonOf(attributes: tf.NamedAttrMap | undefined): number {
  return (attributes as unknown as { epsilon: number }).epsilon;
}
