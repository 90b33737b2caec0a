import assert from 'node:assert/strict';
import path from 'node:path';
import test from 'node:test';
import { normalise, outputSize, preprocess } from '../../../src/core/data/preprocess';
import type { Preprocessing } from '../../../src/core/data/preprocessing';
import { decodeFile, fixtures, huggingFaceTensor } from './reference';

const imageNet = {
  scale: 1 / 255,
  mean: [0.485, 0.456, 0.406],
  std: [0.229, 0.224, 0.225],
} as const;
const kinds = {
  squash: { resize: { kind: 'squash', height: 32, width: 32 }, crop: null },
  crop: { resize: { kind: 'shortest', edge: 36 }, crop: { height: 33, width: 31 } },
} as const;

function assertClose(actual: Float32Array, expected: Float32Array, atol: number) {
  assert.equal(actual.length, expected.length);
  for (let i = 0; i < actual.length; i++)
    assert.ok(Math.abs(actual[i]! - expected[i]!) <= atol, `${i}: ${actual[i]} and ${expected[i]}`);
}

test('squash, shortest edge and centre crop give the bytes of Hugging Face processors', async () => {
  for (const name of ['photo', 'gray']) {
    const image = await decodeFile(path.join(fixtures, 'resize', `${name}.png`));
    for (const kind of ['squash', 'crop'] as const) {
      for (const filter of ['bilinear', 'bicubic'] as const) {
        const expected = huggingFaceTensor(`${name}.${kind}_${filter}.uint8`);
        const preprocessing: Preprocessing = { ...kinds[kind], filter, ...imageNet };
        const { height, width } = outputSize(preprocessing);
        assert.deepEqual(expected.shape, [3, height, width]);
        assert.deepEqual(preprocess(image, preprocessing), expected.bytes, `${name} ${kind} ${filter}`);
      }
    }
    const { shape, bytes } = huggingFaceTensor(`${name}.shortest_bicubic.uint8`);
    const [, height, width] = shape as [number, number, number];
    const shortest: Preprocessing = {
      resize: { kind: 'shortest', edge: 36 },
      crop: { height, width },
      filter: 'bicubic',
      ...imageNet,
    };
    assert.deepEqual(preprocess(image, shortest), bytes, `${name} shortest`);
  }
});

test('a crop larger than the image is padded with zeros around it', () => {
  const image = { height: 2, width: 3, channels: 1, data: Uint8Array.of(1, 2, 3, 4, 5, 6) } as const;
  const padded = preprocess(image, {
    resize: null,
    filter: 'bilinear',
    crop: { height: 5, width: 2 },
    ...imageNet,
  });
  // transformers' center_crop: ceil((5 - 2) / 2) = 2 rows above, columns from floor((3 - 2) / 2) = 0 on
  assert.deepEqual([...padded.subarray(0, 10)], [0, 0, 0, 0, 1, 2, 4, 5, 0, 0]);
  assert.deepEqual(padded.subarray(10, 20), padded.subarray(0, 10));
});

test('normalised pixels are those of Hugging Face', async () => {
  for (const [name, kind, filter] of [
    ['photo', 'crop', 'bicubic'],
    ['gray', 'squash', 'bilinear'],
  ] as const) {
    const image = await decodeFile(path.join(fixtures, 'resize', `${name}.png`));
    const preprocessing: Preprocessing = { ...kinds[kind], filter, ...imageNet };
    const floats = normalise(preprocess(image, preprocessing), 1, preprocessing);
    assertClose(floats, huggingFaceTensor(`${name}.${kind}_${filter}.float`).floats(), 1e-6);
  }
});

test('a batch for a ViT is what ViTImageProcessor makes', () => {
  const preprocessing: Preprocessing = {
    resize: { kind: 'squash', height: 32, width: 32 },
    filter: 'bilinear',
    crop: null,
    scale: 1 / 255,
    mean: [0.5, 0.5, 0.5],
    std: [0.5, 0.5, 0.5],
  };
  const pixels = new Uint8Array(2 * 3 * 32 * 32);
  for (const [i, name] of ['rgb', 'gray'].entries()) {
    const { shape, bytes } = huggingFaceTensor(`hf-vit.image.${name}`);
    const image = { height: shape[0]!, width: shape[1]!, channels: 3, data: bytes } as const;
    pixels.set(preprocess(image, preprocessing), i * 3 * 32 * 32);
  }
  const out = new Float32Array(pixels.length);
  assert.equal(normalise(pixels, 2, preprocessing, out), out);
  assertClose(out, huggingFaceTensor('hf-vit.pixel_values').floats(), 1e-6);
  assert.throws(() => normalise(pixels, 2, preprocessing, new Float32Array(3)), RangeError);
});
