import assert from 'node:assert/strict';
import test from 'node:test';
import type { Split } from '../../../src/core/data/dataset';
import type { Preprocessing } from '../../../src/core/data/preprocessing';
import { batchFeed, type FeedOptions, type TrainBatch } from '../../../src/core/finetune/batchFeed';

const size = { height: 4, width: 4 };
const preprocessing: Preprocessing = {
  resize: null,
  filter: 'bilinear',
  crop: null,
  scale: 1 / 255,
  mean: [0, 0, 0],
  std: [1, 1, 1],
};

const plain = {
  seed: 3,
  batch: 4,
  sampling: 'shuffle',
  classWeights: 'none',
  labelSmoothing: 0,
  augment: 'none',
  mixup: 0,
  cutmix: 0,
} as const;

/** Image i has the value i everywhere but in its first column, which is 100 + i. */
function numbered(count: number): Split & { read: number } {
  return {
    count,
    labels: Int32Array.from({ length: count }, (_, i) => i % 3),
    read: 0,
    async pixels(indices) {
      this.read += indices.length;
      const pixels = new Uint8Array(indices.length * 48);
      for (let i = 0; i < indices.length; i++) {
        for (let p = 0; p < 48; p++) pixels[i * 48 + p] = (p % 4 === 0 ? 100 : 0) + indices[i]!;
      }
      return pixels;
    },
  };
}

async function feed(split: Split, more: Partial<FeedOptions> = {}): Promise<TrainBatch[]> {
  const options: FeedOptions = {
    split,
    task: 'multi-class',
    classes: 3,
    size,
    preprocessing,
    settings: plain,
    stepsPerEpoch: 2,
    from: 0,
    to: 4,
    needsImages: () => true,
    ...more,
  };
  const batches: TrainBatch[] = [];
  for await (const batch of batchFeed(options)) {
    // The images are valid until the next batch only.
    batches.push({ ...batch, images: batch.images?.slice() });
  }
  return batches;
}

test('every image comes once an epoch, with its own pixels and its own label', async () => {
  const batches = await feed(numbered(8));
  assert.deepEqual(
    batches.map(({ step, epoch }) => [step, epoch]),
    [
      [0, 0],
      [1, 0],
      [2, 1],
      [3, 1],
    ],
  );
  for (const epoch of [0, 1]) {
    const seen = batches.filter((batch) => batch.epoch === epoch).flatMap(({ keys }) => [...keys]);
    assert.deepEqual(
      seen.sort((a, b) => a - b),
      [0, 2, 4, 6, 8, 10, 12, 14],
    );
  }
  for (const { keys, images, targets } of batches) {
    keys.forEach((key, i) => {
      assert.equal(images![i * 48 + 1], Math.fround(key / 2 / 255));
      assert.equal(targets[i * 3 + ((key / 2) % 3)], 1);
    });
  }
});

test('a feed that begins in the middle goes on as the whole one does', async () => {
  const settings = { ...plain, augment: 'flip-crop', labelSmoothing: 0.3 } as const;
  const all = await feed(numbered(8), { settings });
  assert.deepEqual(await feed(numbered(8), { settings, from: 3 }), all.slice(3));
});

test('the key of a mirrored image says so', async () => {
  const settings = { ...plain, augment: 'flip', labelSmoothing: 0 } as const;
  const batches = await feed(numbered(8), { settings, to: 20 });
  const keys = batches.flatMap((batch) =>
    [...batch.keys].map((key, i) => ({ key, at: batch.images![i * 48]! })),
  );
  for (const { key, at } of keys) {
    const index = key >> 1;
    assert.equal(at, Math.fround((key % 2 === 1 ? index : 100 + index) / 255));
  }
  const mirrored = keys.filter(({ key }) => key % 2 === 1).length;
  assert.ok(mirrored > 20 && mirrored < 60, `${mirrored} of 80 mirrored`);
});

test('smoothing takes from the label and gives to all classes', async () => {
  const settings = { ...plain, augment: 'none', labelSmoothing: 0.3 } as const;
  const [{ targets } = { targets: new Float32Array() }] = await feed(numbered(8), { settings, to: 1 });
  for (let i = 0; i < 4; i++) {
    const row = [...targets.subarray(3 * i, 3 * i + 3)].sort((a, b) => a - b);
    [0.1, 0.1, 0.8].forEach((value, c) => {
      assert.ok(Math.abs(row[c]! - value) < 1e-6);
    });
  }
});

test('images that nobody needs are not read', async () => {
  const split = numbered(8);
  const batches = await feed(split, { needsImages: (keys) => keys.includes(0) });
  assert.equal(split.read, 8, 'the batch with image 0, once an epoch');
  assert.deepEqual(batches.map(({ images }) => images !== undefined).filter(Boolean).length, 2);
});

