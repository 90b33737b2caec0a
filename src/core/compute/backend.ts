/** Chooses which tfjs backend the operations inside a function go to. */
import * as tf from '@tensorflow/tfjs-core';

// Otherwise tfjs prints an advertisement for its native package at first use.
tf.enableProdMode();

/**
 * Runs `body` with the named backend and puts the one before back, also after an error. `body` must be synchronous: the
 * choice is global to tfjs, and another program may be compiled or run as soon as control is given up.
 */
export function withBackend<T>(name: string, body: () => T): T {
  const engine = tf.engine();
  const previous = engine.backendName;
  choose(name);
  try {
    return body();
  } finally {
    if (previous) choose(previous);
  }
}

/** `setBackend` is asynchronous only for backends that load something; ours are in force when it returns. */
function choose(name: string): void {
  if (tf.engine().backendName === name) return;
  // An unknown name rejects the promise, later; it is told here and now.
  tf.setBackend(name).catch(() => {});
  if (tf.engine().backendName !== name) throw new Error(`The tfjs backend "${name}" could not be started.`);
}
