import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import test from 'node:test';
import { gzipSync, inflateSync } from 'node:zlib';
import type { VolumeAxis } from '../../../../src/protocol/dataSettings';
import { decodeFile, decodeImage, type SliceOptions } from '../reference';

/** Made by fixtures/medical/make_medical.py with pydicom and nibabel. */
const fixtures = path.join(__dirname, '..', 'fixtures', 'medical');
const files = path.join(fixtures, 'files');
const expected = Object.entries(
  JSON.parse(readFileSync(path.join(fixtures, 'expected.json'), 'utf8')) as Record<
    string,
    { shape: number[]; data: string }
  >,
);

/** "name.dcm slice 1 of 3", "name.nii coronal" or "name.dcm given 40 400". */
function asked(name: string): [file: string, options: SliceOptions] {
  const [file, word, ...rest] = name.split(' ');
  if (word === 'slice') return [file!, { slice: { index: Number(rest[0]), of: Number(rest[2]) } }];
  if (word === 'given') return [file!, { window: [Number(rest[0]), Number(rest[1])] }];
  return [file!, word === undefined ? {} : { axis: word as VolumeAxis }];
}

/** Colours that a formula with its own rounding makes, or a lossy decoder of another make. */
const tolerance = (file: string) => (/^ybr|^jpeg-rgb\.dcm/.test(file) ? 2 : 0);

test('every DICOM and NIfTI file decodes to what pydicom and nibabel make of it', async () => {
  assert.ok(expected.length > 50);
  for (const [name, { shape, data }] of expected) {
    const [file, options] = asked(name);
    const image = await decodeFile(path.join(files, file), options);
    const want = inflateSync(Buffer.from(data, 'base64'));
    assert.deepEqual(
      [image.height, image.width, ...(image.channels === 3 ? [3] : [])],
      shape,
      `${name}: the shape`,
    );
    for (let i = 0; i < want.length; i++)
      assert.ok(
        Math.abs(image.data[i]! - want[i]!) <= tolerance(file),
        `${name}: ${image.data[i]} at ${i}, not ${want[i]}`,
      );
  }
});

test('files without preamble, or without meta information too, are read as with them', async () => {
  const cases: [name: string, withoutMeta: boolean][] = [
    ...['explicit', 'implicit'].flatMap((name): [string, boolean][] => [
      [`${name}.dcm`, false],
      [`${name}.dcm`, true],
    ]),
    ...['big-endian', 'deflated', 'jpeg-lossless'].map((name): [string, boolean] => [`${name}.dcm`, false]),
  ];
  for (const [name, withoutMeta] of cases) {
    const bytes = readFileSync(path.join(files, name));
    // The value of the first element, (0002,0000), is the length of the others of its group.
    const bare = bytes.subarray(withoutMeta ? 144 + bytes.readUInt32LE(140) : 132);
    assert.deepEqual(await decodeImage(Buffer.from(bare)), await decodeImage(bytes), name);
  }
});

test('what cannot be read is refused by its name and with what is wrong', async () => {
  const reasons: Record<string, RegExp> = {
    'refused-mpeg.dcm': /packed as MPEG-2, which is not read/,
    'refused-short.dcm': /claims 1 x 24 x 16 pixels but holds 100 bytes/,
    'refused-rle.dcm': /RLE data is cut off/,
    'refused-bits.dcm': /stores 17 bits up to bit 16 in 16/,
    'refused-size.dcm': /65535 x 65535 is not between/,
    'refused-lying.nii': /voxels, over/,
    'refused-cut.nii': /claims 420 bytes of voxels from byte 352 but has 400/,
    'refused-complex.nii': /data type 32 is not read/,
  };
  assert.deepEqual(
    readdirSync(files)
      .filter((name) => name.startsWith('refused'))
      .sort(),
    Object.keys(reasons).sort(),
  );
  for (const [name, message] of Object.entries(reasons))
    await assert.rejects(decodeFile(path.join(files, name)), { name: 'BrokenImageError', message }, name);
});

test('files that are cut off anywhere are refused, never decoded to something else and never fatal', async () => {
  const whole = [
    'explicit.dcm',
    'deflated.dcm',
    'jpeg2000.dcm',
    'jpeg-ls.dcm',
    'jpeg-lossless.dcm',
    'rle.dcm',
    'second.nii.gz',
  ];
  for (const name of whole) {
    const bytes = readFileSync(path.join(files, name));
    for (const part of [0.1, 0.5, 0.9]) {
      const cut = bytes.subarray(0, Math.floor(bytes.length * part));
      await assert.rejects(decodeImage(cut), { name: 'BrokenImageError' }, `${name} cut at ${part}`);
    }
  }
});

test('packed pixels that claim another size than their header are refused before they are unpacked', async () => {
  const sizes = {
    'jpeg-ls.dcm': [0xff, 0xf7],
    'jpeg-lossless.dcm': [0xff, 0xc3],
    'jpeg2000.dcm': [0xff, 0x51],
  };
  for (const [name, marker] of Object.entries(sizes)) {
    const bytes = readFileSync(path.join(files, name));
    const at = bytes.lastIndexOf(Buffer.from(marker));
    if (name === 'jpeg2000.dcm') bytes.writeUInt32BE(60_000, at + 6);
    else bytes.writeUInt16BE(60_000, at + 7);
    await assert.rejects(decodeImage(bytes), { message: /its packed data 60000 x 16/ }, name);
  }
});

test('a value that is cut off in its element is damage like any other', async () => {
  const bytes = readFileSync(path.join(files, 'explicit.dcm'));
  const rows = bytes.indexOf(Buffer.from([0x28, 0, 0x10, 0, 0x55, 0x53]));
  // Rows become the last element, and its length reaches beyond the file.
  const cut = Buffer.concat([bytes.subarray(0, rows + 6), Buffer.from([2, 0, 1])]);
  await assert.rejects(decodeImage(cut), { name: 'BrokenImageError' });
});

test('a small file that inflates to a huge one is refused before it does', async () => {
  const header = readFileSync(path.join(files, 'ras.nii')).subarray(0, 352);
  const zeros = gzipSync(Buffer.alloc(64 * 1024 * 1024), { level: 1 });
  const bomb = Buffer.concat([gzipSync(header), ...Array.from({ length: 17 }, () => zeros)]);
  const before = process.memoryUsage.rss();
  await assert.rejects(decodeImage(bomb), { name: 'BrokenImageError', message: /inflates to over/ });
  assert.ok(process.memoryUsage.rss() - before < 2.5e9);
});

test('asking for more slices than a volume has is an error that says how many it has', async () => {
  await assert.rejects(
    decodeFile(path.join(files, 'ras.nii'), { slice: { index: 0, of: 6 } }),
    /it has 5 slices, but 6 are asked for/,
  );
});
