/** tfjs's cpu backend in float64: an oracle for derivatives, whose differences need more digits than float32 has. */
import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { withBackend } from '../../src/core/compute/backend';

interface Platform {
  isTypedArray(value: unknown): boolean;
}

/**
 * Runs `body`, which must be synchronous, with float64 in place of float32 everywhere: the backend makes all its memory by
 * the name Float32Array, so that name is lent to Float64Array. Tensors must be made and read inside, and do not outlive it.
 */
export function inDoublePrecision<T>(body: () => T): T {
  const single = globalThis.Float32Array;
  const platform = tf.env().platform as unknown as Platform;
  const { isTypedArray } = platform;
  Object.assign(globalThis, { Float32Array: Float64Array });
  platform.isTypedArray = (value) => value instanceof Float64Array || isTypedArray.call(platform, value);
  tf.engine().startScope('double precision');
  try {
    return withBackend('cpu', body);
  } finally {
    tf.engine().endScope();
    platform.isTypedArray = isTypedArray;
    Object.assign(globalThis, { Float32Array: single });
  }
}
