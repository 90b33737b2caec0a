/**
 * The kernels that can be compiled, run on WebGPU and compared with the CPU (which kernels.test.ts compares with tfjs). In a
 * process of its own, because the Vulkan loader is found through the environment, and a fault of the provider ends it.
 */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import test from 'node:test';
import * as tf from '@tensorflow/tfjs-core';
import { assertTensorClose, type Tolerance } from '../../support/allClose';
import { webgpuEnvironment } from '../../support/webgpuEnvironment';
import type { Printed } from './kernelCases/webgpuKernels';

const defaultTolerance: Tolerance = { ofLargest: 5e-5 };
/** WGSL asks no more of sines than to be within 2^-11. */
const trigonometric: Tolerance = { ofLargest: 5e-4, absolute: 2 ** -11 };
const tolerances: Readonly<Record<string, Tolerance>> = {
  [tf.Sin]: trigonometric,
  [tf.Cos]: trigonometric,
  [tf.Tan]: trigonometric,
};

test('every kernel computes on WebGPU what it does on the CPU', async (t) => {
  const script = path.join(__dirname, 'kernelCases/webgpuKernels.ts');
  const child = spawnSync(process.execPath, ['--import', 'tsx', script], {
    env: webgpuEnvironment(),
    encoding: 'utf8',
    timeout: 300_000,
    maxBuffer: 2 ** 26,
  });
  assert.equal(child.status, 0, `${child.signal ?? ''} ${child.stderr}`);
  const result = JSON.parse(child.stdout.trim().split('\n').at(-1)!) as Printed;
  if ('noAdapter' in result) {
    t.skip(result.noAdapter);
    return;
  }
  assert.ok(result.cases.length > 0);
  for (const { kernel, name, onGpu, onCpu } of result.cases) {
    await t.test(`${kernel}: ${name}`, () => {
      assert.ok(!('error' in onCpu), 'error' in onCpu ? onCpu.error : '');
      assert.ok(!('error' in onGpu), 'error' in onGpu ? onGpu.error : '');
      assert.equal(onGpu.length, onCpu.length);
      const tolerance = tolerances[kernel] ?? defaultTolerance;
      for (const [k, output] of onGpu.entries())
        assertTensorClose(output, onCpu[k]!, tolerance, `output ${k}`);
    });
  }
});
