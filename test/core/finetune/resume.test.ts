import assert from 'node:assert/strict';
import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import test from 'node:test';
import { UserError } from '../../../src/core/errors';
import { finetune, resumeFinetune } from '../../../src/core/finetune/finetune';
import { holdRun } from '../../../src/core/runs/holdRun';
import { readRun } from '../../../src/core/runs/readRun';
import type { FinetuneResult } from '../../../src/protocol/runs';
import type { FinetuneRequest } from '../../../src/protocol/settings';
import { cancelledRun, labels, tinyRequest, tinyWorkspace, weightsOf, writeImages } from './tinyJob';

async function assertSameWeights(a: FinetuneResult, b: FinetuneResult): Promise<void> {
  const [first, second] = [await weightsOf(a.checkpoint), await weightsOf(b.checkpoint)];
  for (const [name, bytes] of Object.entries(first)) assert.ok(bytes.equals(second[name]!), name);
}

const variants: Partial<FinetuneRequest>[] = [
  {},
  { method: 'linear', augment: 'flip' },
  { method: 'full', augment: 'flip-crop' },
  { objective: 'covariance', layers: 'all', augment: 'flip' },
  { augment: 'microscopy', mixup: 0.4, sampling: 'balanced', classWeights: 'balanced', perClass: 12 },
];

for (const more of variants) {
  test(`cancelled in its second epoch and resumed, ${JSON.stringify(more)} ends as if never stopped, to the bit`, async (t) => {
    const { workspace, data } = await tinyWorkspace(t);
    const request = tinyRequest(data, more);
    const straight = await finetune(request, { workspace });
    const run = await cancelledRun(
      workspace,
      request,
      (stage, done) => stage.startsWith('Epoch') && done === 4,
    );
    const stopped = await readRun(run);
    assert.equal(stopped.state, 'cancelled');
    assert.deepEqual(stopped.events.at(-1)!.type === 'cancelled' && stopped.events.at(-1), {
      ...stopped.events.at(-1)!,
      step: 4,
    });
    assert.deepEqual(await readdir(path.join(run, 'checkpoints')), ['last']);

    const resumed = await resumeFinetune(run, { workspace });
    await assertSameWeights(resumed, straight);
    const { events, state } = await readRun(run);
    assert.equal(state, 'finished');
    const steps = events.flatMap((event) => (event.type === 'step' ? [event.step] : []));
    assert.deepEqual(steps, [1, 2, 3, 4, 5, 6]);
    const starts = events.flatMap((event) => (event.type === 'started' ? [event.fromStep] : []));
    assert.deepEqual(starts, [0, 4]);
    assert.equal(resumed.similarity.final, straight.similarity.final);
  });
}

test('cancelled while it measures, a run keeps its final checkpoint and resumes with the measuring', async (t) => {
  const { workspace, data } = await tinyWorkspace(t);
  const run = await cancelledRun(workspace, tinyRequest(data), (stage) => stage.includes('sharpness'));
  assert.deepEqual(await readdir(path.join(run, 'checkpoints')), ['final']);
  const weights = await weightsOf(path.join(run, 'checkpoints/final'));
  const resumed = await resumeFinetune(run, { workspace });
  for (const [name, bytes] of Object.entries(await weightsOf(resumed.checkpoint))) {
    assert.ok(bytes.equals(weights[name]!), name);
  }
  const { events } = await readRun(run);
  assert.equal(events.filter(({ type }) => type === 'step').length, 6, 'no step was made again');
});

test('a run that had not saved anything starts from the beginning', async (t) => {
  const { workspace, data } = await tinyWorkspace(t);
  const request = tinyRequest(data);
  const straight = await finetune(request, { workspace });
  const run = await cancelledRun(
    workspace,
    request,
    (stage, done) => stage.startsWith('Epoch') && done === 2,
  );
  await rm(path.join(run, 'checkpoints'), { recursive: true });
  await assertSameWeights(await resumeFinetune(run, { workspace }), straight);
});

test('what cannot be resumed says why', async (t) => {
  const { workspace, data } = await tinyWorkspace(t);
  const refuses = (run: string, pattern: RegExp) =>
    assert.rejects(
      resumeFinetune(run, { workspace }),
      (error: unknown) =>
        error instanceof UserError && pattern.test(error.message) && error.message.includes(run),
    );
  const run = await cancelledRun(
    workspace,
    tinyRequest(data),
    (stage, done) => stage.startsWith('Epoch') && done === 2,
  );
  await refuses(workspace, /is not a run/);

  const state = path.join(run, 'checkpoints/last/training-state.safetensors');
  const whole = await readFile(state);
  await writeFile(state, whole.subarray(0, whole.length / 2));
  await refuses(run, /training-state/);
  await writeFile(state, whole);

  await writeImages(data, { train: labels(36), val: labels(12), test: labels(12) }, 2);
  await refuses(run, /have changed/);
  await writeImages(data, { train: labels(36), val: labels(12), test: labels(12) });

  await resumeFinetune(run, { workspace });
  await refuses(run, /is finished/);
});

test('a run that a process works on is neither resumed nor touched', async (t) => {
  const { workspace, data } = await tinyWorkspace(t);
  const run = await cancelledRun(
    workspace,
    tinyRequest(data),
    (stage, done) => stage.startsWith('Epoch') && done === 2,
  );
  const held = await holdRun(run);
  const before = await readFile(path.join(run, 'events.jsonl'), 'utf8');
  await assert.rejects(
    resumeFinetune(run, { workspace }),
    (error: unknown) =>
      error instanceof UserError && error.message.includes(`worked on by process ${process.pid}`),
  );
  assert.equal(await readFile(path.join(run, 'events.jsonl'), 'utf8'), before);
  await held.release();
  // Two at once: one goes on, the other is told.
  const outcomes = await Promise.allSettled([
    resumeFinetune(run, { workspace }),
    resumeFinetune(run, { workspace }),
  ]);
  assert.deepEqual(outcomes.map(({ status }) => status).sort(), ['fulfilled', 'rejected']);
  const { events, state } = await readRun(run);
  assert.equal(state, 'finished');
  assert.equal(events.filter(({ type }) => type === 'started').length, 2);
});

test('who loses the lease of a run writes no more to it', async (t) => {
  const { workspace, data } = await tinyWorkspace(t);
  let taken: Promise<void> | undefined;
  let folder = '';
  const work = finetune(tinyRequest(data, { epochs: 10_000 }), {
    workspace,
    onRunChanged: (run) => {
      folder = run;
      taken ??= rm(path.join(run, 'lease'), { recursive: true });
    },
  });
  await assert.rejects(
    work,
    (error: unknown) => error instanceof UserError && /taken over/.test(error.message),
  );
  await taken;
  const { events } = await readRun(folder);
  assert.ok(events.every(({ type }) => type !== 'failed' && type !== 'finished'));
});

test('cancelling before there is a run leaves nothing behind', async (t) => {
  const { workspace, data } = await tinyWorkspace(t);
  const abort = new AbortController();
  abort.abort(new Error('never mind'));
  await assert.rejects(finetune(tinyRequest(data), { workspace, signal: abort.signal }), /never mind/);
  assert.deepEqual(await readdir(path.join(workspace, '.repsim/runs')), []);
});
