import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import test, { type TestContext } from 'node:test';
import { requireSplit } from '../../../src/core/data/dataset';
import { openDataset } from '../../../src/core/data/openDataset';
import { preprocess } from '../../../src/core/data/preprocess';
import type { Preprocessing } from '../../../src/core/data/preprocessing';
import { dictionary, type RawEntry, rawNpy, rawZip } from '../formats/rawZip';
import { temporaryFile } from '../formats/temporary';
import { toSixByEight } from './reference';

/** An array by name; `shape` and NumPy type of the values. */
type Arrays = Record<string, { shape: readonly number[]; type?: string; data: ArrayBufferView }>;

function npz(arrays: Arrays, deflate = false): Uint8Array {
  return rawZip(
    Object.entries(arrays).map(([name, { shape, type = '|u1', data }]): RawEntry => {
      const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
      const tuple = `(${shape.join(', ')}${shape.length === 1 ? ',' : ''})`;
      return { name: `${name}.npy`, data: rawNpy(dictionary(type, tuple), bytes), deflate };
    }),
  );
}

const bytes = (n: number) => Uint8Array.from({ length: n }, (_, i) => (i * 37) % 251);
const small: Arrays = {
  train_images: { shape: [4, 5, 7, 3], data: bytes(4 * 105) },
  train_labels: { shape: [4, 1], data: Uint8Array.of(0, 1, 2, 1) },
  test_images: { shape: [2, 5, 7, 3], data: bytes(210) },
  test_labels: { shape: [2], type: '<i8', data: BigInt64Array.of(2n, 0n) },
};

async function open(
  t: TestContext,
  arrays: Arrays,
  preprocessing: Preprocessing = toSixByEight,
  deflate = false,
) {
  const file = await temporaryFile(t, 'data.npz', npz(arrays, deflate));
  const dataset = await openDataset(file, preprocessing, { seed: 0 });
  t.after(() => dataset.dispose());
  return dataset;
}

for (const deflate of [false, true]) {
  test(`splits, classes, labels and pixels of ${deflate ? 'a deflated' : 'a stored'} archive`, async (t) => {
    const dataset = await open(t, small, toSixByEight, deflate);
    assert.deepEqual(Object.keys(dataset.splits), ['train', 'test']);
    assert.deepEqual(dataset.classes, ['0', '1', '2']);
    const { train, test } = dataset.splits;
    assert.deepEqual([...train!.labels], [0, 1, 2, 1]);
    assert.deepEqual([...test!.labels], [2, 0]);
    const image = (i: number) => {
      const data = bytes(4 * 105).subarray(i * 105, (i + 1) * 105);
      return [...preprocess({ height: 5, width: 7, channels: 3, data }, toSixByEight)];
    };
    for (let round = 0; round < 2; round++)
      assert.deepEqual(
        [...(await train!.pixels([3, 0, 1, 3]))],
        [...image(3), ...image(0), ...image(1), ...image(3)],
      );
    assert.deepEqual([...(await test!.pixels([1]))], image(1), 'images of the test split are its own');
    await assert.rejects(train!.pixels([4]), RangeError);
  });
}

test('gray images with and without a channel axis become three equal channels, unchanged where the size fits', async (t) => {
  for (const shape of [
    [2, 6, 8],
    [2, 6, 8, 1],
  ]) {
    const data = bytes(96);
    const labels = { shape: [2], data: Uint8Array.of(0, 1) };
    const { splits } = await open(t, { train_images: { shape, data }, train_labels: labels });
    const pixels = await splits.train!.pixels([1]);
    const image = [...data.subarray(48)];
    assert.deepEqual([...pixels], [...image, ...image, ...image]);
  }
});

test('volumes are cut into their middle slices along the axis that is asked for, each with the label of its volume', async (t) => {
  const [depth, height, width] = [5, 6, 8];
  const data = bytes(2 * depth * height * width);
  const at = (n: number, z: number, y: number, x: number) =>
    data[((n * depth + z) * height + y) * width + x]!;
  const arrays = {
    train_images: { shape: [2, depth, height, width], data },
    train_labels: { shape: [2], data: Uint8Array.of(1, 0) },
  };
  const file = await temporaryFile(t, 'data.npz', npz(arrays));
  const slices = { axial: [1, 2, 3], coronal: [1, 2, 3], sagittal: [2, 3, 4] };
  const fingerprints = new Set<string>();
  for (const axis of ['axial', 'coronal', 'sagittal'] as const) {
    const size = { axial: [height, width], coronal: [depth, width], sagittal: [depth, height] }[axis];
    const resize = { kind: 'squash', height: size[0]!, width: size[1]! } as const;
    const dataset = await openDataset(file, { ...toSixByEight, resize }, { seed: 0, slices: 3, axis });
    t.after(() => dataset.dispose());
    fingerprints.add(dataset.fingerprint);
    const { train } = dataset.splits;
    assert.deepEqual([...train!.labels], [1, 1, 1, 0, 0, 0]);
    const image = (n: number, s: number) =>
      Array.from({ length: size[0]! * size[1]! }, (_, i) => {
        const [down, across] = [Math.floor(i / size[1]!), i % size[1]!];
        if (axis === 'axial') return at(n, s, down, across);
        return axis === 'coronal' ? at(n, down, s, across) : at(n, down, across, s);
      });
    const order = [4, 0, 2];
    const expected = order.flatMap((i) => {
      const one = image(Math.floor(i / 3), slices[axis][i % 3]!);
      return [...one, ...one, ...one];
    });
    assert.deepEqual([...(await train!.pixels(order))], expected, axis);
  }
  assert.equal(fingerprints.size, 3);
});