test('where images only flip, their keys are known without them', async () => {
  const settings = { ...plain, augment: 'flip' } as const;
  const keysOf = (batches: readonly TrainBatch[]) => batches.map(({ keys }) => [...keys]);
  const seen = await feed(numbered(8), { settings, to: 20 });
  const unread = numbered(8);
  const unseen = await feed(unread, { settings, to: 20, needsImages: () => false });
  assert.deepEqual(keysOf(unseen), keysOf(seen));
  assert.ok(
    keysOf(seen)
      .flat()
      .some((key) => key % 2 === 1),
  );
  assert.equal(unread.read, 0);
  assert.ok(unseen.every(({ images, pixels }) => images === undefined && pixels === undefined));
  const cropped = numbered(8);
  await feed(cropped, { settings: { ...plain, augment: 'flip-crop' }, needsImages: () => false });
  assert.equal(cropped.read, 16, 'images that do not come again are always read');
});

/** Image i has label i % 3 as a row of its own, so that each has one label of three. */
const rows = (count: number): Split => ({
  ...numbered(count),
  labels: Int32Array.from({ length: 3 * count }, (_, at) => (Math.floor(at / 3) % 3 === at % 3 ? 1 : 0)),
});

test('of several labels the targets are the rows of the images, smoothed towards one half', async () => {
  const settings = { ...plain, labelSmoothing: 0.2 } as const;
  for (const { keys, targets } of await feed(rows(8), { settings, task: 'multi-label' })) {
    keys.forEach((key, i) => {
      for (const label of [0, 1, 2]) {
        const expected = (key / 2) % 3 === label ? 0.9 : 0.1;
        assert.ok(Math.abs(targets[3 * i + label]! - expected) < 1e-6);
      }
    });
  }
});

test('balanced weights: of the images of a batch, their mean 1; of several labels, of the labels', async () => {
  const settings = { ...plain, classWeights: 'balanced' } as const;
  // Classes 0 and 1 have three images of eight, class 2 has two: a third of 8 / 3 and of 8 / 2.
  for (const { keys, weights } of await feed(numbered(8), { settings })) {
    const own = [...keys].map((key) => ((key / 2) % 3 === 2 ? 8 / 6 : 8 / 9));
    const mean = own.reduce((sum, weight) => sum + weight / 4, 0);
    weights!.forEach((weight, i) => {
      assert.ok(Math.abs(weight - own[i]! / mean) < 1e-6);
    });
  }
  for (const { weights } of await feed(rows(8), { settings, task: 'multi-label' }))
    assert.deepEqual([...weights!], [5 / 3, 5 / 3, 3].map(Math.fround));
  for (const { weights } of await feed(numbered(8))) assert.equal(weights, undefined);
});

test('balanced sampling gives every class its turn, and as many batches as without', async () => {
  const settings = { ...plain, batch: 3, sampling: 'balanced' } as const;
  const batches = await feed(numbered(8), { settings });
  assert.equal(batches.length, 4);
  for (const { targets } of batches)
    for (const label of [0, 1, 2])
      assert.equal(targets[label]! + targets[3 + label]! + targets[6 + label]!, 1);
});

test('images that are mixed have their targets and weights mixed by the same share, each with the other of its pair', async () => {
  const split: Split = {
    ...numbered(8),
    pixels: async (indices) =>
      Uint8Array.from({ length: 48 * indices.length }, (_, p) => 30 * indices[Math.floor(p / 48)]!),
  };
  const weighted = { ...plain, classWeights: 'balanced' } as const;
  const unmixed = await feed(split, { settings: weighted });
  const mixed = await feed(split, { settings: { ...weighted, mixup: 1 } });
  for (const [b, { images, targets, weights }] of mixed.entries()) {
    const index = [...unmixed[b]!.keys].map((key) => key / 2);
    const own = index.map((i) => (i % 3 === 2 ? 8 / 6 : 8 / 9));
    const share = (255 * images![0]! - 30 * index[3]!) / (30 * (index[0]! - index[3]!));
    assert.ok(share >= 0 && share <= 1);
    const mixedWeights = own.map((weight, i) => share * weight + (1 - share) * own[3 - i]!);
    const mean = mixedWeights.reduce((sum, weight) => sum + weight / 4, 0);
    index.forEach((image, i) => {
      const other = index[3 - i]!;
      // Pixels are whole numbers, of which 30 are between two images at least and 210 at most.
      near(images![i * 48]!, (30 * (share * image + (1 - share) * other)) / 255, 5 / 255);
      for (const label of [0, 1, 2]) {
        const expected = share * Number(image % 3 === label) + (1 - share) * Number(other % 3 === label);
        near(targets[3 * i + label]!, expected, 1 / 30);
      }
      near(weights![i]!, mixedWeights[i]! / mean, 1 / 15);
    });
  }
});

function near(actual: number, expected: number, atol: number): void {
  assert.ok(Math.abs(actual - expected) <= atol, `${actual} is not ${expected}`);
}
