/** Following a run directory as it is written, and what a hostile or broken one may do to it. */
import assert from 'node:assert/strict';
import { appendFileSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import test, { type TestContext } from 'node:test';
import { runName } from '../../src/host/runs/runName';
import { readRunSummary } from '../../src/host/runs/runSummary';
import { RunTail } from '../../src/host/runs/runTail';
import { claimRun } from '../../src/protocol/leaseFiles';
import type { RunEvent, RunManifest } from '../../src/protocol/runs';
import { finetuneSettings } from '../../src/protocol/settings';

const manifest: RunManifest = {
  format: 1,
  id: '2026-11-23T11-30-05-repsim-brainregion',
  createdAt: new Date().toISOString(),
  settings: finetuneSettings.parse({ checkpoint: '/c', data: '/data/brainregion.npz' }),
  runtime: { name: 'onnx-cpu', device: 'CPU' },
  versions: { repsim: '0.1.0' },
  model: { architecture: 'vit', layers: ['block.0', 'final'], parameters: 10 },
  data: { fingerprint: 'f', classes: ['a', 'b'], splits: { train: 2, val: 2, test: 2 }, skipped: 0 },
  pid: process.pid,
};
const started: RunEvent = { time: 1, type: 'started', steps: 9, stepsPerEpoch: 3, epochs: 3, fromStep: 0 };
const step = (n: number): RunEvent => ({
  time: n,
  type: 'step',
  step: n,
  epoch: 0,
  lr: 0.1,
  loss: 1,
  crossEntropy: 1,
  gradientNorm: 1,
});
const probe = (n: number): RunEvent => ({
  time: n,
  type: 'probe',
  step: n,
  n: 4,
  cls: [1, null],
  mean: [1, 1],
});
const validation = (n: number, accuracy: number): RunEvent => ({
  time: n,
  type: 'validation',
  step: n,
  loss: 1,
  accuracy,
  n: 4,
});

function newRun(t: TestContext): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'repsim-run-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  writeFileSync(path.join(folder, 'run.json'), JSON.stringify(manifest));
  return folder;
}

function write(folder: string, ...events: RunEvent[]): void {
  appendFileSync(
    path.join(folder, 'events.jsonl'),
    events.map((event) => `${JSON.stringify(event)}\n`).join(''),
  );
}

async function claimed(folder: string) {
  const claim = await claimRun(folder);
  assert.ok('lease' in claim);
  return claim;
}

const types = (tail: RunTail) => tail.events().map(({ type }) => type);

test('events are followed as they are appended, a line that is not whole yet included', async (t) => {
  const folder = newRun(t);
  const tail = new RunTail(folder);
  await tail.refresh();
  assert.equal(tail.manifest?.id, manifest.id);
  assert.deepEqual(tail.events(), []);
  assert.equal(tail.state(true), 'preparing');

  write(folder, started, step(1));
  await tail.refresh();
  assert.deepEqual(tail.events(), [started, step(1)]);
  assert.equal(tail.state(true), 'running');

  const line = `${JSON.stringify(probe(2))}\n`;
  appendFileSync(path.join(folder, 'events.jsonl'), line.slice(0, 20));
  await tail.refresh();
  assert.deepEqual(types(tail), ['started', 'step']);
  appendFileSync(path.join(folder, 'events.jsonl'), line.slice(20));
  await tail.refresh();
  assert.deepEqual(tail.events(), [started, step(1), probe(2)]);
});

test('lines that are no events are passed over', async (t) => {
  const folder = newRun(t);
  write(folder, started);
  appendFileSync(
    path.join(folder, 'events.jsonl'),
    `not json\n{"type":"step"}\n[]\n\n\u0000\n{"type":"note","time":1,"message":"é ${'x'.repeat(400_000)}"}\n`,
  );
  write(folder, step(1));
  const tail = new RunTail(folder);
  await tail.refresh();
  assert.deepEqual(tail.events(), [started, step(1)]);
});

test('text beyond ASCII survives the border between two reads', async (t) => {
  const folder = newRun(t);
  const tail = new RunTail(folder);
  const bytes = Buffer.from(`${JSON.stringify({ time: 1, type: 'note', message: 'größer' })}\n`);
  const border = bytes.indexOf(0xc3) + 1;
  appendFileSync(path.join(folder, 'events.jsonl'), bytes.subarray(0, border));
  await tail.refresh();
  appendFileSync(path.join(folder, 'events.jsonl'), bytes.subarray(border));
  await tail.refresh();
  assert.deepEqual(tail.events(), [{ time: 1, type: 'note', message: 'größer' }]);
});

