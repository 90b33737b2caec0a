/** What libraries say of their devices becomes sentences for people; other errors stay what they are. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { deviceError, OutOfMemoryError } from '../../../src/core/compute/deviceErrors';
import { OnnxProgram } from '../../../src/core/compute/onnx/program';
import { loadOnnxRuntime } from '../../../src/core/compute/onnx/session';
import { UserError } from '../../../src/core/errors';

test('too little memory is told from a lost device', () => {
  for (const message of [
    'Failed to allocate memory for requested buffer of size 8589934592',
    'std::bad_alloc',
    'CUDA failure 2: out of memory ; GPU=0',
    'OOM when allocating tensor with shape[64,3,224,224]',
    'Buffer size (4294967296) exceeds the max buffer size limit (2147483648).',
    'WebGPU validation failed. [Invalid Buffer (unlabeled)] is invalid due to a previous error.\n - While validating entries[2]',
    'numbers_storage_buffers_ <= limits_.maxStorageBuffersPerShaderStage was false. Too many storage buffers in shader. Current: 152, Max is 12',
    'Failed to download data from buffer. wgpu::MapAsyncStatus value: 3 message: Buffer is invalid.',
  ]) {
    const error = deviceError(new Error(message), 'onnx-webgpu');
    assert.ok(error instanceof OutOfMemoryError, message);
    assert.match(error.message, /^The GPU has too little memory/);
    assert.equal((error.cause as Error).message, message);
  }
  for (const message of [
    'WebGPU device lost (1): the driver was reset',
    'WebGPU validation failed. [Device] is lost.',
    '[Device "repsim"] is lost.',
    'Failed to download data from buffer. wgpu::MapAsyncStatus value: 4 message: the device is lost',
    'VK_ERROR_DEVICE_LOST',
    'DXGI_ERROR_DEVICE_HUNG',
    'CUDA failure 700: an illegal memory access was encountered',
  ]) {
    const error = deviceError(new Error(message), 'onnx-cuda');
    assert.ok(error instanceof UserError && !(error instanceof OutOfMemoryError), message);
    assert.match(error.message, /^The GPU stopped answering \(onnx-cuda\)/);
  }
  for (const [runtime, owner] of [
    ['onnx-cpu', 'The computer'],
    ['tensorflow', 'The device'],
  ] as const)
    assert.match(
      (deviceError(new Error('bad_alloc'), runtime) as Error).message,
      new RegExp(`^${owner} has`),
    );
});

test('other errors stay what they are', () => {
  for (const error of [new Error('Unexpected input data type'), new UserError('out of memory'), 'text'])
    assert.equal(deviceError(error, 'onnx-webgpu'), error);
});

test('a session that fails in the midst of a run fails the run with the sentence', async () => {
  const session = {
    run: async () => {
      throw new Error('WebGPU device lost (2): Device was destroyed.');
    },
    release: async () => {},
  };
  const trace = { inputs: [], outputs: [], captured: {} };
  const program = new OnnxProgram(await loadOnnxRuntime(), session as never, {
    ...{ signature: {}, trace, gpu: undefined, provider: 'onnx-webgpu', onDispose: () => {} },
  });
  await assert.rejects(program.run({}), UserError);
  await program.dispose();
});
