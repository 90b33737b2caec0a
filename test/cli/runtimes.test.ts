/** `repsim runtimes` as programs run it. */
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import test, { after, before } from 'node:test';
import type { RuntimesReport } from '../../src/protocol/runtime';
import { repsim } from './repsim';

let storage: string;
const told = { REPSIM_STORAGE: process.env.REPSIM_STORAGE };
before(async () => {
  storage = await mkdtemp(path.join(os.tmpdir(), 'repsim-runtimes-'));
  process.env.REPSIM_STORAGE = storage;
});
after(async () => {
  if (told.REPSIM_STORAGE === undefined) delete process.env.REPSIM_STORAGE;
  else process.env.REPSIM_STORAGE = told.REPSIM_STORAGE;
  await rm(storage, { recursive: true, force: true });
});

test('tells what works, what auto takes and why not the others, once tried and then from memory', async () => {
  const first = await repsim(['runtimes', '--json'], storage);
  assert.equal(first.code, 0, first.stderr);
  const report = JSON.parse(first.stdout) as RuntimesReport;
  const names = report.runtimes.map(({ name }) => name);
  assert.deepEqual(names, ['onnx-cpu', 'onnx-webgpu', 'onnx-cuda', 'tensorflow', 'reference']);
  const [cpu] = report.runtimes;
  assert.ok(cpu!.available && cpu!.gigaflops! > 0 && cpu!.version && cpu!.device);
  for (const { name, why } of report.runtimes) assert.equal(why === null, name === report.chosen, name);
  for (const { name, kind } of report.runtimes)
    if (name === report.chosen) assert.notEqual(kind, 'software', 'software is never chosen');
  assert.match(first.stderr, /Trying onnx-cpu/);

  const again = await repsim(['runtimes', '--json'], storage);
  assert.deepEqual(JSON.parse(again.stdout), report);
  assert.doesNotMatch(again.stderr, /Trying/);
  assert.match(again.stderr, new RegExp(`\\* ${report.chosen} `));
});

test('linking says what is missing, and asks for a Python', async () => {
  const none = await repsim(['runtimes', 'link', '--json', '--python', '/nowhere/python'], storage);
  assert.equal(none.code, 1);
  assert.match(none.stderr, /^repsim: There is no Python at \/nowhere\/python: name the interpreter/m);
  assert.equal(none.stdout, '');
  const unsaid = await repsim(['runtimes', 'link'], storage);
  assert.equal(unsaid.code, 2);
  assert.match(unsaid.stderr, /--python/);
});
