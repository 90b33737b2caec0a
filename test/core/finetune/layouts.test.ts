/** Finetuning checkpoints of other layouts and dtypes than the one that the other tests have. */
import assert from 'node:assert/strict';
import { cp, rm } from 'node:fs/promises';
import path from 'node:path';
import test from 'node:test';
import { finetune, resumeFinetune } from '../../../src/core/finetune/finetune';
import { loadCheckpoint } from '../../../src/core/models/checkpoint';
import { readRun } from '../../../src/core/runs/readRun';
import { cancelledRun, tinyRequest, tinyWorkspace, weightsOf } from './tinyJob';

const models = path.join(import.meta.dirname, '../models/fixtures');

test('a checkpoint in bfloat16 resumes to the bit, and is saved in bfloat16 when it is done', async (t) => {
  const { workspace, data } = await tinyWorkspace(t);
  const checkpoint = path.join(workspace, 'checkpoint');
  for (const name of ['hf-vit', 'hf-vit-bfloat16']) {
    await cp(path.join(models, name), checkpoint, { recursive: true });
  }
  const request = tinyRequest(data, { checkpoint, lr: 1e-2 });
  const straight = await finetune(request, { workspace });
  const run = await cancelledRun(
    workspace,
    request,
    (stage, done) => stage.startsWith('Epoch') && done === 4,
  );
  const between = await loadCheckpoint(path.join(run, 'checkpoints/last'));
  assert.deepEqual(between.notes, [], 'float32 while the run goes on');
  const resumed = await resumeFinetune(run, { workspace });
  const [first, second] = [await weightsOf(straight.checkpoint), await weightsOf(resumed.checkpoint)];
  for (const [name, bytes] of Object.entries(first)) assert.ok(bytes.equals(second[name]!), name);
  assert.match((await loadCheckpoint(resumed.checkpoint)).notes[0]!, /are in bfloat16/);
});

/** Checkpoints whose heads, prefix tokens and files are all different. What a random network puts into CLS takes long to find. */
const cases = [
  ['hf-clip', 'repsim', 8],
  ['hf-clip', 'linear', 8],
  ['hf-dinov2', 'repsim', 8],
  ['hf-dinov2', 'linear', 8],
  ['timm-siglip-gap', 'linear', 8],
  ['hf-deit-distilled', 'full', 20],
  ['torchvision-vit-old', 'full', 20],
] as const;

for (const [name, method, epochs] of cases) {
  test(`${name} learns by ${method}, and its final checkpoint is read back`, async (t) => {
    const { workspace, data } = await tinyWorkspace(t);
    const checkpoint = path.join(workspace, 'checkpoint');
    await cp(path.join(models, 'libraries', name), checkpoint, { recursive: true });
    await rm(path.join(checkpoint, 'expected.safetensors'));
    const request = tinyRequest(data, { checkpoint, method, epochs, lr: 1e-2 });
    const result = await finetune(request, { workspace });
    const { events } = await readRun(result.run);
    const losses = events.flatMap((event) => (event.type === 'step' ? [event.loss] : []));
    assert.ok(losses.at(-1)! < 0.9 * losses[0]!, `${losses[0]} to ${losses.at(-1)}`);
    const finetuned = await loadCheckpoint(result.checkpoint);
    assert.equal(finetuned.model.classes, 3);
    assert.deepEqual(finetuned.labels, ['0', '1', '2']);
  });
}
