/** The choice of `auto`, and when runtimes are tried again. */
import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import test, { after, before } from 'node:test';
import type { RuntimeLocations } from '../../../../src/core/compute/locations';
import { lackOfWebgpu } from '../../../../src/core/compute/onnx/webgpu';
import type { Candidate } from '../../../../src/core/compute/probe/candidate';
import type { ProbeResult } from '../../../../src/core/compute/probe/probe';
import { automaticRuntime, chooseRuntime, probeRuntimes } from '../../../../src/core/compute/probe/runtimes';
import type { RuntimeName, RuntimeReport } from '../../../../src/protocol/runtime';

const report = (name: RuntimeName, kind: RuntimeReport['kind'], gigaflops: number): RuntimeReport => ({
  ...{
    name,
    available: true,
    kind,
    gigaflops,
    device: 'any',
    version: '1',
    path: null,
    why: null,
    fix: null,
  },
});
const cpu = report('onnx-cpu', 'cpu', 100);

test('auto takes the fastest GPU, and the CPU where none is much faster', () => {
  const [slow, fast] = [report('onnx-webgpu', 'gpu', 900), report('tensorflow', 'gpu', 1000)];
  assert.equal(chooseRuntime([cpu, slow, fast]), 'tensorflow');
  assert.equal(chooseRuntime([cpu, slow]), 'onnx-webgpu');
  assert.equal(chooseRuntime([cpu, report('onnx-webgpu', 'gpu', 120)]), 'onnx-cpu');
  assert.equal(chooseRuntime([cpu, { ...fast, available: false, gigaflops: null }]), 'onnx-cpu');
});

test('auto never takes software, nor another program on the same CPU', () => {
  assert.equal(chooseRuntime([cpu, report('onnx-webgpu', 'software', 1e6)]), 'onnx-cpu');
  assert.equal(chooseRuntime([cpu, report('tensorflow', 'cpu', 1e6)]), 'onnx-cpu');
});

let storage: string;
let locations: RuntimeLocations;
before(async () => {
  storage = await mkdtemp(path.join(os.tmpdir(), 'repsim-probe-'));
  locations = { storage, managed: [path.join(storage, 'runtimes')], path: path.join(storage, 'tf.node') };
  await writeFile(locations.path!, 'one');
});
after(() => rm(storage, { recursive: true, force: true }));

/** Stands in for the processes: notes what was tried. */
function recorder(results: Partial<Record<RuntimeName, ProbeResult>> = {}) {
  const tried: string[] = [];
  const works: ProbeResult = { works: true, kind: 'cpu', device: '2 threads', version: '1', gigaflops: 1 };
  const probe = async ({ name }: Candidate) => {
    tried.push(name);
    return results[name] ?? works;
  };
  return { tried, probe };
}

test('what is known is not tried again, until its file changes or it is asked for', async () => {
  const first = recorder();
  await probeRuntimes(locations, first);
  assert.deepEqual(first.tried, ['onnx-cpu', 'onnx-webgpu', 'tensorflow']);
  const second = recorder();
  const { runtimes } = await probeRuntimes(locations, second);
  assert.deepEqual(second.tried, []);
  assert.deepEqual(
    runtimes.map(({ name }) => name),
    ['onnx-cpu', 'onnx-webgpu', 'onnx-cuda', 'tensorflow', 'reference'],
  );

  await writeFile(locations.path!, 'another');
  const third = recorder();
  await probeRuntimes(locations, third);
  assert.deepEqual(third.tried, ['tensorflow']);
  const fourth = recorder();
  await probeRuntimes(locations, { ...fourth, refresh: true });
  assert.deepEqual(fourth.tried, ['onnx-cpu', 'onnx-webgpu', 'tensorflow']);
});

test('a file of probes that is not ours is as none', async () => {
  for (const content of ['{', '{"format":1,"probes":{"onnx-cpu":{"identity":1}}}', '[]']) {
    await writeFile(path.join(storage, 'probes.json'), content);
    const { tried, probe } = recorder();
    await probeRuntimes(locations, { probe });
    assert.equal(tried.length, 3);
  }
  assert.equal(JSON.parse(await readFile(path.join(storage, 'probes.json'), 'utf8')).format, 1);
});

test('each runtime that is not taken has a reason, and a fix where there is one', async () => {
  const { probe } = recorder({
    'onnx-webgpu': { works: true, kind: 'software', device: 'llvmpipe', version: '1', gigaflops: 5 },
    tensorflow: { works: false, why: 'it crashed (SIGSEGV)' },
  });
  const { chosen, runtimes } = await probeRuntimes(locations, { probe, refresh: true });
  assert.equal(chosen, 'onnx-cpu');
  const of = (name: RuntimeName) => runtimes.find((one) => one.name === name)!;
  assert.equal(of('onnx-cpu').why, null);
  assert.match(of('onnx-webgpu').why!, /llvmpipe is a software adapter/);
  assert.equal(of('tensorflow').available, false);
  assert.equal(of('tensorflow').why, 'it crashed (SIGSEGV)');
  assert.match(of('tensorflow').fix!, /repsim runtimes link/);
  for (const one of runtimes) if (one.name !== chosen) assert.ok(one.why, `${one.name} has no reason`);
});

test('what was too late is told to be tried again, also when it is told from memory', async () => {
  const { probe } = recorder({
    'onnx-webgpu': { works: false, why: 'it did not answer in 30 s', late: true },
  });
  for (const refresh of [true, false]) {
    const { runtimes } = await probeRuntimes(locations, { probe, refresh });
    const webgpu = runtimes.find(({ name }) => name === 'onnx-webgpu')!;
    assert.match(webgpu.fix!, /try again .*repsim runtimes --refresh/);
  }
});

test('a reason with a fix of its own keeps it, also when it is told from memory', async () => {
  const { probe } = recorder({
    'onnx-webgpu': { works: false, why: 'no GPU adapter', fix: 'install the loader' },
  });
  for (const refresh of [true, false]) {
    const { runtimes } = await probeRuntimes(locations, { probe, refresh });
    assert.equal(runtimes.find(({ name }) => name === 'onnx-webgpu')!.fix, 'install the loader');
  }
});

test('the environment says what auto stands for', async (t) => {
  const before = process.env.REPSIM_RUNTIME;
  t.after(() => {
    if (before === undefined) delete process.env.REPSIM_RUNTIME;
    else process.env.REPSIM_RUNTIME = before;
  });
  process.env.REPSIM_RUNTIME = 'reference';
  assert.equal(await automaticRuntime(locations), 'reference');
  process.env.REPSIM_RUNTIME = 'cuda';
  await assert.rejects(
    automaticRuntime(locations),
    /REPSIM_RUNTIME is "cuda": set it to one of auto, onnx-cpu/,
  );
});

test('where ONNX Runtime has no WebGPU, nobody is told to install a driver', () => {
  for (const platform of ['linux-x64', 'darwin-arm64', 'win32-x64', 'win32-arm64'])
    assert.equal(lackOfWebgpu(platform), undefined);
  const { why, fix } = lackOfWebgpu('linux-arm64')!;
  assert.match(why, /no WebGPU for linux-arm64/);
  assert.match(fix, /repsim runtimes link/);
});
