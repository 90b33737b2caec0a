/** Which images are trained on, and how often: few of every class, all classes equally often. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { balancedBatches } from '../../../src/core/data/batches';
import { classMembers } from '../../../src/core/data/classMembers';
import type { Split } from '../../../src/core/data/dataset';
import { drawPerClass, partOfSplit } from '../../../src/core/data/fewShot';
import { trainingPart } from '../../../src/core/finetune/trainingPart';

/** 40 images of class 0, 7 of class 1, 3 of class 2. */
const labels = Int32Array.from({ length: 50 }, (_, i) => (i % 7 === 3 ? 1 : i % 20 === 6 ? 2 : 0));
const groups = classMembers(labels, 'multi-class', 3);

test('the images of every class; of several labels an image those of each label and those of none', () => {
  assert.deepEqual(
    groups.map(({ length }) => length),
    [40, 7, 3],
  );
  for (const [label, members] of groups.entries())
    assert.ok(members.every((image) => labels[image] === label));
  const rows = Int32Array.of(1, 1, 0, 0, 0, 1, 0, 0);
  assert.deepEqual(classMembers(rows, 'multi-label', 2), [[0], [0, 2], [1, 3]]);
});

test('balanced batches: every class as often as the others, in as many batches, an order of its own for every epoch', () => {
  const batches = balancedBatches(groups, 50, 12, 4, 1);
  assert.deepEqual(
    batches.map(({ length }) => length),
    [12, 12, 12, 12],
  );
  for (const batch of batches) {
    for (const label of [0, 1, 2])
      assert.equal(batch.filter((image) => labels[image] === label).length, 4, 'four of each in every batch');
  }
  const all = batches.flatMap((batch) => [...batch]);
  // 16 turns of the seven images of class 1: each two or three times.
  for (const image of groups[1]!) {
    const times = all.filter((other) => other === image).length;
    assert.ok(times === 2 || times === 3, `${times} times`);
  }
  assert.equal(
    new Set(all.filter((image) => labels[image] === 0)).size,
    16,
    'none of the frequent class twice',
  );
  assert.deepEqual(balancedBatches(groups, 50, 12, 4, 1), batches);
  assert.notDeepEqual(balancedBatches(groups, 50, 12, 4, 2), batches);
  assert.notDeepEqual(balancedBatches(groups, 50, 12, 5, 1), batches);
});

test('a class without images takes no turn', () => {
  const [batch] = balancedBatches([[0, 1], [], [2]], 3, 6, 0, 0);
  assert.equal(batch!.filter((image) => image === 2).length, 3);
});

test('a few of every class, drawn by the seed, or all where there are fewer', () => {
  const chosen = drawPerClass(groups, 4, 9);
  assert.deepEqual(
    [...chosen],
    [...chosen].sort((a, b) => a - b),
  );
  const counts = [0, 1, 2].map((label) => chosen.filter((image) => labels[image] === label).length);
  assert.deepEqual(counts, [4, 4, 3]);
  assert.deepEqual(drawPerClass(groups, 4, 9), chosen);
  assert.notDeepEqual(drawPerClass(groups, 4, 10), chosen);
});

test('an image of several labels counts for each; the rarest label is drawn first', () => {
  // Label 2 is rare and always comes with label 0.
  const rows = Int32Array.from({ length: 60 }, (_, i) => {
    const [image, label] = [Math.floor(i / 3), i % 3];
    if (label === 2) return image < 2 ? 1 : 0;
    if (label === 1) return image >= 10 && image < 16 ? 1 : 0;
    return image < 8 ? 1 : 0;
  });
  const of = classMembers(rows, 'multi-label', 3);
  const chosen = drawPerClass(of, 2, 1);
  const counts = of.map((members) => members.filter((image) => chosen.includes(image)).length);
  assert.deepEqual(counts, [2, 2, 2, 2]);
  assert.equal(chosen.length, 6, 'the two with label 2 are the two with label 0');
});

const split: Split = {
  count: 50,
  labels,
  pixels: async (indices) => Uint8Array.from(indices),
};

test('a part of a split has its own labels and pixels, by its own numbers', async () => {
  const part = partOfSplit(split, Int32Array.of(3, 6, 5));
  assert.deepEqual([part.count, [...part.labels]], [3, [1, 2, 0]]);
  assert.deepEqual([...(await part.pixels([2, 0]))], [5, 3]);
  await assert.rejects(part.pixels([3]), /Image 3 is not one of the 3/);
  const rows = { ...split, count: 2, labels: Int32Array.of(1, 0, 1, 0, 1, 1) };
  assert.deepEqual([...partOfSplit(rows, Int32Array.of(1)).labels], [0, 1, 1]);
});

test('what a run trains on: all, or some of every class and what is scarce', () => {
  const dataset = { task: 'multi-class', classes: ['a', 'b', 'c'] } as const;
  assert.equal(trainingPart(split, dataset, { seed: 1 }).split, split);
  const { split: part, scarce } = trainingPart(split, dataset, { seed: 1, perClass: 5 });
  assert.equal(part.count, 13);
  assert.deepEqual(scarce, { name: 'c', count: 3 });
  assert.equal(trainingPart(split, dataset, { seed: 1, perClass: 3 }).scarce, undefined);
});
