/** Which tfjs kernels a function calls. */
import * as tf from '@tensorflow/tfjs-core';

/** Runs `body` and gives its result and the names of the kernels it called, in order, repetitions included. */
export function observedKernels<T>(body: () => T): {
  readonly result: T;
  readonly kernels: readonly string[];
} {
  const engine = tf.engine();
  const { runKernel } = engine;
  const kernels: string[] = [];
  // An own property in front of the method of the class, taken away again below.
  engine.runKernel = function (this: typeof engine, ...call: Parameters<typeof runKernel>) {
    kernels.push(call[0]);
    return runKernel.apply(this, call);
  } as typeof runKernel;
  try {
    return { result: body(), kernels };
  } finally {
    engine.runKernel = runKernel;
  }
}
