import assert from 'node:assert/strict';
import { getEventListeners } from 'node:events';
import path from 'node:path';
import test from 'node:test';
import { Worker } from 'node:worker_threads';
import { createImagePool } from '../../../src/core/data/imagePool';
import { preprocess } from '../../../src/core/data/preprocess';
import type { Preprocessing } from '../../../src/core/data/preprocessing';
import { decodeFile, fixtures, toSixByEight } from './reference';

const imagePath = (name: string) => path.join(fixtures, 'images', name);

test('threads give what decoding and preprocessing here gives, in any order', async () => {
  const pool = createImagePool(2);
  try {
    const names = ['rgb.png', 'gray.png', 'rgba.png', 'cmyk.jpg', 'rgb16.png', 'palette.png', 'rgb.jpg'];
    const loaded = await Promise.all(names.map((name) => pool.load(imagePath(name), toSixByEight)));
    for (const [i, name] of names.entries())
      assert.deepEqual(loaded[i], preprocess(await decodeFile(imagePath(name)), toSixByEight), name);
  } finally {
    await pool.dispose();
  }
});

test('a broken image is told from a fault, and the thread goes on', async () => {
  const pool = createImagePool(1);
  try {
    const broken = pool.load(imagePath('broken-text.png'), toSixByEight);
    await assert.rejects(broken, {
      name: 'BrokenImageError',
      message: 'it is not a PNG, JPEG, WebP, TIFF, BMP, DICOM or NIfTI file',
    });
    // what no valid settings can ask for: the thread must say so instead of calling the image broken
    const fault = pool.load(imagePath('rgb.png'), { resize: null, crop: null } as unknown as Preprocessing);
    await assert.rejects(fault, (error: Error) => error.name !== 'BrokenImageError');
    assert.equal((await pool.load(imagePath('rgb.png'), toSixByEight)).length, 3 * 6 * 8);
  } finally {
    await pool.dispose();
  }
});

test('slices of one file come together, a bad one does not spoil the others', async () => {
  const pool = createImagePool(2);
  try {
    const file = path.join(fixtures, 'medical/files/second.nii.gz');
    const slices = [0, 1, 2].map((index) => ({ index, of: 3 }));
    const { slices: loaded } = await pool.loadSlices(file, [...slices, { index: 0, of: 999 }], toSixByEight);
    for (const [i, slice] of slices.entries())
      assert.deepEqual(loaded[i], preprocess(await decodeFile(file, { slice }), toSixByEight));
    assert.match(`${loaded[3]}`, /BrokenImageError: it has \d+ slices, but 999 are asked for/);
    const missing = await pool.describeSlices(imagePath('missing.png'), slices.slice(0, 2));
    assert.ok(missing.slices.length === 2 && missing.slices.every((slice) => slice instanceof Error));
    assert.equal(missing.content, undefined);
  } finally {
    await pool.dispose();
  }
});

test('cancelling rejects at once with the reason, and the pool goes on', async () => {
  const pool = createImagePool(1);
  try {
    const controller = new AbortController();
    const loads = Array.from({ length: 20 }, () =>
      pool.load(imagePath('rgb.png'), toSixByEight, controller.signal),
    );
    const reason = new Error('enough');
    controller.abort(reason);
    for (const result of await Promise.allSettled(loads))
      assert.equal(result.status === 'rejected' && result.reason, reason);
    await assert.rejects(pool.load(imagePath('rgb.png'), toSixByEight, controller.signal), reason);
    assert.equal((await pool.load(imagePath('rgb.png'), toSixByEight)).length, 3 * 6 * 8);
  } finally {
    await pool.dispose();
  }
});

test('a thread that dies fails its image instead of hanging, and the next image gets another thread', async () => {
  const deaths = ['process.exit(3)', 'throw new Error("lost")', 'Promise.reject(new Error("lost"))'];
  const pool = createImagePool(1, () => {
    const death = deaths.shift();
    const answer = 'parentPort.postMessage({ slices: [{ pixels: Uint8Array.of(7) }] })';
    return new Worker(
      `const { parentPort } = require('node:worker_threads'); parentPort.on('message', () => { ${death ?? answer} });`,
      { eval: true, execArgv: [] },
    );
  });
  try {
    const loads = ['a.png', 'b.png', 'c.png', 'd.png'].map((name) => pool.load(name, toSixByEight));
    for (const [i, name] of ['a.png', 'b.png', 'c.png'].entries())
      await assert.rejects(loads[i]!, (error: Error) => {
        assert.equal(error.message, `The thread that was reading ${name} died`);
        assert.match(String(error.cause), i === 0 ? /exit code 3/ : /lost/);
        return true;
      });
    assert.deepEqual(await loads[3], Uint8Array.of(7));
  } finally {
    await pool.dispose();
  }
});

test('many images under one signal leave no listener behind', async () => {
  const pool = createImagePool(2);
  try {
    const { signal } = new AbortController();
    await Promise.all(
      Array.from({ length: 12 }, () => pool.load(imagePath('rgb.png'), toSixByEight, signal)),
    );
    assert.equal(getEventListeners(signal, 'abort').length, 0);
  } finally {
    await pool.dispose();
  }
});

test('disposing rejects what is under way', async () => {
  const pool = createImagePool(1);
  const loads = [1, 2, 3].map(() => pool.load(imagePath('rgb.png'), toSixByEight));
  const results = Promise.allSettled(loads);
  await pool.dispose();
  assert.deepEqual(
    (await results).map(({ status }) => status),
    ['rejected', 'rejected', 'rejected'],
  );
  await assert.rejects(pool.load(imagePath('rgb.png'), toSixByEight), /disposed/);
});
