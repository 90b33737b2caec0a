import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import test from 'node:test';
import { outputSize, preprocess } from '../../../src/core/data/preprocess';
import type { ResizeFilter } from '../../../src/core/data/preprocessing';
import { type PixelImage, resize } from '../../../src/core/data/resize';
import { decodeFile, fixtures } from './reference';

const load = (name: string) => decodeFile(path.join(fixtures, 'resize', `${name}.png`));
const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex').slice(0, 16);

interface PillowCase {
  readonly image: string;
  readonly filter: ResizeFilter;
  readonly width: number;
  readonly height: number;
  readonly sha256: string;
}
const cases = JSON.parse(readFileSync(path.join(fixtures, 'resize/pillow.json'), 'utf8')) as PillowCase[];

test('resizing gives the bytes that Pillow gives, up and down, gray and RGB', async () => {
  const images: Record<string, PixelImage> = { photo: await load('photo'), gray: await load('gray') };
  assert.equal(cases.length, 42);
  for (const { image, filter, width, height, sha256: expected } of cases) {
    const resized = resize(images[image]!, height, width, filter);
    assert.equal(sha256(resized), expected, `${image} ${filter} ${width}x${height}`);
  }
});

test('a window is the same part of the whole', async () => {
  const photo = await load('photo');
  const window = { top: 5, left: 11, height: 20, width: 17 };
  for (const filter of ['nearest', 'bilinear', 'bicubic'] as const) {
    for (const [height, width] of [
      [40, 50],
      [70, 50],
      [40, 93],
      [150, 120],
    ] as const) {
      const whole = resize(photo, height, width, filter);
      const part = resize(photo, height, width, filter, window);
      let at = 0;
      for (let channel = 0; channel < 3; channel++)
        for (let y = 5; y < 25; y++)
          for (let x = 11; x < 28; x++) assert.equal(part[at++], whole[(channel * height + y) * width + x]);
    }
  }
});

test('alpha is dropped, not blended', () => {
  const rgba = Uint8Array.of(10, 20, 30, 0, 50, 60, 70, 255);
  const image: PixelImage = { height: 1, width: 2, channels: 4, data: rgba };
  assert.deepEqual([...resize(image, 1, 2, 'bilinear')], [10, 50, 20, 60, 30, 70]);
});

test('an image thinner than anything a network takes is refused before memory is asked for', () => {
  const line: PixelImage = { height: 70_000, width: 1, channels: 1, data: new Uint8Array(70_000) };
  const preprocessing = {
    resize: { kind: 'shortest', edge: 224 },
    filter: 'bicubic',
    crop: { height: 224, width: 224 },
    scale: 1,
    mean: [0, 0, 0],
    std: [1, 1, 1],
  } as const;
  assert.throws(() => preprocess(line, preprocessing), { name: 'BrokenImageError', message: /1 x 70000/ });
  const shorter = { ...line, height: 60_000, data: new Uint8Array(60_000).fill(9) };
  assert.deepEqual([...new Set(preprocess(shorter, preprocessing))], [9]);
});

test('a size that depends on the image is an error that says what to set', () => {
  const base = { filter: 'bilinear', crop: null, scale: 1, mean: [0, 0, 0], std: [1, 1, 1] } as const;
  assert.throws(() => outputSize({ ...base, resize: null }), { name: 'UserError', message: /crop_size/ });
  assert.throws(() => outputSize({ ...base, resize: { kind: 'shortest', edge: 9 } }), { name: 'UserError' });
});
