/** What the drift panel is sent for a run of this window and for one of another process. */
import assert from 'node:assert/strict';
import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import test, { type TestContext } from 'node:test';
import { snapshotOf } from '../../src/host/drift/snapshotOf';
import { RunTail } from '../../src/host/runs/runTail';
import { driftSnapshot } from '../../src/protocol/drift';
import type { RunEvent } from '../../src/protocol/runs';

const started: RunEvent = { time: 1, type: 'started', steps: 9, stepsPerEpoch: 3, epochs: 3, fromStep: 0 };
const stage: RunEvent = { time: 2, type: 'stage', stage: 'Reading images', done: 1, total: 2 };

async function tailOf(t: TestContext, ...events: RunEvent[]): Promise<RunTail> {
  const folder = mkdtempSync(path.join(tmpdir(), 'repsim-run-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  writeFileSync(path.join(folder, 'events.jsonl'), '');
  for (const event of events) appendFileSync(path.join(folder, 'events.jsonl'), `${JSON.stringify(event)}\n`);
  const tail = new RunTail(folder);
  await tail.refresh();
  return tail;
}

test('a run without a folder yet is prepared, and says how far it is', () => {
  const progress = { stage: 'Reading images', done: 3, total: 9 };
  const snapshot = snapshotOf('repsim d', undefined, { progress, outcome: undefined });
  assert.equal(snapshot.state, 'preparing');
  assert.equal(snapshot.run, undefined);
  const { time: _, ...event } = snapshot.events[0]!;
  assert.deepEqual(event, { type: 'stage', ...progress });
});

test('a run that failed before it had a folder still tells why', () => {
  const outcome = { kind: 'failed', message: 'The folder has no config.json.' } as const;
  const snapshot = snapshotOf('repsim d', undefined, { progress: undefined, outcome });
  assert.equal(snapshot.state, 'failed');
  const [event] = snapshot.events;
  assert.ok(event?.type === 'failed');
  assert.equal(event.message, 'The folder has no config.json.');
});

test('the progress of a run that goes on takes the place of the stage that it wrote', async (t) => {
  const tail = await tailOf(t, started, stage);
  const progress = { stage: 'Training', done: 1, total: 9 };
  const snapshot = snapshotOf('n', tail, { progress, outcome: undefined });
  assert.equal(snapshot.state, 'running');
  assert.equal(snapshot.run, tail.folder);
  const stages = snapshot.events.flatMap((event) => (event.type === 'stage' ? [event.stage] : []));
  assert.deepEqual(stages, ['Training']);
});

test('a run that was cancelled and is gone on with is prepared until it says that it has started', async (t) => {
  const cancelled: RunEvent = { time: 3, type: 'cancelled', step: 4 };
  const known = { progress: undefined, outcome: undefined };
  assert.equal(snapshotOf('n', await tailOf(t, started, cancelled), known).state, 'preparing');
  const again: RunEvent = { ...started, time: 4, fromStep: 4 };
  assert.equal(snapshotOf('n', await tailOf(t, started, cancelled, again), known).state, 'running');
});

test('a run whose engine died is interrupted and says how it died', async (t) => {
  const tail = await tailOf(t, started);
  const snapshot = snapshotOf('n', tail, {
    progress: undefined,
    outcome: { kind: 'died', how: 'SIGKILL', lines: [] },
  });
  assert.equal(snapshot.state, 'interrupted');
  const note = snapshot.events.at(-1);
  assert.ok(note?.type === 'note');
  assert.match(note.message, /SIGKILL/);
});

test('a failure that the run has written is not told twice', async (t) => {
  const failed: RunEvent = { time: 3, type: 'failed', message: 'The loss is not a number.' };
  const tail = await tailOf(t, started, failed);
  const outcome = { kind: 'failed', message: 'The loss is not a number.' } as const;
  assert.deepEqual(snapshotOf('n', tail, { progress: undefined, outcome }).events, [started, failed]);
});

test('a snapshot is what the panel accepts', async (t) => {
  const tail = await tailOf(t, started, stage);
  const snapshot = snapshotOf('n', tail, undefined);
  assert.deepEqual(driftSnapshot.parse(JSON.parse(JSON.stringify(snapshot))).events, [started, stage]);
});
