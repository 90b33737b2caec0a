import assert from 'node:assert/strict';
import { copyFile, mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import test, { after, type TestContext } from 'node:test';
import sharp from 'sharp';
import { createImagePool } from '../../../../src/core/data/imagePool';
import { inspectDataset } from '../../../../src/core/data/inspect/inspectDataset';
import { preprocess } from '../../../../src/core/data/preprocess';
import { inspection as schema } from '../../../../src/protocol/inspection';
import { dictionary, rawNpy, rawZip } from '../../formats/rawZip';
import { temporaryFile, temporaryFolder } from '../../formats/temporary';
import { decodeFile, fixtures, toSixByEight } from '../reference';

const pool = createImagePool(2);
after(() => pool.dispose());
const checkpoint = { place: '/models/vit', preprocessing: toSixByEight };

async function folder(t: TestContext, files: Readonly<Record<string, string>>): Promise<string> {
  const root = await temporaryFolder(t);
  for (const [file, name] of Object.entries(files)) {
    await mkdir(path.dirname(path.join(root, file)), { recursive: true });
    await copyFile(path.join(fixtures, name), path.join(root, file));
  }
  return root;
}

test('a folder: splits, depths, duplicates, what cannot be read, and examples as the network sees them', async (t) => {
  const root = await folder(t, {
    'train/a/1.png': 'images/gray.png',
    'train/a/2.png': 'images/rgb.png',
    'train/a/3.tif': 'raster/gray16.tif',
    'train/b/1.png': 'images/gray.png',
    'train/b/2.jpg': 'images/rgb.jpg',
    'train/b/scan.dcm': 'medical/files/window.dcm',
    'train/b/broken.png': 'images/broken-truncated.png',
    'val/a/1.png': 'images/palette.png',
    'val/b/1.png': 'images/bilevel.png',
    'test/a/1.bmp': 'raster/rgb.bmp',
    'test/b/1.png': 'images/gray.png',
    'test/b/2.jpg': 'images/rgb.jpg',
  });
  await writeFile(path.join(root, 'train', 'a', 'notes.txt'), 'no image');
  const { inspection, examples } = await inspectDataset(root, {
    ...{ seed: 0, imagePool: pool, checkpoint },
    examples: { ofClass: 2, preprocessing: checkpoint.preprocessing },
  });
  schema.parse(inspection);
  assert.deepEqual(
    [inspection.kind, inspection.task, inspection.classes],
    ['folder', 'binary-class', ['a', 'b']],
  );
  assert.deepEqual(
    inspection.splits.map(({ name, images, classCounts, drawn }) => [name, images, classCounts, drawn]),
    [
      ['train', 6, [3, 3], false],
      ['val', 2, [1, 1], false],
      ['test', 3, [1, 2], false],
    ],
  );
  assert.deepEqual(
    inspection.skipped.first.map(({ path }) => path),
    ['train/b/broken.png'],
  );
  assert.equal(inspection.ignored, 1);
  assert.deepEqual(Object.fromEntries(inspection.formats.map(({ format, images }) => [format, images])), {
    PNG: 6,
    JPEG: 2,
    TIFF: 1,
    DICOM: 1,
    BMP: 1,
  });
  assert.ok(
    inspection.depths.some(({ channels, bits, images }) => channels === 1 && bits === 16 && images === 2),
  );
  assert.deepEqual(inspection.sizes.smallest, { width: 24, height: 16 });
  // gray.png is there under both classes and in both splits; rgb.jpg in both splits; rgb.bmp has the pixels of rgb.png.
  const { within, across, contradictory, first } = inspection.duplicates;
  assert.deepEqual([within, across, contradictory], [1, 3, 1]);
  assert.deepEqual(
    first[0]!.map(({ split, path }) => `${split} ${path}`),
    ['train train/a/1.png', 'train train/b/1.png', 'test test/b/1.png'],
  );
  assert.equal(first.length, 3);
  assert.deepEqual(inspection.preprocessing, {
    checkpoint: '/models/vit',
    steps: [
      'gray becomes three equal channels, alpha is dropped',
      'resized to 8 x 6, bilinear',
      'values times 1/255',
    ],
    input: { width: 8, height: 6 },
  });
  assert.deepEqual(
    examples.map(({ path }) => path),
    ['train/a/1.png', 'train/a/2.png', 'train/b/1.png', 'train/b/2.jpg'],
  );
  const planes = preprocess(await decodeFile(path.join(fixtures, 'images/rgb.png')), toSixByEight);
  const pixels = Buffer.from(examples[1]!.pixels, 'base64');
  for (let i = 0; i < 48; i++)
    for (let c = 0; c < 3; c++) assert.equal(pixels[3 * i + c], planes[c * 48 + i]);
});

test('gray of over 8 bits whose values fill little of the range is told, until a window shows it', async (t) => {
  const root = await folder(t, { 'a/1.png': 'images/gray.png', 'b/1.tif': 'raster/gray16.tif' });
  const twelve = Uint16Array.from({ length: 64 }, (_, i) => 64 * i);
  const deep = sharp(twelve, { raw: { width: 8, height: 8, channels: 1 } }).toColourspace('grey16');
  await deep.png().toFile(path.join(root, 'b', 'twelve.png'));
  const told = async (window?: [number, number]) =>
    (await inspectDataset(root, { seed: 0, imagePool: pool, ...(window && { window }) })).inspection;
  const found = await told();
  assert.equal(found.dark, 1, JSON.stringify(found.depths));
  assert.equal((await told([2048, 4096])).dark, 0);
});

test('splits that are drawn are said to be, with the groups that stay together', async (t) => {
  const root = await folder(
    t,
    Object.fromEntries(
      Array.from({ length: 24 }, (_, i) => [`${i % 2 ? 'a' : 'b'}/p${i >> 1}/${i}.png`, 'images/gray.png']),
    ),
  );
  const { inspection } = await inspectDataset(root, { seed: 0, imagePool: pool, groupBy: 'folder' });
  assert.ok(inspection.splits.every(({ drawn }) => drawn));
  assert.deepEqual(inspection.groups, { by: 'folder', count: 12 });
  assert.equal(inspection.preprocessing, null);
});

test('an array of MedMNIST: several labels, volumes as slices, duplicates across splits', async (t) => {
  const image = (seed: number) => Uint8Array.from({ length: 5 * 6 * 7 }, (_, i) => (i * seed) % 251);
  const images = (seeds: readonly number[]) => Buffer.concat(seeds.map(image));
  const array = (name: string, shape: string, data: Uint8Array) => ({
    name: `${name}.npy`,
    data: rawNpy(dictionary('|u1', shape), data),
  });
  const file = await temporaryFile(
    t,
    'chestmnist.npz',
    rawZip([
      array('train_images', '(3, 5, 6, 7)', images([1, 2, 3])),
      array('train_labels', '(3, 2)', Uint8Array.of(0, 1, 1, 1, 0, 0)),
      array('test_images', '(2, 5, 6, 7)', images([2, 5])),
      array('test_labels', '(2, 2)', Uint8Array.of(1, 1, 0, 1)),
    ]),
  );
  const { inspection, examples } = await inspectDataset(file, {
    ...{ seed: 0, imagePool: pool, slices: 2, checkpoint },
    examples: { ofClass: 1, preprocessing: checkpoint.preprocessing },
  });
  schema.parse(inspection);
  assert.equal(inspection.task, 'multi-label');
  assert.deepEqual(
    inspection.splits.map(({ images, classCounts }) => [images, classCounts]),
    [
      [6, [2, 4]],
      [4, [2, 4]],
    ],
  );
  assert.deepEqual([inspection.duplicates.within, inspection.duplicates.across], [0, 2]);
  assert.equal(inspection.duplicates.first[0]![1]!.path, 'test_images[0] slice 1 of 2');
  assert.equal(inspection.medmnist?.name, 'ChestMNIST');
  assert.equal(examples.length, 2);
});
