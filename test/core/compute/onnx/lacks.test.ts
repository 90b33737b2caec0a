/** Why there is no GPU: the words of ONNX Runtime, Vulkan's loader and CUDA become a reason and the one thing to do. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { lackOfCuda } from '../../../../src/core/compute/onnx/cuda';
import { createOnnxRuntime } from '../../../../src/core/compute/onnx/runtime';
import { loadingFix } from '../../../../src/core/compute/onnx/session';
import { lackOfAdapter } from '../../../../src/core/compute/onnx/webgpu';
import { UserError } from '../../../../src/core/errors';

const linux = { platform: 'linux', container: false } as const;

test('without an adapter it is told which part of Vulkan is missing', () => {
  const loader = lackOfAdapter(
    "Warning: Couldn't load Vulkan: libvulkan.so.1: cannot open shared object file: No such file or directory",
    linux,
  );
  assert.match(loader.why, /loader is not installed/);
  assert.match(loader.fix, /apt-get install libvulkan1/);
  const log =
    'Warning: vkCreateInstance: Found no drivers!\nWarning: vkCreateInstance failed with VK_ERROR_INCOMPATIBLE_DRIVER';
  const driver = lackOfAdapter(log, linux);
  assert.match(driver.why, /finds no driver/);
  assert.match(driver.fix, /mesa-vulkan-drivers/);
  const container = lackOfAdapter(log, { ...linux, container: true });
  assert.match(container.fix, /NVIDIA_DRIVER_CAPABILITIES=all.*\/dev\/dri/);
  assert.deepEqual(lackOfAdapter('', { platform: 'win32', container: false }), {
    ...{ why: 'no GPU adapter', fix: "install the GPU's current driver" },
  });
});

const called =
  '/onnxruntime_src/onnxruntime/core/providers/cuda/cuda_call.cc:123 bool onnxruntime::CudaCall() ';
for (const [said, why, fix] of [
  [
    'CUDA failure 35: CUDA driver version is insufficient for CUDA runtime version ; GPU=0 ; ',
    /^CUDA failure 35: CUDA driver version is insufficient for CUDA runtime version$/,
    /update the GPU's driver/,
  ],
  [
    'CUDA failure 100: no CUDA-capable device is detected ; GPU=32635',
    /^CUDA failure 100: no CUDA-capable device is detected$/,
    /--gpus all/,
  ],
  [
    'CUDA failure 209: no kernel image is available for execution on the device ; GPU=0',
    /^CUDA failure 209/,
    /use onnx-webgpu/,
  ],
  [
    'CUDA failure 46: CUDA-capable device(s) is/are busy or unavailable ; GPU=0',
    /^CUDA failure 46/,
    /end the other programs/,
  ],
  ['CUDA failure 2: out of memory ; GPU=0', /^CUDA failure 2/, /end the other programs/],
  ['CUBLAS failure 3: CUBLAS_STATUS_ALLOC_FAILED ; GPU=0', /^CUBLAS failure 3/, /end the other programs/],
  ['CUBLAS failure 1: CUBLAS_STATUS_NOT_INITIALIZED ; GPU=0', /^CUBLAS failure 1/, /cuDNN 9/],
  ['Failed to load shared library', /does not load/, /cuDNN 9/],
] as const) {
  test(`CUDA: ${said.slice(0, 30)}`, () => {
    const lack = lackOfCuda(called + said);
    assert.match(lack!.why, why);
    assert.match(lack!.fix, fix);
  });
}

test('a system without the C library that is needed is told which it is', () => {
  for (const said of [
    'Error loading shared library ld-linux-x86-64.so.2: No such file or directory (needed by /a/onnxruntime_binding.node)',
    "/lib64/libc.so.6: version `GLIBC_2.28' not found (required by /a/libonnxruntime.so.1)",
  ])
    assert.match(loadingFix(said), /glibc 2\.28/);
  assert.equal(
    loadingFix("Cannot find module '../bin/napi-v6/aix/ppc64/onnxruntime_binding.node'"),
    'install RepSim for this platform',
  );
});

test('other words are of something else', () =>
  assert.equal(lackOfCuda('Unexpected input data type'), undefined));

const skip = `${process.platform}-${process.arch}` !== 'linux-x64' && 'ONNX Runtime has no CUDA here';
test('CUDA without its libraries does not open, and says so', { skip }, async () => {
  await assert.rejects(
    createOnnxRuntime('onnx-cuda', { threads: 1 }),
    (error: Error) => error instanceof UserError && /^CUDA cannot be used, because /.test(error.message),
  );
});
