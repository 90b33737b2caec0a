/** Vectors are updated together, and nobody can tell but by the time it takes. */
import assert from 'node:assert/strict';
import test from 'node:test';
import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { trace } from '../../../src/core/compute/onnx/trace';
import type { Runtime } from '../../../src/core/compute/runtime';
import { compileStep } from '../../../src/core/finetune/step';
import { packed, unpacked, vectorPacks } from '../../../src/core/finetune/vectorPacks';
import { plan } from '../compute/tinyTraining';

const names = (count: number) => Array.from({ length: count }, (_, i) => `v${i}`);
const group = (shapes: Readonly<Record<string, number[]>>) =>
  Object.fromEntries(Object.entries(shapes).map(([name, shape]) => [name, tf.randomNormal(shape)]));

test('vectors that follow one another share a pack, matrices do not', () => {
  const vectors = Object.fromEntries(names(9).map((name) => [name, { shape: [2] }]));
  const packs = vectorPacks({ first: { shape: [1, 2] }, ...vectors, last: { shape: [2, 2] } });
  assert.deepEqual(packs, [['first'], names(7), names(9).slice(7), ['last']]);
  assert.deepEqual(vectorPacks({ a: { shape: [3] }, w: { shape: [2, 2] }, b: { shape: [1] } }), [
    ['a', 'b'],
    ['w'],
  ]);
});

test('what is unpacked is what was packed', async () => {
  const given = group({ a: [3], w: [2, 2], b: [1], scale: [1, 3], c: [4] });
  const packs = vectorPacks(given);
  const whole = packed(packs, given);
  assert.deepEqual(
    Object.entries(whole).map(([name, { shape }]) => [name, shape]),
    [
      ['a', [8]],
      ['w', [2, 2]],
      ['scale', [1, 3]],
    ],
  );
  const back = unpacked(packs, whole, given);
  assert.deepEqual(Object.keys(back).sort(), Object.keys(given).sort());
  for (const [name, tensor] of Object.entries(given)) {
    assert.deepEqual(back[name]!.shape, tensor.shape, name);
    assert.deepEqual(await back[name]!.array(), await tensor.array(), name);
  }
});

test('a step has one division a matrix and one a pack of vectors', async () => {
  let divisions = 0;
  const counting = {
    compile: async (...[fn, signature]: Parameters<Runtime['compile']>) => {
      const { nodes } = trace(fn, signature, 'onnx-webgpu');
      divisions = nodes.filter(({ op }) => op === 'Div').length;
      for (const { op, outputs } of nodes)
        assert.ok(op !== 'Split' || outputs.length <= 7, `Split into ${outputs.length}`);
    },
  } as unknown as Runtime;
  await compileStep(counting, plan);
  const shapes = Object.values(plan.model.parameters).map(({ shape }) => shape);
  const vectors = shapes.filter(({ length }) => length === 1).length;
  // And one of the clipping.
  assert.equal(divisions, shapes.length - vectors + Math.ceil(vectors / 7) + 1);
});
