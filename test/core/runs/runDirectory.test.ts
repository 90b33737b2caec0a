import assert from 'node:assert/strict';
import { appendFile, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import test, { type TestContext } from 'node:test';
import { UserError } from '../../../src/core/errors';
import { type HeldRun, holdRun } from '../../../src/core/runs/holdRun';
import { eventsOf, readRun } from '../../../src/core/runs/readRun';
import { folderOrReplaced, makeRunFolder, openRunDirectory } from '../../../src/core/runs/runDirectory';
import { runId } from '../../../src/core/runs/runId';
import type { RunManifest } from '../../../src/protocol/runs';
import { finetuneSettings } from '../../../src/protocol/settings';
import { until } from '../../support/until';

async function temporaryFolder(t: TestContext): Promise<string> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'repsim-runs-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

function manifest(id: string): RunManifest {
  return {
    format: 1,
    id,
    createdAt: new Date(0).toISOString(),
    settings: finetuneSettings.parse({ checkpoint: '/models/vit', data: '/data/brain.npz' }),
    runtime: { name: 'reference', device: '1 thread' },
    versions: { repsim: '0' },
    model: { architecture: 'vit', layers: ['block.0', 'final'], parameters: 10 },
    data: { fingerprint: 'f', classes: ['a', 'b'], splits: { train: 1, val: 1, test: 1 }, skipped: 0 },
    pid: process.pid,
  };
}

/** A lease that nobody disputes. */
const alone: HeldRun = { assertHeld() {}, release: async () => {} };

const request = { method: 'repsim', data: '/data/Brain region.npz' };

test('a run is named after its time, method and data', () => {
  const time = new Date('2026-11-23T11:30:05.123Z');
  assert.equal(runId(time, 'repsim', '/data/brainregion.npz'), '2026-11-23T11-30-05-repsim-brainregion');
  assert.equal(runId(time, 'full', 'C d/é?: x', 1), '2026-11-23T11-30-05-full-x-2');
});

test('two runs of the same second get two folders, which version control ignores', async (t) => {
  const workspace = await temporaryFolder(t);
  const now = new Date();
  const first = await makeRunFolder(workspace, request, now);
  const second = await makeRunFolder(workspace, request, now);
  assert.equal(second.id, `${first.id}-2`);
  assert.equal(await readFile(path.join(workspace, '.repsim/.gitignore'), 'utf8'), '*\n');
  assert.deepEqual((await readdir(path.join(workspace, '.repsim/runs'))).sort(), [first.id, second.id]);
});

test("the user's own .gitignore stays", async (t) => {
  const workspace = await temporaryFolder(t);
  await mkdir(path.join(workspace, '.repsim'));
  await writeFile(path.join(workspace, '.repsim/.gitignore'), 'cache\n');
  await makeRunFolder(workspace, request);
  assert.equal(await readFile(path.join(workspace, '.repsim/.gitignore'), 'utf8'), 'cache\n');
});

test('a folder that holds something, or that cannot be made, is refused by name', async (t) => {
  const workspace = await temporaryFolder(t);
  await writeFile(path.join(workspace, 'file'), '');
  const namesFolder = (folder: string) => (error: unknown) =>
    error instanceof UserError && error.message.includes(folder) && error.message.includes('--out');
  await assert.rejects(makeRunFolder(workspace, { ...request, out: '.' }), namesFolder(workspace));
  await assert.rejects(
    makeRunFolder(workspace, { ...request, out: 'file/run' }),
    namesFolder(path.join(workspace, 'file/run')),
  );
  await assert.rejects(makeRunFolder(path.join(workspace, 'file'), request), namesFolder('.repsim'));
});

test('events keep their order and can be read while the run goes on', async (t) => {
  const { path: folder, id } = await makeRunFolder(await temporaryFolder(t), request);
  let told = 0;
  const run = await openRunDirectory(folder, manifest(id), alone, () => told++);
  for (let step = 0; step < 500; step++) run.append({ type: 'checkpoint', step, path: 'x' });
  await until('the reader to be told', () => told > 0);
  const steps: unknown[] = [];
  for await (const event of eventsOf(folder)) steps.push(event.type === 'checkpoint' && event.step);
  assert.deepEqual(
    steps,
    Array.from({ length: 500 }, (_, step) => step),
  );
  run.append({ type: 'started', steps: 1, stepsPerEpoch: 1, epochs: 1, fromStep: 0 });
  run.append({ type: 'finished' });
  await run.close();
  assert.equal((await readRun(folder)).state, 'finished');
});

test('a line that a crash cut off costs only itself', async (t) => {
  const { path: folder, id } = await makeRunFolder(await temporaryFolder(t), request);
  const first = await openRunDirectory(folder, manifest(id), alone);
  first.append({ type: 'note', message: 'one' });
  await first.close();
  await appendFile(path.join(folder, 'events.jsonl'), '{"type":"note","mess');
  const second = await openRunDirectory(folder, manifest(id), alone);
  second.append({ type: 'note', message: 'two' });
  await second.close();
  const { events } = await readRun(folder);
  assert.deepEqual(
    events.map((event) => event.type === 'note' && event.message),
    ['one', 'two'],
  );
});

test('without a last word a run goes on as long as its lease is held, and is "interrupted" after that', async (t) => {
  const { path: folder, id } = await makeRunFolder(await temporaryFolder(t), request);
  const lease = await holdRun(folder);
  const run = await openRunDirectory(folder, manifest(id), lease);
  assert.equal((await readRun(folder)).state, 'preparing');
  run.append({ type: 'started', steps: 1, stepsPerEpoch: 1, epochs: 1, fromStep: 0 });
  await run.close();
  assert.equal((await readRun(folder)).state, 'running');
  await lease.release();
  assert.equal((await readRun(folder)).state, 'interrupted');
});

test('of a log of any length a run keeps what a picture shows, a line without end and a device in its place cost nothing', async (t) => {
  const { path: folder, id } = await makeRunFolder(await temporaryFolder(t), request);
  await writeFile(path.join(folder, 'run.json'), JSON.stringify(manifest(id)));
  const log = path.join(folder, 'events.jsonl');
  const validation = { time: 1, type: 'validation', loss: 1, accuracy: 0.5, n: 4 };
  const lines = Array.from({ length: 20_000 }, (_, step) => JSON.stringify({ ...validation, step }));
  await writeFile(
    log,
    `${lines.slice(0, 9000).join('\n')}\n"${'x'.repeat(1_000_000)}"\n${lines.slice(9000).join('\n')}\n`,
  );
  const { events } = await readRun(folder);
  const steps = events.map((event) => event.type === 'validation' && event.step);
  assert.ok(steps.length > 400 && steps.length <= 1000, `${steps.length} events`);
  assert.deepEqual([steps[0], steps.at(-1)], [0, 19_999]);

  await rm(log);
  await symlink('/dev/zero', log);
  assert.deepEqual((await readRun(folder)).events, []);
});

test('a folder is replaced whole, or stays as it was', async (t) => {
  const { path: folder, id } = await makeRunFolder(await temporaryFolder(t), request);
  const run = await openRunDirectory(folder, manifest(id), alone);
  const write = (content: string) => async (temporary: string) => {
    await writeFile(path.join(temporary, 'weights'), content);
  };
  const target = await run.replaceFolder('checkpoints/last', write('1'));
  await run.replaceFolder('checkpoints/last', write('2'));
  assert.equal(await readFile(path.join(target, 'weights'), 'utf8'), '2');
  const broken = async (temporary: string) => {
    await write('3')(temporary);
    throw new Error('out of paper');
  };
  await assert.rejects(run.replaceFolder('checkpoints/last', broken), /out of paper/);
  assert.equal(await readFile(path.join(target, 'weights'), 'utf8'), '2');
  assert.deepEqual(await readdir(path.dirname(target)), ['last']);
  assert.equal(await folderOrReplaced(target), target);
  assert.equal(await folderOrReplaced(path.join(folder, 'checkpoints/none')), undefined);
  await run.close();
});

const full = '/dev/full';
test('a full disk is one sentence that names the folder', {
  skip: process.platform !== 'linux',
}, async (t) => {
  const { path: folder, id } = await makeRunFolder(await temporaryFolder(t), request);
  await symlink(full, path.join(folder, 'events.jsonl'));
  const run = await openRunDirectory(folder, manifest(id), alone);
  run.append({ type: 'note', message: 'x' });
  const isFull = (error: unknown) =>
    error instanceof UserError && error.message.includes(folder) && /disk is full/.test(error.message);
  await assert.rejects(run.flush(), isFull);
  assert.throws(() => run.append({ type: 'note', message: 'y' }), isFull);
  await assert.rejects(run.close(), isFull);
});

test('a folder that is no run, and a damaged manifest, are refused by name', async (t) => {
  const folder = await temporaryFolder(t);
  await assert.rejects(
    readRun(folder),
    (error: unknown) => error instanceof UserError && /not a run/.test(error.message),
  );
  await writeFile(path.join(folder, 'run.json'), '{"format": 2}');
  await assert.rejects(
    readRun(folder),
    (error: unknown) => error instanceof UserError && /run\.json/.test(error.message),
  );
});
