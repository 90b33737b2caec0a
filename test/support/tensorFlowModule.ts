/** The native TensorFlow that tests use: what the product finds on this machine. Undefined where there is none. */
import { runtimeLocations } from '../../src/core/compute/locations';
import { findTensorFlow } from '../../src/core/compute/tensorflow/find';

export async function tensorFlowModule(): Promise<string | undefined> {
  const found = await findTensorFlow(runtimeLocations());
  return 'file' in found ? found.file : undefined;
}
