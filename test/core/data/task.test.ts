import assert from 'node:assert/strict';
import test from 'node:test';
import { resolveTask } from '../../../src/core/data/task';
import type { Task } from '../../../src/protocol/tasks';

const task = (place: string, classes: number, multiLabel = false, asked?: Task) =>
  resolveTask({ place, classes, multiLabel, asked });

test('the task is what the labels look like, RetinaMNIST by its name, unless a person says otherwise', () => {
  assert.equal(task('/data/breastmnist.npz', 2), 'binary-class');
  assert.equal(task('/data/bloodmnist.npz', 8), 'multi-class');
  assert.equal(task('/data/chestmnist_64.npz', 14, true), 'multi-label');
  assert.equal(task('/data/retinamnist.npz', 5), 'ordinal-regression');
  assert.equal(task('/data/RetinaMNIST_224.npz', 5), 'ordinal-regression');
  assert.equal(task('/data/my-retinamnist.npz', 5), 'multi-class');
  assert.equal(task('/data/grades.npz', 5, false, 'ordinal-regression'), 'ordinal-regression');
  assert.equal(task('/data/retinamnist.npz', 5, false, 'multi-class'), 'multi-class');
});

test('a task that the labels cannot be: one sentence that says what to do', () => {
  const refused = (work: () => unknown, message: RegExp) =>
    assert.throws(work, (error: Error) => error.name === 'UserError' && message.test(error.message));
  refused(() => task('/d.npz', 5, false, 'multi-label'), /"task" is multi-label, but \/d.npz has one class/);
  refused(() => task('/d.npz', 5, true, 'multi-class'), /several labels an image: leave the setting out/);
  refused(() => task('/d.npz', 5, false, 'binary-class'), /5 classes: use multi-class/);
});
