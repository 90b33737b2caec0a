import assert from 'node:assert/strict';
import path from 'node:path';
import test from 'node:test';
import { Crc32 } from '../../../src/core/formats/crc32';
import { decodeFile, decodeImage, fixtures, pillowDecoded } from './reference';

const imagePath = (name: string) => path.join(fixtures, 'images', name);

test('every kind of PNG and JPEG decodes to what Pillow decodes', async () => {
  const reference = pillowDecoded();
  assert.equal(reference.size, 16);
  for (const [name, expected] of reference) {
    const { height, width, channels, data } = await decodeFile(imagePath(name));
    assert.deepEqual([height, width], [18, 24], name);
    const allowed = /progressive|cmyk/.test(name) ? 2 : 0;
    for (let i = 0; i < height * width; i++)
      for (let c = 0; c < 3; c++) {
        const value = data[i * channels + (channels < 3 ? 0 : c)]!;
        const difference = Math.abs(value - expected[i * 3 + c]!);
        assert.ok(difference <= allowed, `${name} pixel ${i} channel ${c} is ${difference} off`);
      }
  }
});

test('gray images keep one channel', async () => {
  assert.equal((await decodeFile(imagePath('gray.png'))).channels, 1);
  assert.equal((await decodeFile(imagePath('gray.JPEG'))).channels, 1);
});

test('a broken file is an error that says why', async () => {
  const reasons = {
    'broken-truncated.png': /^it is cut off or damaged$/,
    'broken-checksum.png': /^it is cut off or damaged$/,
    'broken-text.png': /^it is not a PNG, JPEG, WebP, TIFF, BMP, DICOM or NIfTI file$/,
    'broken-gif.png': /^it is not a PNG, JPEG, WebP, TIFF, BMP, DICOM or NIfTI file$/,
    'broken-empty.png': /empty/,
    'broken-header.png': /./,
    'broken-truncated.jpg': /^premature end/,
    'missing.png': /there is no such file/,
    '../images': /folder/,
  };
  for (const [name, message] of Object.entries(reasons))
    await assert.rejects(decodeFile(imagePath(name)), { name: 'BrokenImageError', message }, name);
});

test('a device is refused and not read on and on', { skip: process.platform === 'win32' }, async () => {
  await assert.rejects(decodeFile('/dev/zero'), {
    name: 'BrokenImageError',
    message: /^it is a pipe or a device$/,
  });
});

test('an image that claims more pixels than memory is given for is refused by its header', async () => {
  const claim = Buffer.alloc(33);
  claim.set(Buffer.from('\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR', 'latin1'));
  claim.writeUInt32BE(60_000, 16);
  claim.writeUInt32BE(60_000, 20);
  claim.set([8, 2, 0, 0, 0], 24);
  const checksum = new Crc32();
  checksum.update(claim.subarray(12, 29));
  claim.writeUInt32BE(checksum.value, 29);
  const data = Buffer.from('\0\0\0\0IDAT\x35\xaf\x06\x1e\0\0\0\0IEND\xae\x42\x60\x82', 'latin1');
  const before = process.memoryUsage.rss();
  await assert.rejects(decodeImage(Buffer.concat([claim, data])), {
    name: 'BrokenImageError',
    message: /over 100000000 pixels/,
  });
  assert.ok(process.memoryUsage.rss() - before < 100e6);
});
