import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import test from 'node:test';
import { inflateSync } from 'node:zlib';
import { decodeFile, type SliceOptions } from './reference';

/** Made by fixtures/raster/make_raster.py with Pillow. */
const fixtures = path.join(__dirname, 'fixtures', 'raster');
const expected = Object.entries(
  JSON.parse(readFileSync(path.join(fixtures, 'expected.json'), 'utf8')) as Record<
    string,
    { shape: number[]; data: string }
  >,
);

function asked(name: string): [file: string, options: SliceOptions] {
  const [file, word, first, , last] = name.split(' ');
  if (word === 'slice') return [file!, { slice: { index: Number(first), of: Number(last) } }];
  if (word === 'given') return [file!, { window: [Number(first), Number(name.split(' ')[3])] }];
  return [file!, {}];
}

test('TIFF, WebP and BMP files of every kind decode to what Pillow decodes', async () => {
  assert.ok(expected.length > 30);
  for (const [name, { shape, data }] of expected) {
    const [file, options] = asked(name);
    const image = await decodeFile(path.join(fixtures, file), options);
    const want = inflateSync(Buffer.from(data, 'base64'));
    assert.deepEqual([image.height, image.width], shape.slice(0, 2), name);
    // Pillow's gray has three equal channels; ours has one, and alpha is still there to be dropped.
    const channels = shape[2] ?? 1;
    const allowed = /jpeg|lossy/.test(name) ? 2 : 0;
    for (let i = 0; i < want.length; i++) {
      const from = Math.floor(i / channels) * image.channels + (image.channels < 3 ? 0 : i % channels);
      assert.ok(
        Math.abs(image.data[from]! - want[i]!) <= allowed,
        `${name}: ${image.data[from]} at ${i}, not ${want[i]}`,
      );
    }
  }
});

test('files that are cut off or claim more pixels than they may are refused', async () => {
  const refused = readdirSync(fixtures).filter((name) => name.startsWith('refused'));
  assert.equal(refused.length, 4);
  for (const name of refused)
    await assert.rejects(decodeFile(path.join(fixtures, name)), { name: 'BrokenImageError' }, name);
});
