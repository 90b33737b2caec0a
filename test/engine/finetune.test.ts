/** The engine as it is shipped, dist/engine.js, doing the real work on a case small enough for a test. */
import assert from 'node:assert/strict';
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import test, { type TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { writeNpz } from '../../samples/make/npzWriter';
import { type EngineRun, startEngineWork } from '../../src/host/engine/engineRun';
import { readRunSummary } from '../../src/host/runs/runSummary';
import { RunTail } from '../../src/host/runs/runTail';
import { engineMethods, type FinetuneReply } from '../../src/protocol/engine';
import type { FinetuneRequest } from '../../src/protocol/settings';
import { until } from '../support/until';

const file = path.join(__dirname, '..', '..', 'dist', 'engine.js');
const checkpoint = path.join(__dirname, '..', 'core', 'models', 'fixtures', 'hf-vit');
const side = 32;

/** Dark images of class 0 and bright ones of class 1. */
function split(n: number) {
  const labels = Uint8Array.from({ length: n }, (_, i) => i % 2);
  const data = Uint8Array.from({ length: n * side * side }, (_, i) => {
    const image = Math.floor(i / (side * side));
    return labels[image]! * 120 + ((i * 37 + image * 11) % 100);
  });
  return { images: { shape: [n, side, side], data }, labels: { shape: [n, 1], data: labels } };
}

async function start(t: TestContext, changes: Partial<FinetuneRequest>) {
  assert.ok(existsSync(file), 'dist/engine.js is missing: run `node esbuild.js` first');
  const workspace = mkdtempSync(path.join(tmpdir(), 'repsim-engine-'));
  t.after(() => rmSync(workspace, { recursive: true, force: true }));
  const data = path.join(workspace, 'shades.npz');
  const [train, val, held] = [split(32), split(16), split(16)];
  await writeNpz(data, {
    train_images: train.images,
    train_labels: train.labels,
    val_images: val.images,
    val_labels: val.labels,
    test_images: held.images,
    test_labels: held.labels,
  });
  const settings: FinetuneRequest = {
    ...{ checkpoint, data, epochs: 2, batch: 8, probeSize: 8, sharpnessSize: 8, threads: 1 },
    ...{ runtime: 'onnx-cpu', ...changes },
  };
  const seen = { folder: '', stages: new Set<string>(), lines: [] as string[] };
  const run = startEngineWork<FinetuneReply>(
    { file },
    [{ method: engineMethods.finetune, params: { settings, workspace } }],
    {
      progress: ({ stage }) => seen.stages.add(stage),
      runChanged: (folder) => {
        seen.folder = folder;
      },
      line: (line) => seen.lines.push(line),
    },
  );
  t.after(() => run.cancel());
  return { run, workspace, seen };
}

/** Waits until the run has done some steps. */
async function training(folder: () => string): Promise<void> {
  await until('a step', () => {
    const events = path.join(folder() || '/', 'events.jsonl');
    return existsSync(events) && readFileSync(events, 'utf8').includes('"type":"step"');
  });
}

async function exists(run: EngineRun): Promise<boolean> {
  await sleep(50);
  try {
    process.kill(run.pid!, 0);
    return true;
  } catch {
    return false;
  }
}

test('a run is trained, measured and written to its folder', async (t) => {
  const { run, seen } = await start(t, {});
  const outcome = await run.outcome;
  assert.equal(outcome.kind, 'finished', JSON.stringify(outcome));
  assert.ok(outcome.kind === 'finished');
  const { result } = outcome;
  assert.equal(result.method, 'repsim');
  assert.equal(result.runtime, 'onnx-cpu');
  assert.deepEqual(result.splits, { train: 32, val: 16, test: 16 });
  assert.ok(result.test.accuracy! >= 0 && result.test.accuracy! <= 1);
  assert.deepEqual(
    result.similarity.layers.map(({ name }) => name),
    ['block.0', 'block.1', 'block.2', 'final'],
  );
  assert.equal(result.run, seen.folder);
  assert.ok(existsSync(path.join(result.checkpoint, 'model.safetensors')));
  assert.ok(seen.stages.size > 1, [...seen.stages].join(', '));

  const summary = await readRunSummary(result.run);
  assert.equal(summary?.state, 'finished');
  assert.equal(summary?.name, 'repsim shades');
  assert.equal(summary?.accuracy, result.test.accuracy);
  const tail = new RunTail(result.run);
  await tail.refresh();
  assert.deepEqual(tail.result, result);
  const steps = tail.events().flatMap((event) => (event.type === 'step' ? [event.step] : []));
  assert.equal(steps.at(-1), 8);
  assert.ok(tail.events().some((event) => event.type === 'probe' && event.cls.length === 4));
});

test('a request that cannot be done is answered by a sentence, and leaves no run', async (t) => {
  const { run, workspace } = await start(t, { checkpoint: 'nowhere' });
  const outcome = await run.outcome;
  assert.ok(outcome.kind === 'failed', JSON.stringify(outcome));
  assert.match(outcome.message, /nowhere/);
  assert.doesNotMatch(outcome.message, /report/);
  const runs = path.join(workspace, '.repsim', 'runs');
  assert.deepEqual(existsSync(runs) ? readdirSync(runs) : [], []);
});

test('a cancelled run stops before it would be killed, is readable and keeps a checkpoint', async (t) => {
  const { run, seen } = await start(t, { epochs: 5000 });
  await training(() => seen.folder);
  run.cancel();
  const outcome = await run.outcome;
  assert.equal(outcome.kind, 'cancelled');
  assert.ok(outcome.kind === 'cancelled' && !outcome.killed, 'it stopped by itself');
  assert.equal((await readRunSummary(seen.folder))?.state, 'cancelled');
  assert.ok(existsSync(path.join(seen.folder, 'checkpoints', 'last', 'model.safetensors')));
});

test('a run whose engine is killed is interrupted and readable', async (t) => {
  const { run, seen } = await start(t, { epochs: 5000 });
  await training(() => seen.folder);
  process.kill(run.pid!, 'SIGKILL');
  const outcome = await run.outcome;
  assert.ok(outcome.kind === 'died');
  assert.equal(outcome.how, 'SIGKILL');
  assert.equal(await exists(run), false);
  assert.equal((await readRunSummary(seen.folder))?.state, 'interrupted');
});

test('a run whose engine was killed is resumed to its end by one of two that ask', async (t) => {
  const { run, seen, workspace } = await start(t, { epochs: 40 });
  await training(() => seen.folder);
  process.kill(run.pid!, 'SIGKILL');
  await run.outcome;
  const resume = () =>
    startEngineWork<FinetuneReply>(
      { file },
      [{ method: engineMethods.resume, params: { run: seen.folder, workspace } }],
      { progress() {}, runChanged() {}, line() {} },
    );
  const outcomes = await Promise.all([resume().outcome, resume().outcome]);
  const finished = outcomes.find(({ kind }) => kind === 'finished');
  const refused = outcomes.find(({ kind }) => kind === 'failed');
  assert.ok(finished?.kind === 'finished' && finished.result.run === seen.folder, JSON.stringify(outcomes));
  assert.ok(refused?.kind === 'failed');
  assert.match(refused.message, /worked on by process|is finished/);
  const summary = await readRunSummary(seen.folder);
  assert.equal(summary?.state, 'finished');
  const tail = new RunTail(seen.folder);
  await tail.refresh();
  const steps = tail.events().flatMap((event) => (event.type === 'step' ? [event.step] : []));
  assert.equal(steps.at(-1), 160);
  assert.deepEqual(steps, [...new Set(steps)], 'no step is shown twice');
});

test('nothing native is loaded before the first request', {
  skip: process.platform !== 'linux',
}, async () => {
  const child = fork(file, [], { serialization: 'advanced', stdio: ['ignore', 'ignore', 'ignore', 'ipc'] });
  await sleep(500);
  const maps = readFileSync(`/proc/${child.pid}/maps`, 'utf8');
  assert.match(maps, /node/);
  assert.doesNotMatch(maps, /onnxruntime|sharp|vips/);
  child.disconnect();
  const [code] = await once(child, 'exit');
  assert.equal(code, 0, 'an engine without work ends with its host');
});
