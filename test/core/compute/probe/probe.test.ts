/** Real processes that try a runtime, and what becomes of those that fail. */
import assert from 'node:assert/strict';
import path from 'node:path';
import test from 'node:test';
import type { Candidate } from '../../../../src/core/compute/probe/candidate';
import { probe } from '../../../../src/core/compute/probe/probe';

const module = { file: path.join(__dirname, 'fixtures/misbehave.cjs'), execArgv: [] };
const candidate = (name: Candidate['name'], behaviour: string): Candidate => ({
  ...{ name, path: behaviour, identity: 'any' },
});

for (const [behaviour, why] of [
  ['crash', /^it crashed \(SIGSEGV\)$/],
  ['exit', /^it crashed \(exit code 3\)$/],
  ['hang', /^it did not answer in 0\.5 s$/],
  ['wrong', /^it computes wrong results: 1 where 2 is right$/],
  ['lacking', /^a library does not load: libcudnn\.so\.9: cannot open shared object file$/],
  ['unloadable', /^its native module does not load: wrong ELF class$/],
] as const) {
  test(`${behaviour}: the reason is told`, async () => {
    const timeout = behaviour === 'hang' ? 500 : 20_000;
    const result = await probe(candidate('onnx-cuda', behaviour), { module, timeout });
    assert.ok(!result.works);
    assert.match(result.why, why);
    assert.equal(result.late ?? false, behaviour === 'hang');
  });
}

test('what CUDA said is told instead of our sentence around it, with its own fix', async () => {
  const result = await probe(candidate('onnx-cuda', 'driver'), { module });
  assert.ok(!result.works);
  assert.equal(result.why, 'CUDA failure 35: CUDA driver version is insufficient for CUDA runtime version');
  assert.match(result.fix!, /update the GPU's driver/);
});

test('a cancelled probe throws the reason and ends its process', async () => {
  const abort = new AbortController();
  const probing = probe(candidate('tensorflow', 'hang'), { module, signal: abort.signal });
  setTimeout(() => abort.abort(new Error('enough')), 300);
  await assert.rejects(probing, /enough/);
});

test('a GPU that is software is told as such', { skip: process.platform !== 'linux' }, async () => {
  const result = await probe(candidate('onnx-webgpu', 'software'), { module });
  assert.deepEqual(result, {
    ...{ works: true, kind: 'software', device: 'llvmpipe', version: '1', gigaflops: 1 },
  });
});

test('the CPU works, and its product is right and timed', async () => {
  const result = await probe({ name: 'onnx-cpu', identity: 'any' });
  assert.ok(result.works, JSON.stringify(result));
  assert.equal(result.kind, 'cpu');
  assert.match(result.device, /^\d+ threads?$/);
  assert.match(result.version!, /^\d+\.\d+\.\d+$/);
  assert.ok(result.gigaflops > 0.5, `${result.gigaflops} GFLOP/s`);
});
