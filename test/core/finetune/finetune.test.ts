import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import test from 'node:test';
import { finetune } from '../../../src/core/finetune/finetune';
import { loadCheckpoint } from '../../../src/core/models/checkpoint';
import { readRun } from '../../../src/core/runs/readRun';
import type { RunEvent } from '../../../src/protocol/runs';
import type { FinetuneRequest } from '../../../src/protocol/settings';
import { checkpoint, labels, tinyRequest, tinyWorkspace, weightsOf, writeImages } from './tinyJob';

function ofType<T extends RunEvent['type']>(events: readonly RunEvent[], type: T) {
  return events.filter((event): event is Extract<RunEvent, { type: T }> => event.type === type);
}

test('a run leaves its manifest, its events in order, its result and a checkpoint that loads', async (t) => {
  const { workspace, data } = await tinyWorkspace(t);
  const told: string[] = [];
  const stages = new Set<string>();
  const result = await finetune(tinyRequest(data, { oldData: data }), {
    workspace,
    onRunChanged: (run) => told.push(run),
    onProgress: ({ stage, done, total }) => {
      stages.add(stage);
      assert.ok(done >= 0 && (total === 0 || done <= total), `${stage}: ${done} of ${total}`);
    },
  });
  const run = await readRun(result.run);
  assert.equal(run.state, 'finished');
  assert.deepEqual(run.result, result);
  assert.deepEqual(new Set(told), new Set([result.run]));
  for (const stage of ['Epoch 1 of 2', 'Epoch 2 of 2', 'Measuring the old task'])
    assert.ok(stages.has(stage), stage);

  assert.deepEqual(run.manifest.model.layers, ['block.0', 'block.1', 'block.2', 'final']);
  assert.deepEqual(run.manifest.data.splits, { train: 36, val: 12, test: 12 });
  assert.ok(path.isAbsolute(run.manifest.settings.data));

  const [started] = ofType(run.events, 'started');
  assert.deepEqual([started!.steps, started!.stepsPerEpoch, started!.fromStep], [6, 3, 0]);
  const steps = ofType(run.events, 'step');
  assert.deepEqual(
    steps.map(({ step }) => step),
    [1, 2, 3, 4, 5, 6],
  );
  for (const { loss, crossEntropy, similarityLoss } of steps) {
    assert.ok(Math.abs(loss! - (crossEntropy! + 0.1 * similarityLoss!)) < 1e-5);
  }
  assert.equal(steps[0]!.lr, 1e-3);
  assert.ok(steps[5]!.lr < 2e-4);

  const probes = ofType(run.events, 'probe');
  assert.deepEqual(
    probes.map(({ step }) => step),
    [0, 2, 4, 6],
  );
  for (const value of [...probes[0]!.cls, ...probes[0]!.mean]) {
    assert.ok(Math.abs(value! - 1) < 1e-6, `nothing has drifted at step 0, and CKA is ${value}`);
  }
  assert.ok(probes[3]!.cls[3]! < 1 - 1e-6, 'after training something has drifted');
  assert.equal(probes[0]!.cls[3], probes[0]!.mean[3], '"final" is the embedding for both');
  assert.deepEqual(
    ofType(run.events, 'validation').map(({ step }) => step),
    [3, 6],
  );

  assert.deepEqual(
    result.similarity.layers.map(({ name }) => name),
    run.manifest.model.layers,
  );
  const values = result.similarity.layers.map(({ value }) => value!);
  assert.equal(result.similarity.final, values[3]);
  assert.ok(Math.abs(result.similarity.mean! - values.reduce((sum, value) => sum + value, 0) / 4) < 1e-12);
  assert.equal(result.sharpness.heldOut.n, 6);
  assert.ok(result.sharpness.train.samWorstCase! > 0 && result.sharpness.heldOut.topEigenvalue! > 0);
  assert.ok(result.knn!.before! > 0 && result.knn!.after! > 0);

  const finetuned = await loadCheckpoint(result.checkpoint);
  assert.deepEqual(finetuned.labels, ['0', '1', '2']);
  assert.deepEqual(await readdir(path.join(result.run, 'checkpoints')), ['final']);
  const names = (folder: string) => weightsOf(folder).then((weights) => Object.keys(weights).sort());
  assert.deepEqual(await names(result.checkpoint), await names(checkpoint));
});

test('a run as the checkpoint continues from what it learnt', async (t) => {
  const { workspace, data } = await tinyWorkspace(t);
  const first = await finetune(tinyRequest(data, { epochs: 1 }), { workspace });
  const second = await finetune(tinyRequest(data, { checkpoint: first.run, epochs: 1, lr: 1e-9 }), {
    workspace,
  });
  assert.ok(Math.abs(second.test.loss! - first.test.loss!) < 1e-4, 'the head was kept');
});

