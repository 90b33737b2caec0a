/** The `reference` runtime: programs run eagerly on tfjs's own `cpu` backend. Slow; what the other runtimes are checked against. */
import '@tensorflow/tfjs-backend-cpu';
import { createEagerRuntime } from './eager';
import type { Runtime } from './runtime';

export function createReferenceRuntime(): Runtime {
  return createEagerRuntime('reference', 'tfjs cpu backend', 'cpu');
}
