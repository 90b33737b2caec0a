/** timm's evaluation transforms, byte for byte. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import test from 'node:test';
import { preprocess } from '../../../src/core/data/preprocess';
import type { JsonFile } from '../../../src/core/formats/jsonFile';
import { parseJsonObject } from '../../../src/core/formats/strictJson';
import { timmPreprocessing } from '../../../src/core/models/timmPreprocessing';
import { fixtures, tensorsOf } from './fixtures';

function configOf(content: object): JsonFile {
  const text = JSON.stringify(content);
  return { path: 'config.json', text, ...parseJsonObject(text) };
}

const configs: Record<string, object> = JSON.parse(
  readFileSync(path.join(fixtures, 'timm-transforms.json'), 'utf8'),
);

for (const [name, config] of Object.entries(configs)) {
  test(`${name}: the pixels of timm`, async () => {
    const expected = await tensorsOf(path.join(fixtures, 'timm-transforms.safetensors'));
    const { shape, data } = expected.image!;
    const image = { height: shape[0]!, width: shape[1]!, channels: 3, data: Uint8Array.from(data) } as const;
    // Newer files nest it, older ones do not.
    for (const content of [{ pretrained_cfg: config }, { architecture: 'vit_tiny_patch16_224', ...config }]) {
      const preprocessing = timmPreprocessing(configOf(content))!;
      assert.deepEqual([...preprocess(image, preprocessing)], [...expected[name]!.data]);
      assert.deepEqual(preprocessing.mean, [0.5, 0.4, 0.3]);
    }
  });
}

test('a config.json of others has no such preprocessing', () => {
  assert.equal(timmPreprocessing(configOf({ model_type: 'vit' })), undefined);
});

test('a network of gray images has one mean and one deviation for all colours', () => {
  const gray = { input_size: [1, 32, 32], mean: [0.25], std: [0.5] };
  const found = timmPreprocessing(configOf({ pretrained_cfg: gray }));
  assert.deepEqual([found?.mean, found?.std], [Array(3).fill(0.25), Array(3).fill(0.5)]);
});

const wrong: [object, RegExp][] = [
  [{ input_size: [4, 32, 32] }, /input_size is \[4,32,32\] but must be \[3, height, width\], or \[1, /],
  [{ input_size: [3, 32, 1e9] }, /input_size is \[32,1000000000\]/],
  [{ input_size: [3, 32, 32], crop_pct: 0 }, /crop_pct is 0/],
  [{ input_size: [3, 32, 32], crop_mode: 'zoom' }, /crop_mode is "zoom" but must be one of center/],
  [{ input_size: [3, 32, 32], interpolation: 'lanczos' }, /interpolation is "lanczos"/],
  [{ input_size: [3, 32, 32], mean: [1, 2] }, /mean is \[1,2\] but must be three numbers/],
  [{ input_size: [3, 32, 32], std: [1, 0, 2] }, /std is \[1,0,2\] but must be three numbers above 0/],
];

test('what cannot be followed is one sentence', () => {
  for (const [config, message] of wrong) {
    assert.throws(() => timmPreprocessing(configOf({ pretrained_cfg: config })), {
      name: 'UserError',
      message,
    });
  }
});
