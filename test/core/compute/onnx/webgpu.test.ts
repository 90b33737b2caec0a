/**
 * The WebGPU provider, on the GPU of the machine or on the software adapter that Debian's chromium brings. In a process of
 * its own, because the Vulkan loader is found through the environment, and a fault of the provider ends the process.
 */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import test from 'node:test';
import { cpuNodes } from '../../../support/cpuNodes';
import { webgpuEnvironment } from '../../../support/webgpuEnvironment';
import type { Trained } from '../tinyTraining';

type Result =
  | { readonly noAdapter: string }
  | {
      readonly onGpu: Trained;
      readonly onCpu: Trained;
      readonly complaint: string;
      readonly features: { readonly stays: boolean; readonly rows: Readonly<Record<string, number[]>> };
      readonly tooMuch: string;
      readonly fallbacks: { readonly ofStep: readonly string[]; readonly ofLargest: readonly string[] };
    };

test('a training step runs on WebGPU alone and computes what the CPU does', (t) => {
  const script = path.join(__dirname, 'webgpuStep.ts');
  const child = spawnSync(process.execPath, ['--import', 'tsx', script], {
    env: webgpuEnvironment(),
    encoding: 'utf8',
    timeout: 120_000,
    maxBuffer: 2 ** 26,
  });
  assert.equal(child.status, 0, `${child.signal ?? ''} ${child.stderr}`);
  const result = JSON.parse(child.stdout.trim().split('\n').at(-1)!) as Result;
  if ('noAdapter' in result) {
    t.skip(result.noAdapter);
    return;
  }
  assert.deepEqual(cpuNodes(child.stderr), [], 'nodes of the step fall back to the CPU');
  assert.equal(result.complaint, '', 'a node of the step falls back to the CPU');
  assert.deepEqual(result.fallbacks.ofStep, []);
  assert.deepEqual(result.features, { stays: true, rows: { block: [5, 6, 1, 2], final: [9, 7] } });
  // A program that WebGPU lacks a kernel for runs all the same, and says so.
  assert.match(result.fallbacks.ofLargest.join(), /run on the CPU/);
  assert.doesNotMatch(child.stderr, /device error/, 'nothing is printed beside the errors that are thrown');
  assert.equal(result.tooMuch, '', 'too little memory is told, and costs nothing of what comes after');
  const { onGpu, onCpu } = result;
  const scale = Math.max(...onCpu.parameters.map(Math.abs));
  const worst = Math.max(...onCpu.parameters.map((value, i) => Math.abs(value - onGpu.parameters[i]!)));
  assert.ok(worst / scale < 1e-4, `parameters differ by ${worst / scale} of the largest`);
  for (const [i, loss] of onCpu.losses.entries())
    assert.ok(Math.abs(onGpu.losses[i]! - loss) < 1e-4 * Math.abs(loss), `loss of step ${i}`);
  assert.ok(onCpu.losses[2]! < onCpu.losses[0]!);
});
