import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import test from 'node:test';
import { decodeBaselineJpeg } from '../../../../src/core/data/jpeg/baselineJpeg';
import { createRandom } from '../../../../src/core/random';
import { decodeImage } from '../reference';

/** Made by make_jpegs.py with Pillow. */
const fixtures = path.join(__dirname, '../fixtures/jpeg');
const read = (name: string) => readFileSync(path.join(fixtures, `${name}.jpg`));
const expected = Object.entries(
  JSON.parse(readFileSync(path.join(fixtures, 'expected.json'), 'utf8')) as Record<
    string,
    { size: number[]; sha256: string }
  >,
);

test('every size, sampling and coding gives the very bytes that Pillow gives', () => {
  assert.ok(expected.length >= 18);
  for (const [name, { size, sha256 }] of expected) {
    const image = decodeBaselineJpeg(read(name));
    assert.ok(image, `${name} is left to the other decoder`);
    assert.deepEqual([image.height, image.width, image.channels], size, name);
    assert.equal(createHash('sha256').update(image.data).digest('hex'), sha256, `${name}: the pixels`);
  }
});

test('other kinds are left to the other decoder, which reads them', async () => {
  const others = readdirSync(fixtures).filter((name) => name.startsWith('other-'));
  assert.equal(others.length, 4);
  for (const file of others) {
    const bytes = readFileSync(path.join(fixtures, file));
    assert.equal(decodeBaselineJpeg(bytes), undefined, file);
    assert.equal((await decodeImage(bytes)).channels, 3, file);
  }
});

test('a file that is cut off anywhere is left to the other decoder, and refused by it', async () => {
  for (const name of ['420-37x53', 'restarts', 'gray']) {
    const bytes = read(name);
    for (let length = 0; length < bytes.length; length += 7)
      assert.equal(decodeBaselineJpeg(bytes.subarray(0, length)), undefined, `${name}, ${length} bytes`);
    await assert.rejects(decodeImage(bytes.subarray(0, bytes.length - 40)), { name: 'BrokenImageError' });
  }
});

test('damage anywhere ends in pixels or in nothing, and the next file is decoded as before', () => {
  const random = createRandom(5);
  const [name, { sha256 }] = expected.find(([of]) => of === 'restarts')!;
  let nothing = 0;
  for (let round = 0; round < 2000; round++) {
    const bytes = read(expected[round % expected.length]![0]);
    for (let k = 0; k < 3; k++) bytes[random.integer(bytes.length)] = random.integer(256);
    if (!decodeBaselineJpeg(bytes)) nothing++;
  }
  assert.ok(nothing > 500);
  const { data } = decodeBaselineJpeg(read(name))!;
  assert.equal(createHash('sha256').update(data).digest('hex'), sha256);
});
