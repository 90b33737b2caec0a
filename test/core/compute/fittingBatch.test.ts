/** Batches are halved while the device has too little memory for them, and for nothing else. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { OutOfMemoryError } from '../../../src/core/compute/deviceErrors';
import { fittingBatch } from '../../../src/core/compute/fittingBatch';

async function tried(most: number, fits: number, error: Error = new OutOfMemoryError('too little memory')) {
  const batches: number[] = [];
  const told: string[] = [];
  const work = async (batch: number) => {
    batches.push(batch);
    if (batch > fits) throw error;
    return batch;
  };
  const result = await fittingBatch(most, work, (sentence) => told.push(sentence)).catch((thrown) => thrown);
  return { result, batches, told };
}

test('the first that fits is taken, and every halving told', async () => {
  assert.deepEqual(await tried(48, 48), { result: 48, batches: [48], told: [] });
  const { result, batches, told } = await tried(48, 10);
  assert.deepEqual([result, batches], [6, [48, 24, 12, 6]]);
  assert.equal(told.length, 3);
  assert.equal(
    told[0],
    'There is too little memory for the loss of 48 images at once: it is computed in batches of 24.',
  );
});

test('where not even one image fits, and on other errors, the error is thrown', async () => {
  const none = await tried(5, 0);
  assert.ok(none.result instanceof OutOfMemoryError);
  assert.deepEqual(none.batches, [5, 2, 1]);
  const other = await tried(48, 0, new Error('another'));
  assert.match(String(other.result), /another/);
  assert.deepEqual(other.batches, [48]);
});
