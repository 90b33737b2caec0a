/** Whole runs on several labels an image and on ordinal levels, with few images, balanced classes and changed images. */
import assert from 'node:assert/strict';
import { rename } from 'node:fs/promises';
import path from 'node:path';
import test from 'node:test';
import { finetune } from '../../../src/core/finetune/finetune';
import { landscape } from '../../../src/core/landscape/landscape';
import { readRun } from '../../../src/core/runs/readRun';
import { analyseSharpness } from '../../../src/core/sharpness/analyseSharpness';
import type { FinetuneResult, RunEvent } from '../../../src/protocol/runs';
import type { FinetuneRequest } from '../../../src/protocol/settings';
import { tinyRequest, tinyWorkspace, writeImages, writeLabelledImages } from './tinyJob';

async function stepsOf({ run }: FinetuneResult): Promise<Extract<RunEvent, { type: 'step' }>[]> {
  const { events } = await readRun(run);
  return events.flatMap((event) => (event.type === 'step' ? [event] : []));
}

test('several labels an image are learned, measured and looked at by their own loss', async (t) => {
  const { workspace } = await tinyWorkspace(t);
  const data = await writeLabelledImages(
    path.join(workspace, 'labels.npz'),
    { train: 48, val: 16, test: 20 },
    true,
  );
  const request = tinyRequest(data, { oldData: data, epochs: 10, lr: 3e-3, sharpnessSize: 20 });
  const result = await finetune(request, { workspace });
  assert.equal(result.task, 'multi-label');
  assert.ok(
    result.test.accuracy! > 0.9 && result.test.auc! > 0.9,
    `${result.test.accuracy} ${result.test.auc}`,
  );
  assert.match(result.test.why ?? '', /^1 of 3 labels are the same in all samples/);
  assert.ok(result.knn!.before! > 0.5 && result.knn!.before! <= 1);
  const { manifest, events } = await readRun(result.run);
  assert.equal(manifest.data.task, 'multi-label');
  assert.deepEqual(manifest.data.classes, ['0', '1', '2']);
  const steps = await stepsOf(result);
  // With all probabilities at 1/2 the binary cross-entropy is log 2; the cross-entropy over three classes would be log 3.
  assert.ok(Math.abs(steps[0]!.crossEntropy! - Math.log(2)) < 0.3, `${steps[0]!.crossEntropy}`);
  assert.ok(steps.at(-1)!.crossEntropy! < 0.5 * steps[0]!.crossEntropy!);
  assert.ok(events.some((event) => event.type === 'validation' && event.accuracy > 0.8));
  // All test images: the same loss by other programs.
  assert.ok(Math.abs(result.sharpness.heldOut.loss! - result.test.loss!) < 1e-4);
  assert.ok(result.sharpness.heldOut.samWorstCase! > 0);

  const sharpness = await analyseSharpness(
    { checkpoint: result.run, measures: ['eigenvalues'], products: 4, runtime: 'onnx-cpu', threads: 1 },
    { workspace },
  );
  assert.ok(Math.abs(sharpness.loss! - result.test.loss!) < 1e-4);
  assert.ok(Math.abs(sharpness.accuracy! - result.test.accuracy!) < 1e-6);
  // Of as many classes, but one an image.
  const other = await writeImages(path.join(workspace, 'other.npz'), { train: [0, 1, 2], test: [0, 1, 2] });
  await assert.rejects(
    analyseSharpness({ checkpoint: result.run, data: other, runtime: 'onnx-cpu' }, { workspace }),
    /learned several labels an image and .*other\.npz has one class an image: name data of the same task/,
  );
  const slice = await landscape(
    { checkpoints: [result.run], steps: 3, runtime: 'onnx-cpu', threads: 1 },
    { workspace },
  );
  assert.ok(Math.abs(slice.loss[0]![0]![1]! - result.test.loss!) < 1e-4);
  assert.ok(Math.abs(slice.accuracy[0]![0]![1]! - result.test.accuracy!) < 1e-6);
});