test('it learns what is there to be learnt', async (t) => {
  const { workspace, data } = await tinyWorkspace(t);
  for (const method of ['full', 'repsim'] as const) {
    const { test: metrics } = await finetune(tinyRequest(data, { method, epochs: 12, lr: 3e-3 }), {
      workspace,
    });
    assert.ok(metrics.accuracy! >= 0.9, `${method}: ${metrics.accuracy}`);
  }
});

test('RepSim keeps the representation that full finetuning loses', async (t) => {
  const { workspace, data } = await tinyWorkspace(t);
  const similarity = async (lambda: number) =>
    (await finetune(tinyRequest(data, { lambda, epochs: 8, lr: 3e-3 }), { workspace })).similarity.final!;
  const [none, strong] = [await similarity(0), await similarity(3)];
  assert.ok(strong > none + 0.02, `final CKA ${none} without and ${strong} with RepSim`);
});

test('two runs with the same seed end with the same weights, to the bit; another seed does not', async (t) => {
  const { workspace, data } = await tinyWorkspace(t);
  const weights = async (seed: number) =>
    weightsOf((await finetune(tinyRequest(data, { seed, augment: 'flip-crop' }), { workspace })).checkpoint);
  const [first, again, other] = [await weights(1), await weights(1), await weights(2)];
  for (const [name, bytes] of Object.entries(first)) assert.ok(bytes.equals(again[name]!), name);
  assert.ok(Object.entries(first).some(([name, bytes]) => !bytes.equals(other[name]!)));
});

test('a linear probe trains the head and nothing else', async (t) => {
  const { workspace, data } = await tinyWorkspace(t);
  for (const augment of ['none', 'flip', 'flip-crop'] as const) {
    const result = await finetune(tinyRequest(data, { method: 'linear', augment, lr: 1e-2, epochs: 3 }), {
      workspace,
    });
    const [before, after] = [await weightsOf(checkpoint), await weightsOf(result.checkpoint)];
    for (const [name, bytes] of Object.entries(before)) {
      if (!name.startsWith('classifier.')) assert.ok(bytes.equals(after[name]!), `${augment}: ${name}`);
    }
    assert.equal(result.similarity.final, 1);
    const { events } = await readRun(result.run);
    assert.deepEqual(
      ofType(events, 'probe').map(({ step }) => step),
      [0, 9],
    );
    const losses = ofType(events, 'step').map(({ loss }) => loss!);
    assert.ok(losses[8]! < losses[0]!, `${augment}: the loss falls`);
  }
});

test('mirrored images have features of their own in a linear probe', async (t) => {
  const { workspace, data } = await tinyWorkspace(t);
  const losses = async (augment: 'none' | 'flip') => {
    const { run } = await finetune(tinyRequest(data, { method: 'linear', augment }), { workspace });
    return ofType((await readRun(run)).events, 'step').map(({ loss }) => loss!);
  };
  const [plain, flipped] = [await losses('none'), await losses('flip')];
  plain.forEach((loss, i) => {
    assert.notEqual(loss, flipped[i]);
  });
});

const variants: Partial<FinetuneRequest>[] = [
  { objective: 'covariance' },
  { objective: 'covariance', rotation: 'closed-form' },
  { objective: 'feature', rotation: 'closed-form', augment: 'flip' },
  { rotation: 'identity', augment: 'flip-crop' },
  { layers: 'all' },
  { layers: [0, 2], labelSmoothing: 0.1 },
  { objective: 'covariance', rotation: 'closed-form', augment: 'flip-crop' },
];

for (const more of variants) {
  test(`RepSim with ${JSON.stringify(more)} runs and its term is finite and not negative`, async (t) => {
    const { workspace, data } = await tinyWorkspace(t);
    const { events } = await readRun((await finetune(tinyRequest(data, more), { workspace })).run);
    const terms = ofType(events, 'step').map(({ similarityLoss }) => similarityLoss!);
    assert.equal(terms.length, 6);
    for (const term of terms) assert.ok(term > -1e-5, `${terms}`);
    assert.ok(terms[0]! < 1e-4, 'nothing is lost before the first step');
    assert.ok(terms[5]! > 1e-6, 'later the features have moved');
  });
}

test('figures that do not exist are null with the reason', async (t) => {
  const { workspace } = await tinyWorkspace(t);
  const data = await writeImages(path.join(workspace, 'few.npz'), {
    train: labels(12),
    val: labels(3),
    test: labels(3),
  });
  const result = await finetune(tinyRequest(data), { workspace });
  assert.equal(result.similarity.final, null);
  assert.match(result.similarity.why!, /4 test images/);
  const { events } = await readRun(result.run);
  assert.deepEqual(ofType(events, 'probe'), []);
  assert.ok(ofType(events, 'note').some(({ message }) => /4 validation images/.test(message)));
  assert.ok(!(await readFile(path.join(result.run, 'results/finetune.json'), 'utf8')).includes('NaN'));
});
