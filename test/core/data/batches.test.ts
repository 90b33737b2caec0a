import assert from 'node:assert/strict';
import test from 'node:test';
import { trainBatchCount, trainBatches } from '../../../src/core/data/batches';
import { stratify } from '../../../src/core/data/stratify';

test('an epoch shows every image at most once, in full batches, in an order of its own', () => {
  const epoch = trainBatches(103, 10, 5, 2);
  assert.equal(epoch.length, 10);
  assert.equal(trainBatchCount(103, 10), 10);
  const seen = epoch.flatMap((indices) => [...indices]);
  assert.equal(new Set(seen).size, 100);
  assert.ok(seen.every((index) => index >= 0 && index < 103));
  assert.notDeepEqual(
    seen,
    [...seen].sort((a, b) => a - b),
  );
  assert.deepEqual(trainBatches(103, 10, 5, 2), epoch);
  assert.notDeepEqual(trainBatches(103, 10, 5, 3), epoch);
  assert.notDeepEqual(trainBatches(103, 10, 6, 2), epoch);
});

test('fewer images than a batch fill it by going round again', () => {
  const [only, ...more] = trainBatches(3, 8, 0, 0);
  assert.equal(more.length, 0);
  assert.equal(trainBatchCount(3, 8), 1);
  assert.equal(only!.length, 8);
  assert.deepEqual([...only!.subarray(0, 3)].sort(), [0, 1, 2]);
  assert.deepEqual(only!.subarray(3, 6), only!.subarray(0, 3));
  assert.deepEqual(trainBatches(0, 8, 0, 0), []);
});

test('parts are disjoint, complete, and take at least one of a class while there are enough', () => {
  const labels = [...Array(50).fill(0), ...Array(7).fill(1), ...Array(3).fill(2), 3, 3, 4];
  const parts = stratify(labels, [0.7, 0.2, 0.1], 3);
  assert.deepEqual(
    parts.flat().sort((a, b) => a - b),
    labels.map((_, i) => i),
  );
  const perClass = parts.map((part) =>
    [0, 1, 2, 3, 4].map((l) => part.filter((i) => labels[i] === l).length),
  );
  assert.deepEqual(perClass, [
    [35, 5, 1, 1, 1],
    [10, 1, 1, 1, 0],
    [5, 1, 1, 0, 0],
  ]);
  assert.deepEqual(stratify(labels, [0.7, 0.2, 0.1], 3), parts);
  assert.notDeepEqual(stratify(labels, [0.7, 0.2, 0.1], 4), parts);
});
