/** What can go wrong with a device in the middle of the work, told from the words of the libraries that drive it. */

import type { RuntimeName } from '../../protocol/runtime';
import { UserError } from '../errors';

/** The device has too little memory for what was asked; less may fit. */
export class OutOfMemoryError extends UserError {}

const outOfMemory = new RegExp(
  [
    // "VK_ERROR_OUT_OF_DEVICE_MEMORY", "kIOGPUCommandBufferCallbackErrorOutOfMemory", "CUBLAS_STATUS_ALLOC_FAILED" are some.
    'out.?of.?(?:device|host|pool)?.?memory|insufficient memory|bad_alloc|\\bOOM\\b|RESOURCE_EXHAUSTED',
    'failed to allocate|memory allocation failed|alloc(?:ation)?_failed',
    // TensorFlow, of a copy to a GPU that is full.
    'Dst tensor is not initialized',
    // WebGPU: a buffer that could not be made is found out when it is used or read, and one that is too large is bound in too many parts.
    'exceeds the max buffer size|\\[Invalid Buffer[^\\]]*\\] is invalid|MapAsyncStatus value: 3\\b',
    'Failed to create GPU buffer|Too many storage buffers in shader',
  ].join('|'),
  'i',
);
const deviceLost = new RegExp(
  [
    // WebGPU and its backends; "[Device] is lost", with a name or without.
    'device(?: "[^"]*")?\\]? (?:was |is )?lost|device removed|DXGI_ERROR_DEVICE|device hung|VK_ERROR_DEVICE_LOST',
    'MapAsyncStatus value: 4\\b',
    'CUDA_ERROR_(LAUNCH|ILLEGAL|ECC|UNKNOWN)|unspecified launch failure|illegal memory access|_EXECUTION_FAILED',
    // By the numbers of `cudaError`: the driver unloads, memory or links with errors, faults of a kernel, a reset.
    'CUDA failure (?:4|214|220|70[02]|71\\d|721|999)\\b',
    // Metal
    'GPU hang|CallbackError(?:Hang|Timeout|SubmissionsIgnored)',
  ].join('|'),
  'i',
);

/** Whose memory it is; TensorFlow may use either. */
const owner: Readonly<Record<RuntimeName, string>> = {
  'onnx-cpu': 'The computer',
  'onnx-webgpu': 'The GPU',
  'onnx-cuda': 'The GPU',
  tensorflow: 'The device',
  reference: 'The computer',
};

/**
 * A UserError that says what happened and what to do where `error` comes from the device; any other error as it is.
 * `runtime`: the one that was at work.
 */
export function deviceError(error: unknown, runtime: RuntimeName): unknown {
  if (error instanceof UserError) return error;
  const message = error instanceof Error ? error.message : String(error);
  if (outOfMemory.test(message)) {
    return new OutOfMemoryError(
      `${owner[runtime]} has too little memory (${runtime}): choose a smaller batch, a smaller model or another runtime.`,
      { cause: error },
    );
  }
  if (deviceLost.test(message)) {
    return new UserError(
      `The GPU stopped answering (${runtime}), as after a reset of its driver: resume the run, with --runtime onnx-cpu if it happens again.`,
      { cause: error },
    );
  }
  return error;
}
