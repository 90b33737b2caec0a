import assert from 'node:assert/strict';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import test from 'node:test';
import { UserError } from '../../../src/core/errors';
import { finetune } from '../../../src/core/finetune/finetune';
import { readRun } from '../../../src/core/runs/readRun';
import type { FinetuneRequest } from '../../../src/protocol/settings';
import { labels, type Splits, tinyRequest, tinyWorkspace, writeImages } from './tinyJob';

const whole: Splits = { train: labels(12), val: labels(6), test: labels(6) };

/** What is wrong, how it is made so, and what the sentence must name. */
const cases: Record<string, { splits?: Splits; more?: Partial<FinetuneRequest>; says: RegExp }> = {
  'no validation split': { splits: { train: labels(12), test: labels(6) }, says: /no "val" split/ },
  'one class': { splits: { train: labels(12, 1), val: labels(6, 1), test: labels(6, 1) }, says: /class/ },
  'a class without training images': { splits: { ...whole, train: labels(12, 2) }, says: /class/ },
  'one training image in a batch of RepSim': { more: { batch: 1 }, says: /batch of 1/ },
  'a checkpoint that is not there': { more: { checkpoint: 'nowhere' }, says: /nowhere/ },
  'data that are not there': { more: { data: 'nothing.npz' }, says: /nothing\.npz/ },
  'old data that are not there': { more: { oldData: 'gone.npz' }, says: /gone\.npz/ },
  'a block that the network has not': { more: { layers: [0, 3] }, says: /block 3.*0 to 2/ },
  'an epoch too few': { more: { epochs: 0 }, says: /"epochs"/ },
  'a folder that cannot be made': { more: { out: 'kinds.npz/run' }, says: /kinds\.npz\/run/ },
};

for (const [name, { splits, more, says }] of Object.entries(cases)) {
  test(`${name} is one sentence before any training, and leaves no run`, async (t) => {
    const { workspace, data } = await tinyWorkspace(t);
    if (splits) await writeImages(data, splits);
    await assert.rejects(finetune(tinyRequest(data, more), { workspace }), (error: unknown) => {
      assert.ok(error instanceof UserError, String(error));
      assert.match(error.message, says);
      assert.ok(!error.message.includes('\n'));
      return true;
    });
    const runs = await readdir(path.join(workspace, '.repsim/runs')).catch(() => []);
    assert.deepEqual(runs, []);
  });
}

test('a folder given for the run must be empty, and stays as it is', async (t) => {
  const { workspace, data } = await tinyWorkspace(t);
  const out = path.join(workspace, 'taken');
  await mkdir(out);
  await writeFile(path.join(out, 'thesis.tex'), '');
  await assert.rejects(finetune(tinyRequest(data, { out }), { workspace }), /not empty/);
  assert.deepEqual(await readdir(out), ['thesis.tex']);
});

test('an empty folder given for a run that comes to nothing is not removed', async (t) => {
  const { workspace, data } = await tinyWorkspace(t);
  const out = path.join(workspace, 'mine');
  await mkdir(out);
  await assert.rejects(finetune(tinyRequest(data, { out, checkpoint: 'nowhere' }), { workspace }), /nowhere/);
  assert.deepEqual(await readdir(out), []);
});

test('a batch larger than the data goes round it, and the run says so', async (t) => {
  const { workspace, data } = await tinyWorkspace(t);
  const result = await finetune(tinyRequest(data, { batch: 50, epochs: 1 }), { workspace });
  assert.match(result.notes!.join(), /batch of 50 is more than the 36 training images/);
  const { events } = await readRun(result.run);
  assert.equal(events.filter(({ type }) => type === 'step').length, 1);
});

test('a loss that stops being a number stops the run, names step and rate, and advises a lower one', async (t) => {
  const { workspace, data } = await tinyWorkspace(t);
  const request = tinyRequest(data, { lr: 1e30, method: 'full', warmup: 0 });
  await assert.rejects(finetune(request, { workspace }), (error: unknown) => {
    assert.ok(error instanceof UserError, String(error));
    assert.match(error.message, /step \d of 6, at a learning rate of .*e\+29: .*--lr 3e\+29/);
    return true;
  });
  const [id] = await readdir(path.join(workspace, '.repsim/runs'));
  const run = await readRun(path.join(workspace, '.repsim/runs', id!));
  assert.equal(run.state, 'failed');
  const last = run.events.at(-1)!;
  assert.ok(last.type === 'failed' && /stopped being a number/.test(last.message));
  assert.ok(!(await readdir(run.path)).includes('checkpoints'), 'no checkpoint of broken weights');
});

test('weights that only the last step has broken are not called finished', async (t) => {
  const { workspace, data } = await tinyWorkspace(t);
  const request = tinyRequest(data, {
    lr: 1e30,
    method: 'full',
    warmup: 0,
    batch: 50,
    epochs: 1,
    keepCheckpoints: 1,
  });
  await assert.rejects(finetune(request, { workspace }), (error: unknown) => {
    assert.ok(error instanceof UserError, String(error));
    assert.match(error.message, /validation loss stopped being a number at step 1 of 1, .*--lr 3e\+29/);
    return true;
  });
  const [id] = await readdir(path.join(workspace, '.repsim/runs'));
  const run = await readRun(path.join(workspace, '.repsim/runs', id!));
  assert.equal(run.state, 'failed');
  assert.deepEqual(await readdir(path.join(run.path, 'checkpoints')), ['epoch-00000']);
});
