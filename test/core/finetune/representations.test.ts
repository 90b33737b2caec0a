/** Which rows stand for a layer, for networks with and without a CLS token. */
import assert from 'node:assert/strict';
import test from 'node:test';
import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { poolings, representation } from '../../../src/core/finetune/representations';
import type { VisionModel } from '../../../src/core/models/model';

const tokens = [
  [
    [1, 2],
    [3, 4],
    [5, 8],
  ],
];

async function rows(prefixTokens: number, hasCls: boolean): Promise<Record<string, number[]>> {
  await tf.setBackend('cpu');
  const model = { layers: ['block.0', 'final'], prefixTokens, hasCls } as unknown as VisionModel;
  const pass = {
    blocks: [tf.tensor3d(tokens)],
    final: tf.tensor2d([[9, 9]]),
    logits: tf.zeros([1, 0]),
  };
  return Object.fromEntries(
    poolings.map((kind) => [kind, [...representation(model, pass, 'block.0', kind).dataSync()]]),
  );
}

test('a CLS token is taken for cls and left out of the mean', async () => {
  assert.deepEqual(await rows(1, true), { cls: [1, 2], mean: [4, 6] });
});

test('registers without a CLS token are in neither', async () => {
  assert.deepEqual(await rows(1, false), { cls: [4, 6], mean: [4, 6] });
});

test('a network without prefix tokens has the mean for both', async () => {
  const { cls, mean } = await rows(0, false);
  assert.deepEqual(cls, mean);
  assert.equal(mean![0], 3);
  assert.ok(Math.abs(mean![1]! - 14 / 3) < 1e-6);
});
