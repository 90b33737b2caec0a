/** Opens a runtime by the name that a person or a setting gives. */
import type { RuntimeChoice, RuntimeName } from '../../protocol/runtime';
import { UserError } from '../errors';
import { type RuntimeLocations, runtimeLocations } from './locations';
import { createOnnxRuntime } from './onnx/runtime';
import { readProbes } from './probe/cache';
import { findCandidate, type ProbedName } from './probe/candidate';
import { automaticRuntime } from './probe/runtimes';
import { createReferenceRuntime } from './reference';
import type { Runtime, RuntimeOptions } from './runtime';
import { createTensorFlowRuntime } from './tensorflow/runtime';

/**
 * `auto` takes the fastest that was found to work, and the CPU, with a note in `fallbacks`, where that one does not open after all. What has not
 * been tried yet is tried first, in processes of its own. Throws a UserError when a runtime that was named does not open.
 */
export async function openRuntime(choice: RuntimeChoice, options: RuntimeOptions = {}): Promise<Runtime> {
  const locations = runtimeLocations();
  if (choice !== 'auto') return openNamed(choice, locations, options);
  const name = await automaticRuntime(locations);
  try {
    return await openNamed(name, locations, options);
  } catch (error) {
    if (name === 'onnx-cpu' || !(error instanceof UserError)) throw error;
    const runtime = await openNamed('onnx-cpu', locations, options);
    return withFallback(runtime, `The runtime ${name} did not open, onnx-cpu is used: ${error.message}`);
  }
}

async function openNamed(
  name: RuntimeName,
  locations: RuntimeLocations,
  options: RuntimeOptions,
): Promise<Runtime> {
  switch (name) {
    case 'onnx-cpu':
      return createOnnxRuntime(name, options);
    case 'onnx-webgpu':
    case 'onnx-cuda':
    case 'tensorflow': {
      const found = await findCandidate(name, locations);
      if ('why' in found) {
        throw new UserError(
          `The runtime "${name}" cannot be used, because ${found.why}: ${found.fix}, or choose another runtime.`,
        );
      }
      const device = await knownDevice(name, locations);
      return name === 'tensorflow'
        ? createTensorFlowRuntime(found.path!, { ...options, device })
        : createOnnxRuntime(name, { ...options, device, folder: found.path });
    }
    case 'reference':
      return createReferenceRuntime();
    default:
      throw new UserError(`There is no runtime "${name satisfies never}".`);
  }
}

/** The name of the GPU, where a probe of a runtime told it; the number of threads may be another now. */
async function knownDevice(name: ProbedName, locations: RuntimeLocations): Promise<string | undefined> {
  const result = (await readProbes(locations.storage))[name]?.result;
  return result?.works && result.kind !== 'cpu' ? result.device : undefined;
}

function withFallback(runtime: Runtime, sentence: string): Runtime {
  return {
    name: runtime.name,
    device: runtime.device,
    fallbacks: [sentence],
    compile: (...parts) => runtime.compile(...parts),
    upload: (host) => runtime.upload(host),
    dispose: () => runtime.dispose(),
  };
}
