/** Networks of convolutions on WebGPU, in a process of its own as in webgpu.test.ts. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import test from 'node:test';
import { assertAllClose } from '../../../support/allClose';
import { webgpuEnvironment } from '../../../support/webgpuEnvironment';
import type { Result } from './webgpuConvolutions';

test('steps of a ResNet and a ConvNeXt run on WebGPU alone and compute what the CPU does', (t) => {
  const script = path.join(__dirname, 'webgpuConvolutions.ts');
  const child = spawnSync(process.execPath, ['--import', 'tsx', script], {
    env: webgpuEnvironment(),
    encoding: 'utf8',
    timeout: 240_000,
    maxBuffer: 2 ** 26,
  });
  assert.equal(child.status, 0, `${child.signal ?? ''} ${child.stderr}`);
  const result = JSON.parse(child.stdout.trim().split('\n').at(-1)!) as Result | { noAdapter: string };
  if ('noAdapter' in result) {
    t.skip(result.noAdapter);
    return;
  }
  assert.deepEqual(result.fallbacks, []);
  assert.deepEqual(Object.keys(result.onGpu), Object.keys(result.onCpu));
  for (const [name, values] of Object.entries(result.onGpu))
    assertAllClose(values, result.onCpu[name]!, { ofLargest: 2e-4, absolute: 1e-6 }, name);
});
