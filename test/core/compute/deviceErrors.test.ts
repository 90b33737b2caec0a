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
    'vkAllocateMemory failed with VK_ERROR_OUT_OF_DEVICE_MEMORY\n    at CheckVkOOMThenSuccessImpl',
    'vkAllocateMemory failed with VK_ERROR_OUT_OF_HOST_MEMORY',
    'ID3D12Device::CreateCommittedResource failed with E_OUTOFMEMORY (0x8007000E)',
    'Insufficient Memory (00000008:kIOGPUCommandBufferCallbackErrorOutOfMemory)',
    'BFC Arena ran out of memory trying to allocate 1073741824',
    'Memory allocation failed. Size=17179869184',
    'CUBLAS failure 3: CUBLAS_STATUS_ALLOC_FAILED ; GPU=0 ; hostname=a ; line=73 ; expr=cublasCreate(&cublas_handle_);',
    'CUDNN failure 4: CUDNN_STATUS_ALLOC_FAILED ; GPU=0',
    'CUDNN_STATUS_INTERNAL_ERROR_DEVICE_ALLOCATION_FAILED',
    'Dst tensor is not initialized.',
    'failed to allocate memory [Op:AddV2]',
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
    'CUDA failure 719: unspecified launch failure ; GPU=0',
    'CUDA failure 702: the launch timed out and was terminated ; GPU=0',
    'CUDA failure 999: unknown error ; GPU=0',
    'CUBLAS failure 13: CUBLAS_STATUS_EXECUTION_FAILED ; GPU=0',
    'Caused GPU Hang Error (00000003:kIOGPUCommandBufferCallbackErrorHang)',
    'ID3D12CommandQueue::Signal failed with DXGI_ERROR_DEVICE_REMOVED (0x887A0005)',
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
  for (const error of [
    new Error('Unexpected input data type'),
    new UserError('out of memory'),
    'text',
    // A fault of the program, not of the device.
    new Error('CUDA failure 1: invalid argument ; GPU=0'),
  ])
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
