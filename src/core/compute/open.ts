/** Opens a runtime by the name that a person or a setting gives. */
import type { RuntimeChoice } from '../../protocol/runtime';
import { UserError } from '../errors';
import { createOnnxRuntime } from './onnx/runtime';
import { createReferenceRuntime } from './reference';
import type { Runtime, RuntimeOptions } from './runtime';

/** `auto` takes the CPU: whether a WebGPU adapter is a GPU or software cannot be told, and software must never be chosen. */
export async function openRuntime(choice: RuntimeChoice, options: RuntimeOptions = {}): Promise<Runtime> {
  switch (choice) {
    case 'auto':
    case 'onnx-cpu':
      return createOnnxRuntime('onnx-cpu', options);
    case 'onnx-webgpu':
      return createOnnxRuntime('onnx-webgpu', options);
    case 'reference':
      return createReferenceRuntime();
    case 'onnx-cuda':
    case 'tensorflow':
      throw new UserError(
        `The runtime "${choice}" is not part of this version: choose "onnx-webgpu" for a GPU, or "onnx-cpu".`,
      );
    default:
      throw new UserError(`There is no runtime "${choice satisfies never}".`);
  }
}