test('ordinal levels are trained as classes and called what they are: RetinaMNIST by its name', async (t) => {
  const { workspace, data } = await tinyWorkspace(t);
  const plain = await finetune(tinyRequest(data, { epochs: 1 }), { workspace });
  const asked = await finetune(tinyRequest(data, { epochs: 1, task: 'ordinal-regression' }), { workspace });
  await rename(data, path.join(workspace, 'retinamnist.npz'));
  const named = await finetune(tinyRequest(path.join(workspace, 'retinamnist.npz'), { epochs: 1 }), {
    workspace,
  });
  assert.deepEqual(
    [plain, asked, named].map(({ task }) => task),
    ['multi-class', 'ordinal-regression', 'ordinal-regression'],
  );
  assert.deepEqual(asked.test, plain.test);
  assert.deepEqual(named.test, plain.test);
});

test('few images of every class are what is trained on, and what sharpness on training images means', async (t) => {
  const { workspace, data } = await tinyWorkspace(t);
  const request = tinyRequest(data, { perClass: 2, batch: 4, epochs: 1, sharpnessSize: 30 });
  const result = await finetune(request, { workspace });
  assert.deepEqual(result.splits, { train: 6, val: 12, test: 12 });
  assert.equal(result.sharpness.train.n, 6);
  const later = await analyseSharpness(
    {
      ...{ checkpoint: result.run, split: 'train', limit: 30, measures: ['sam'] },
      ...{ runtime: 'onnx-cpu', threads: 1 },
    },
    { workspace },
  );
  assert.equal(later.n, 6);
  assert.ok(Math.abs(later.loss! - result.sharpness.train.loss!) < 1e-5);
  const scarce = await finetune(tinyRequest(data, { perClass: 13, epochs: 1 }), { workspace });
  assert.match(scarce.notes!.join(), /class "0" has only 12 training images of the 13/);
});

test('rare classes are recognised when they weigh more or come more often', async (t) => {
  const { workspace } = await tinyWorkspace(t);
  const rare = (count: number) =>
    Array.from({ length: count }, (_, i) => (i % 18 === 5 ? 1 : i % 18 === 11 ? 2 : 0));
  const file = await writeImages(path.join(workspace, 'rare.npz'), {
    train: rare(72),
    val: rare(36),
    test: Array.from({ length: 30 }, (_, i) => i % 3),
  });
  const first = async (more: Partial<FinetuneRequest>) => {
    const result = await finetune(tinyRequest(file, { epochs: 3, method: 'full', ...more }), { workspace });
    return { result, steps: await stepsOf(result) };
  };
  const plain = await first({});
  const weighted = await first({ classWeights: 'balanced' });
  const sampled = await first({ sampling: 'balanced' });
  assert.equal(weighted.steps.length, plain.steps.length);
  assert.equal(sampled.steps.length, plain.steps.length);
  assert.notEqual(weighted.steps[0]!.loss, plain.steps[0]!.loss);
  const balanced = ({ result }: typeof plain) => result.test.balancedAccuracy!;
  const told = `${balanced(plain)}, weighted ${balanced(weighted)}, sampled ${balanced(sampled)}`;
  assert.ok(balanced(weighted) > balanced(plain) + 0.1, told);
  assert.ok(balanced(sampled) > balanced(plain) + 0.1, told);
  const both = await first({ sampling: 'balanced', classWeights: 'balanced', epochs: 1 });
  assert.match(both.result.notes!.join(), /Rare classes count twice/);
});

const changes: Partial<FinetuneRequest>[] = [
  { augment: 'medical', layers: 'all' },
  { augment: 'randaugment', mixup: 0.2, cutmix: 1, labelSmoothing: 0.1 },
  { augment: 'flip', mixup: 0.4, objective: 'covariance', rotation: 'closed-form' },
  {
    augment: { rotation: 20, verticalFlip: 0.5, hue: 0.1 },
    method: 'linear',
    cutmix: 1,
    classWeights: 'balanced',
  },
];
for (const more of changes) {
  test(`images changed by ${JSON.stringify(more)} are seen equally by both networks`, async (t) => {
    const { workspace, data } = await tinyWorkspace(t);
    const steps = await stepsOf(await finetune(tinyRequest(data, more), { workspace }));
    assert.equal(steps.length, 6);
    for (const { loss } of steps) assert.ok(Number.isFinite(loss));
    if (more.method === 'linear') return;
    // Before the first step both are the same network: where they see the same images there is nothing to be kept.
    assert.ok(Math.abs(steps[0]!.similarityLoss!) < 1e-6, `${steps[0]!.similarityLoss}`);
    assert.ok(steps.at(-1)!.similarityLoss! > 1e-5, 'and later there is');
  });
}