test('the classes of a MedMNIST set, known by the name of its file, have their names', async (t) => {
  const arrays = {
    train_images: { shape: [2, 6, 8], data: bytes(96) },
    train_labels: { shape: [2], data: Uint8Array.of(0, 1) },
  };
  const classes = async (name: string) => {
    const dataset = await openDataset(await temporaryFile(t, name, npz(arrays)), toSixByEight, { seed: 0 });
    t.after(() => dataset.dispose());
    return dataset.classes;
  };
  assert.deepEqual(await classes('breastmnist_64.npz'), ['malignant', 'normal, benign']);
  assert.deepEqual(await classes('bloodmnist.npz'), ['0', '1'], 'a part of the classes is something else');
});

test('the fingerprint follows the bytes', async (t) => {
  const first = await open(t, small);
  const same = await open(t, small);
  const other = await open(t, { ...small, test_labels: { shape: [2], data: Uint8Array.of(2, 1) } });
  assert.match(first.fingerprint, /^[0-9a-f]{64}$/);
  assert.equal(first.fingerprint, same.fingerprint);
  assert.notEqual(first.fingerprint, other.fingerprint);
});

test('a split that is not there is named, with what is there', async (t) => {
  const dataset = await open(t, small);
  assert.equal(requireSplit(dataset, 'test').count, 2);
  assert.throws(() => requireSplit(dataset, 'val'), {
    name: 'UserError',
    message:
      /no "val" split \(it has: train, test\).* a folder val, or, where the splits are drawn, more images\./,
  });
});

const wrong: Record<string, { arrays: Arrays; message: RegExp }> = {
  'one class': {
    arrays: {
      ...small,
      train_labels: { shape: [4], data: new Uint8Array(4) },
      test_labels: { shape: [2], data: new Uint8Array(2) },
    },
    message: /only one class \("0"\)/,
  },
  'no image': {
    arrays: {
      train_images: { shape: [0, 5, 7], data: bytes(0) },
      train_labels: { shape: [0], data: bytes(0) },
      test_images: small.test_images!,
      test_labels: small.test_labels!,
    },
    message: /"train" split of .*data\.npz has no image/,
  },
  'a class without training images': {
    arrays: { ...small, test_labels: { shape: [2], data: Uint8Array.of(5, 3) } },
    message: /Classes "3", "4", "5" of .*data\.npz have no image in the "train" split/,
  },
  'fewer labels than images': {
    arrays: { ...small, train_labels: { shape: [3], data: Uint8Array.of(0, 1, 2) } },
    message: /train_labels .*\[3\], but there are 4 train_images/,
  },
  'a negative label': {
    arrays: { ...small, train_labels: { shape: [4, 1], type: '<i4', data: Int32Array.of(0, 1, -2, 1) } },
    message: /train_labels in .* has -2 at 2/,
  },
  'a label that is no class': {
    arrays: {
      ...small,
      train_labels: { shape: [4], type: '<i8', data: BigInt64Array.of(0n, 1n, 2n, 2n ** 40n) },
    },
    message: /has 1099511627776 at 3/,
  },
  'several labels an image in one split only': {
    arrays: { ...small, train_labels: { shape: [4, 2], data: new Uint8Array(8) } },
    message: /have 2 and 1 labels an image/,
  },
  'several labels an image that are not 0 or 1': {
    arrays: { ...small, train_labels: { shape: [4, 2], data: Uint8Array.of(0, 1, 1, 0, 0, 2, 1, 1) } },
    message: /train_labels .* has 2 at \[2, 1\]: .* 0 or 1/,
  },
  'labels that are no integers': {
    arrays: { ...small, train_labels: { shape: [4], type: '<f4', data: new Float32Array(4) } },
    message: /float32 \[4\]: labels must be integers/,
  },
  'images that are no bytes': {
    arrays: { ...small, train_images: { shape: [4, 5, 7], type: '<f4', data: new Float32Array(140) } },
    message: /train_images .* float32 .*must be uint8/,
  },
  'other layouts': {
    arrays: { ...small, train_images: { shape: [4, 5, 7, 9, 2], data: bytes(4 * 630) } },
    message: /\[4, 5, 7, 9, 2\]: images must be .* volumes/,
  },
  'labels without images': {
    arrays: { ...small, val_labels: { shape: [1], data: bytes(1) } },
    message: /val_labels but no val_images/,
  },
  'other arrays only': {
    arrays: { features: { shape: [2, 2], data: bytes(4) } },
    message: /no train_images, .*\(it has: features\)/,
  },
};
for (const [name, { arrays, message }] of Object.entries(wrong))
  test(`${name}: one sentence that says what and where`, async (t) => {
    await assert.rejects(open(t, arrays), (error: Error) => {
      assert.equal(error.name, 'UserError');
      assert.match(error.message, message);
      assert.doesNotMatch(error.message, /\n/);
      return true;
    });
  });

