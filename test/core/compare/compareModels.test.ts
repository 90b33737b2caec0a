/** Comparing checkpoints and runs on images, and the dumps that `features` writes of them. */
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import test from 'node:test';
import { compare } from '../../../src/core/compare/compare';
import { features } from '../../../src/core/compare/features';
import { UserError } from '../../../src/core/errors';
import { finetune } from '../../../src/core/finetune/finetune';
import { openActivationDump } from '../../../src/core/formats/activationDump';
import type { CompareResult } from '../../../src/protocol/compare';
import { checkpoint, tinyWorkspace } from '../finetune/tinyJob';

/** Of another width, depth, image size and preprocessing. */
const other = path.join(import.meta.dirname, '../../../samples/fashion-vit-tiny');
const small = { runtime: 'onnx-cpu', threads: 1 } as const;

function assertSameValues(found: CompareResult, wanted: CompareResult, atol: number): void {
  for (const [id, { matrix }] of Object.entries(wanted.measures)) {
    matrix.forEach((row, i) => {
      row.forEach((value, j) => {
        const difference = Math.abs(found.measures[id]!.matrix[i]![j]! - value!);
        assert.ok(difference <= atol, `${id} ${i} ${j}: ${difference}`);
      });
    });
  }
}

for (const samples of ['cls', 'mean'] as const) {
  test(`two checkpoints compare as the dumps of their features do, ${samples}`, async (t) => {
    const { workspace } = await tinyWorkspace(t);
    const context = { workspace };
    const common = { data: 'kinds.npz', samples, split: 'all', ...small } as const;
    const measures = ['cka-debiased', 'procrustes', 'rsa-euclidean', 'disagreement'];
    const direct = await compare({ a: checkpoint, b: other, measures, ...common }, context);
    assert.deepEqual([direct.n, direct.images, direct.runtime], [60, 60, 'onnx-cpu']);
    assert.deepEqual(direct.layersA, ['block.0', 'block.1', 'block.2', 'final']);
    assert.ok(direct.layersB.length !== direct.layersA.length);
    assert.deepEqual(direct.measures.disagreement!.layersA, ['logits']);
    await features({ checkpoint, out: 'a.safetensors', ...common }, context);
    await features({ checkpoint: other, out: 'b.npz', ...common }, context);
    const dumps = await compare({ a: 'a.safetensors', b: 'b.npz', measures, samples }, context);
    assert.deepEqual([dumps.layersA, dumps.layersB], [direct.layersA, direct.layersB]);
    assert.deepEqual(dumps.measures.disagreement, direct.measures.disagreement);
    const { disagreement: _, ...values } = direct.measures;
    assertSameValues(dumps, { ...direct, measures: values }, 1e-12);
    const mixed = await compare({ a: checkpoint, b: 'b.npz', measures, ...common }, context);
    assertSameValues(mixed, { ...direct, measures: values }, 1e-12);
  });
}

test('features of tokens keep their token axis, and their first token is what cls compares', async (t) => {
  const { workspace } = await tinyWorkspace(t);
  const common = { data: 'kinds.npz', ...small } as const;
  const written = await features({ checkpoint, out: 't.npz', samples: 'tokens', ...common }, { workspace });
  assert.deepEqual(
    written.arrays.map(({ name, shape }) => [name, shape.length]),
    [
      ['block.0', 3],
      ['block.1', 3],
      ['block.2', 3],
      ['final', 2],
      ['logits', 2],
    ],
  );
  const dump = await openActivationDump(path.join(workspace, 't.npz'));
  t.after(() => dump.close());
  assert.deepEqual(dump.arrays, written.arrays);
  for (const samples of ['cls', 'mean', 'tokens'] as const) {
    const found = await compare({ a: checkpoint, b: 't.npz', samples, ...common }, { workspace });
    found.measures['cka-debiased']!.matrix.forEach((row, i) => {
      assert.ok(Math.abs(row[i]! - 1) < 1e-9, `${samples} ${i}: ${row[i]}`);
    });
    if (samples === 'tokens') assert.match(found.notes.join(), /final left out, having no tokens/);
  }
});

test('a run compares with its own start on its own images, and the result is kept in its folder', async (t) => {
  const { workspace } = await tinyWorkspace(t);
  const context = { workspace };
  const { run } = await finetune(
    {
      checkpoint,
      data: 'kinds.npz',
      method: 'full',
      epochs: 1,
      batch: 12,
      lr: 1e-2,
      sharpnessSize: 6,
      ...small,
    },
    context,
  );
  const found = await compare({ a: run, ...small }, context);
  assert.deepEqual([found.a, found.b, found.n], [run, checkpoint, 12]);
  assert.equal(found.data, path.join(workspace, 'kinds.npz'));
  const values = found.measures['cka-debiased']!.matrix.map((row, i) => row[i]!);
  assert.ok(values.some((value) => value < 0.999));
  const named = await compare({ a: run, b: checkpoint, data: 'kinds.npz', ...small }, context);
  assert.deepEqual(named, found);
  assert.ok(!existsSync(path.join(workspace, '.repsim', 'compare')));
  const results = await readdir(path.join(run, 'results'));
  assert.equal(results.filter((name) => /^compare-[0-9a-f]{32}\.json$/.test(name)).length, 1);
});

test('a dump of other images than the split has is refused with both numbers', async (t) => {
  const { workspace } = await tinyWorkspace(t);
  const common = { data: 'kinds.npz', ...small } as const;
  await features({ checkpoint, out: 'test.npz', ...common }, { workspace });
  await assert.rejects(
    compare({ a: checkpoint, b: 'test.npz', split: 'train', ...common }, { workspace }),
    (error) => error instanceof UserError && /has 36 samples and .* has 12/.test(error.message),
  );
});