test('a long run is kept as at most 1500 steps, the first and the newest among them', async (t) => {
  const folder = newRun(t);
  write(folder, started);
  for (let i = 0; i < 10; i++)
    write(folder, ...Array.from({ length: 2000 }, (_, j) => step(i * 2000 + j + 1)));
  const tail = new RunTail(folder);
  await tail.refresh();
  const steps = tail.events().flatMap((event) => (event.type === 'step' ? [event.step] : []));
  assert.ok(steps.length <= 1500 && steps.length > 700, `${steps.length} steps`);
  assert.equal(steps[0], 1);
  assert.equal(steps.at(-1), 20_000);
  assert.deepEqual(
    steps,
    steps.toSorted((a, b) => a - b),
  );
});

test('a resumed run has each step once', async (t) => {
  const folder = newRun(t);
  write(folder, started, step(1), probe(1), step(2), step(3), { time: 3, type: 'cancelled', step: 3 });
  const tail = new RunTail(folder);
  await tail.refresh();
  assert.equal(tail.state(false), 'cancelled');
  const again: RunEvent = { ...started, fromStep: 1 };
  write(folder, again, step(2), step(3));
  await tail.refresh();
  assert.deepEqual(tail.events(), [started, step(1), probe(1), again, step(2), step(3)]);
  assert.equal(tail.state(true), 'running');
});

test('another file under the same name is read from its start', async (t) => {
  const folder = newRun(t);
  write(folder, started, step(1), step(2));
  const tail = new RunTail(folder);
  await tail.refresh();
  rmSync(path.join(folder, 'events.jsonl'));
  write(folder, started);
  await tail.refresh();
  assert.deepEqual(tail.events(), [started]);
});

test('a run without a last word that nobody works on is interrupted', async (t) => {
  const folder = newRun(t);
  write(folder, started, step(1));
  const tail = new RunTail(folder);
  await tail.refresh();
  assert.equal(tail.state(false), 'interrupted');
  assert.equal((await readRunSummary(folder))?.state, 'interrupted');
});

test('a run goes on as long as its lease is held', async (t) => {
  const folder = newRun(t);
  write(folder, started, step(1));
  assert.equal((await readRunSummary(folder))?.state, 'interrupted');
  const { lease } = await claimed(folder);
  assert.equal((await readRunSummary(folder))?.state, 'running');
  const tail = new RunTail(folder);
  await tail.refresh();
  assert.equal(tail.state(false), 'running');
  await lease.release();
  assert.equal((await readRunSummary(folder))?.state, 'interrupted');
});

test('a summary tells state and accuracy from the ends of a long log', async (t) => {
  const folder = newRun(t);
  write(folder, started, validation(1, 0.25));
  write(folder, ...Array.from({ length: 5000 }, (_, i) => step(i + 1)), validation(5000, 0.75));
  const { lease } = await claimed(folder);
  const running = await readRunSummary(folder);
  await lease.release();
  assert.equal(running?.name, 'repsim brainregion');
  assert.equal(running?.state, 'running');
  assert.equal(running?.accuracy, 0.75);
  write(folder, { time: 1, type: 'failed', message: 'The loss is not a number.' });
  const failed = await readRunSummary(folder);
  assert.equal(failed?.state, 'failed');
  assert.equal(failed?.message, 'The loss is not a number.');
});

test('a folder that is no run, of another version, or a trap has no summary', async (t) => {
  const folder = newRun(t);
  const manifestFile = path.join(folder, 'run.json');
  for (const text of ['', '{', '[]', JSON.stringify({ ...manifest, format: 99 })]) {
    writeFileSync(manifestFile, text);
    assert.equal(await readRunSummary(folder), undefined);
  }
  writeFileSync(manifestFile, JSON.stringify({ ...manifest, pad: 'x'.repeat(5_000_000) }));
  assert.equal(await readRunSummary(folder), undefined, 'larger than a manifest can be');
  rmSync(manifestFile);
  mkdirSync(manifestFile);
  assert.equal(await readRunSummary(folder), undefined, 'a folder');
  rmSync(manifestFile, { recursive: true });
  symlinkSync('/dev/zero', manifestFile);
  assert.equal(await readRunSummary(folder), undefined, 'a device');
});

test('a name for people is made of the method and the data', () => {
  assert.equal(runName({ method: 'full', data: '/a/b/brainregion.npz' }), 'full brainregion');
  assert.equal(runName({ data: 'C:\\data\\scans\\' }), 'repsim scans');
  assert.equal(
    runName({ method: 'full', data: `/x/a\nb\u202e${'y'.repeat(500)}` }).length,
    'full '.length + 80,
  );
});