test('several labels an image: rows of 0 and 1, and a label that no image has is a label', async (t) => {
  const rows = Uint8Array.of(1, 0, 0, 0, 0, 0, 1, 1, 0, 0, 1, 0);
  const dataset = await open(t, {
    ...small,
    train_labels: { shape: [4, 3], data: rows },
    test_labels: { shape: [2, 3], type: '<i8', data: BigInt64Array.of(0n, 1n, 1n, 1n, 0n, 0n) },
  });
  assert.equal(dataset.task, 'multi-label');
  assert.deepEqual(dataset.classes, ['0', '1', '2']);
  assert.equal(dataset.splits.train!.count, 4);
  assert.deepEqual([...dataset.splits.train!.labels], [...rows]);
  assert.deepEqual([...dataset.splits.test!.labels], [0, 1, 1, 1, 0, 0]);
  assert.equal((await dataset.splits.train!.pixels([3])).length, 144);
  await assert.rejects(dataset.splits.train!.pixels([4]), /Image 4 is not one of the 4/);
});

test('damage in a compressed archive is found at opening', async (t) => {
  const whole = npz(small, true);
  const at = Buffer.from(whole).indexOf('train_images.npy') + 150;
  whole[at]! ^= 0xff;
  const file = await temporaryFile(t, 'damaged.npz', whole);
  await assert.rejects(openDataset(file, toSixByEight, { seed: 0 }), { name: 'UserError' });
});

test('a path that is not there, or is something else, is said so', async (t) => {
  const file = await temporaryFile(t, 'data.tar', bytes(10));
  await assert.rejects(openDataset(`${file}.npz`, toSixByEight, { seed: 0 }), {
    name: 'UserError',
    message: /data\.tar\.npz cannot be read: there is no such file/,
  });
  await assert.rejects(openDataset(file, toSixByEight, { seed: 0 }), {
    name: 'UserError',
    message: /no file that can be read as data: give an \.npz file/,
  });
});

test('cancelling stops opening and reading with the reason', async (t) => {
  const file = await temporaryFile(t, 'data.npz', npz(small));
  const reason = new Error('enough');
  const signal = AbortSignal.abort(reason);
  await assert.rejects(openDataset(file, toSixByEight, { seed: 0, signal }), reason);
  const dataset = await open(t, small);
  await assert.rejects(dataset.splits.train!.pixels([0], signal), reason);
});

test('memory does not grow with the data', { timeout: 120_000 }, async (t) => {
  // 200 MB of gray images, 600 MB once they have three channels
  const images = 50_000;
  const large = npz({
    train_images: { shape: [images, 64, 64], data: new Uint8Array(images * 64 * 64).fill(100) },
    train_labels: { shape: [images], data: Uint8Array.from({ length: images }, (_, i) => i % 10) },
  });
  const file = await temporaryFile(t, 'large.npz', new Uint8Array());
  writeFileSync(file, large);
  const script = path.join(__dirname, 'readEverything.ts');
  const child = spawnSync(process.execPath, ['--import', 'tsx', script, file], { encoding: 'utf8' });
  assert.equal(child.status, 0, child.stderr);
  const { read, grownMegabytes } = JSON.parse(child.stdout) as { read: number; grownMegabytes: number };
  assert.equal(read, 2 * images);
  t.diagnostic(`${grownMegabytes} MB for two passes over 600 MB of pixels`);
  // 64 MB are the cache
  assert.ok(grownMegabytes < 64 + 140, `${grownMegabytes} MB`);
});
