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
