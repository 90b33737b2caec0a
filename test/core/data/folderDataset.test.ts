import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmod,
  copyFile,
  cp,
  mkdir,
  readdir,
  rename,
  rm,
  stat,
  symlink,
  truncate,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import test, { after, type TestContext } from 'node:test';
import type { Dataset, SplitName } from '../../../src/core/data/dataset';
import { createImagePool } from '../../../src/core/data/imagePool';
import { inspectDataset } from '../../../src/core/data/inspect/inspectDataset';
import { openDataset } from '../../../src/core/data/openDataset';
import { preprocess } from '../../../src/core/data/preprocess';
import { temporaryFolder } from '../formats/temporary';
import { decodeFile, fixtures, toSixByEight } from './reference';

const pool = createImagePool(2);
after(() => pool.dispose());

const image = (name: string) => path.join(fixtures, 'images', name);

/** Copies image fixtures to `files`: path in the folder -> name of the fixture. */
async function folder(t: TestContext, files: Readonly<Record<string, string>>): Promise<string> {
  const root = await temporaryFolder(t);
  for (const [file, name] of Object.entries(files)) {
    await mkdir(path.dirname(path.join(root, file)), { recursive: true });
    await copyFile(image(name), path.join(root, file));
  }
  return root;
}

async function open(t: TestContext, root: string, seed = 0, classifies = true): Promise<Dataset> {
  const dataset = await openDataset(root, toSixByEight, { seed, imagePool: pool, classifies });
  t.after(() => dataset.dispose());
  return dataset;
}

const openImages = (t: TestContext, root: string) => open(t, root, 0, false);

/** `n` images of a class; every second one in colour. */
function many(name: string, n: number): Record<string, string> {
  return Object.fromEntries(
    Array.from({ length: n }, (_, i) => [
      `${name}/${String(i).padStart(3, '0')}.png`,
      i % 2 ? 'rgb.png' : 'gray.png',
    ]),
  );
}

/** Splits that are there are not drawn from train. */
const heldOut = { ...many('val/a', 1), ...many('test/a', 1) };

const counts = (dataset: Dataset) =>
  Object.fromEntries(Object.entries(dataset.splits).map(([name, split]) => [name, split!.count]));

const pixelsOf = async (name: string) => [...preprocess(await decodeFile(image(name)), toSixByEight)];

async function rejectsWith(opening: Promise<unknown>, message: RegExp) {
  await assert.rejects(opening, (error: Error) => {
    assert.equal(error.name, 'UserError', error.stack);
    assert.match(error.message, message);
    assert.doesNotMatch(error.message, /\n/);
    return true;
  });
}

test('classes are sorted, images come in the order of their paths, other files are ignored', async (t) => {
  const root = await folder(t, {
    'train/dog/b.png': 'rgb.png',
    'train/dog/a.JPG': 'rgb.jpg',
    'train/dog/more/c.jpeg': 'progressive.jpeg',
    'train/cat/1.png': 'gray16.png',
    'train/Zebra/1.png': 'rgba.png',
    'train/dog/.hidden.png': 'broken-text.png',
    'train/dog/notes.txt': 'rgb.png',
    'train/__MACOSX/1.png': 'rgb.png',
    'train/.git/1.png': 'rgb.png',
    'valid/cat/1.png': 'palette.png',
    'test/dog/1.png': 'cmyk.jpg',
    'README.md': 'rgb.png',
  });
  const dataset = await open(t, root);
  assert.deepEqual(dataset.classes, ['Zebra', 'cat', 'dog']);
  assert.deepEqual(counts(dataset), { train: 5, val: 1, test: 1 });
  const { train, val, test } = dataset.splits;
  assert.deepEqual([...train!.labels], [0, 1, 2, 2, 2]);
  assert.deepEqual([...val!.labels, ...test!.labels], [1, 2]);
  const expected = ['rgba.png', 'gray16.png', 'rgb.jpg', 'rgb.png', 'progressive.jpeg'];
  for (const [i, name] of expected.entries())
    assert.deepEqual([...(await train!.pixels([i]))], await pixelsOf(name), name);
  assert.deepEqual([...(await test!.pixels([0]))], await pixelsOf('cmyk.jpg'));
  assert.deepEqual(dataset.skipped, []);
});

test('without split folders every class is dealt 70/10/20, the same for the same seed', async (t) => {
  const root = await folder(t, { ...many('a', 20), ...many('b', 10), ...many('c', 3) });
  const first = await open(t, root, 1);
  const again = await open(t, root, 1);
  const other = await open(t, root, 2);
  const perClass = (dataset: Dataset, name: SplitName) =>
    [0, 1, 2].map((label) => dataset.splits[name]!.labels.filter((l) => l === label).length);
  for (const dataset of [first, again, other]) {
    assert.deepEqual(perClass(dataset, 'train'), [14, 7, 1]);
    assert.deepEqual(perClass(dataset, 'val'), [2, 1, 1]);
    assert.deepEqual(perClass(dataset, 'test'), [4, 2, 1]);
  }
  // Which images they are shows in the gray and coloured ones.
  const seen = async (dataset: Dataset) => {
    const hash = createHash('sha256');
    for (const { count, pixels } of Object.values(dataset.splits))
      hash.update(await pixels(Array.from({ length: count }, (_, i) => i)));
    return hash.digest('hex');
  };
  assert.equal(await seen(first), await seen(again));
  assert.notEqual(await seen(first), await seen(other));
  assert.equal(first.fingerprint, other.fingerprint);
});

test('with train and test only, val is a tenth of every class of train', async (t) => {
  const root = await folder(t, { ...many('train/a', 20), ...many('train/b', 10), ...many('test/a', 2) });
  const dataset = await open(t, root);
  assert.deepEqual(counts(dataset), { train: 27, val: 3, test: 2 });
  assert.deepEqual([...dataset.splits.val!.labels], [0, 0, 1]);
});

test('with train and val only, test is a fifth of every class of train; with train only, both are drawn', async (t) => {
  const root = await folder(t, { ...many('train/a', 20), ...many('train/b', 10), ...many('val/a', 2) });
  const dataset = await open(t, root);
  assert.deepEqual(counts(dataset), { train: 24, val: 2, test: 6 });
  assert.deepEqual([...dataset.splits.test!.labels], [0, 0, 0, 0, 1, 1]);
  await rm(path.join(root, 'val'), { recursive: true });
  assert.deepEqual(counts(await open(t, root)), { train: 21, val: 3, test: 6 });
});

test('with too few images for a split to be drawn the data does not have it', async (t) => {
  const root = await folder(t, { ...many('a', 2), ...many('b', 2) });
  assert.deepEqual(counts(await open(t, root)), { train: 2, test: 2 });
});

test('split folders have the usual names in any case, and are not looked for deeper', async (t) => {
  const root = await folder(t, {
    ...many('x/Training/a', 4),
    ...many('x/Training/b', 4),
    ...many('x/TESTING/a', 2),
  });
  assert.deepEqual(counts(await open(t, path.join(root, 'x'))), { train: 6, val: 2, test: 2 });
  await rejectsWith(
    open(t, root),
    /holds only the folder "x", in which the folder "Training" is: give .*x\.$/,
  );
});

test('classes may be called train, and split folders must hold class folders', async (t) => {
  const root = await folder(t, { ...many('train', 3), ...many('plane', 3) });
  assert.deepEqual((await open(t, root)).classes, ['plane', 'train']);
  const both = await folder(t, {
    'train/a/1.png': 'rgb.png',
    'val/a/1.png': 'rgb.png',
    'valid/a/1.png': 'rgb.png',
  });
  await rejectsWith(open(t, both), /"val" and "valid", which are the same split/);
});

test('classes may have the names of what every object has', async (t) => {
  const names = ['__proto__', 'constructor', 'valueOf'];
  const root = await folder(t, Object.assign({}, ...names.map((name) => many(`${name}/series`, 3))));
  assert.deepEqual((await open(t, root)).classes, names);
});

test('pipes are left out instead of waited for', { skip: process.platform === 'win32' }, async (t) => {
  const root = await folder(t, { ...many('a', 3), ...many('b', 3) });
  execFileSync('mkfifo', [path.join(root, 'a', '000.dcm'), path.join(root, 'a', 'endless')]);
  await symlink('endless', path.join(root, 'a', 'link.png'));
  const dataset = await open(t, root);
  assert.deepEqual(dataset.skipped, []);
  assert.equal(
    Object.values(counts(dataset)).reduce((sum, count) => sum + count, 0),
    6,
  );
});

test('one broken image is named and skipped', async (t) => {
  const root = await folder(t, {
    ...many('train/a', 4),
    ...many('train/b', 4),
    ...heldOut,
    'train/a/001.png': 'broken-truncated.png',
  });
  const dataset = await open(t, root);
  assert.deepEqual(counts(dataset), { train: 7, val: 1, test: 1 });
  assert.deepEqual([...dataset.splits.train!.labels], [0, 0, 0, 1, 1, 1, 1]);
  assert.equal(dataset.skipped.length, 1);
  assert.equal(dataset.skipped[0]!.path, 'train/a/001.png');
  assert.match(dataset.skipped[0]!.reason, /cut off or damaged|cannot be decoded/);
  assert.deepEqual(
    [...(await dataset.splits.train!.pixels([1]))],
    await pixelsOf('gray.png'),
    'a/002.png follows',
  );
});

test('more than one in a hundred stop the run, and some are named', async (t) => {
  const root = await folder(t, {
    ...many('train/a', 4),
    ...many('train/b', 4),
    'train/a/001.png': 'broken-text.png',
    'train/b/001.png': 'broken-empty.png',
  });
  await rejectsWith(
    open(t, root),
    /2 of the first \d images .* cannot be read, more than 1 % of 8 \(train\/.*00.\.png: /,
  );
});

test('two broken images of two hundred are skipped, three are too many', async (t) => {
  const files = {
    ...many('train/a', 100),
    ...many('train/b', 100),
    'train/a/000.png': 'broken-gif.png',
    'train/b/000.png': 'broken-text.png',
  };
  const root = await folder(t, files);
  const dataset = await open(t, root);
  assert.deepEqual(
    dataset.skipped.map((image) => image.path),
    ['train/a/000.png', 'train/b/000.png'],
  );
  await copyFile(image('broken-header.png'), path.join(root, 'train/b/050.png'));
  await rejectsWith(open(t, root), /3 of the first/);
});

test('a class that has no training image, or none at all, is named', async (t) => {
  const root = await folder(t, { ...many('train/a', 2), ...many('train/b', 2), 'test/c/1.png': 'rgb.png' });
  await rejectsWith(open(t, root), /Class "c" of .* has no image in the "train" split/);
  const empty = await folder(t, { ...many('a', 4), ...many('b', 4) });
  await mkdir(path.join(empty, 'nothing'));
  await rejectsWith(open(t, empty), /Class "nothing"/);
  const lost = await folder(t, { ...many('train/a', 4), 'train/b/1.png': 'broken-text.png' });
  await rejectsWith(open(t, lost), /Class "b"/);
});

test('one class, no class, no images: one sentence each', async (t) => {
  await rejectsWith(open(t, await folder(t, many('a', 5))), /only one class \("a"\)/);
  await rejectsWith(open(t, await folder(t, { 'x.png': 'rgb.png' })), /no class folders/);
  await rejectsWith(
    open(t, await folder(t, { 'a/x.txt': 'rgb.png', 'b/y.gif': 'rgb.png' })),
    /no image in its class folders \(2 other files\)/,
  );
});

test('where only the images count one class is enough, and one image', async (t) => {
  const one = await openImages(t, await folder(t, many('a', 1)));
  assert.equal(
    Object.values(one.splits).reduce((sum, { count }) => sum + count, 0),
    1,
  );
  const unseen = await folder(t, { ...many('train/a', 2), 'test/b/1.png': 'rgb.png' });
  assert.equal((await openImages(t, unseen)).splits.test!.count, 1);
});

test('links are followed, loops and dangling links are not', async (t) => {
  const elsewhere = await folder(t, many('far', 2));
  const root = await folder(t, { ...many('train/a', 3), ...many('train/b', 3), ...heldOut });
  await symlink(path.join(elsewhere, 'far'), path.join(root, 'train/a/linked'));
  await symlink(root, path.join(root, 'train/a/up'));
  await symlink(path.join(root, 'train/b'), path.join(root, 'train/b/again'));
  await symlink('loop', path.join(root, 'train/b/loop'));
  await symlink('/does/not/exist.png', path.join(root, 'train/b/gone.png'));
  const dataset = await open(t, root);
  assert.deepEqual([...dataset.splits.train!.labels], [0, 0, 0, 0, 0, 1, 1, 1]);
  assert.deepEqual(
    dataset.skipped.map((image) => image.path),
    ['train/b/gone.png'],
  );
});

test('files that may not be read are broken images, folders that may not be are an error', async (t) => {
  if (process.getuid?.() === 0) return t.skip('root may read everything');
  const root = await folder(t, { ...many('train/a', 3), ...many('train/b', 3) });
  await chmod(path.join(root, 'train/a/000.png'), 0);
  assert.match((await open(t, root)).skipped[0]!.reason, /permission/);
  await chmod(path.join(root, 'train/a'), 0);
  try {
    await rejectsWith(open(t, root), /train\/a cannot be read: permission/);
  } finally {
    await chmod(path.join(root, 'train/a'), 0o700);
  }
});

test('the fingerprint follows what the files hold, not where they lie and when they were written', async (t) => {
  const root = await folder(t, { ...many('train/a', 3), ...many('train/b', 3) });
  const copy = await temporaryFolder(t);
  await cp(root, copy, { recursive: true });
  await rename(path.join(copy, 'train/a/001.png'), path.join(copy, 'train/a/0010.png'));
  const { fingerprint } = await open(t, root);
  assert.equal((await open(t, copy)).fingerprint, fingerprint);
  const { inspection } = await inspectDataset(copy, { seed: 0, imagePool: pool });
  assert.equal(inspection.fingerprint, fingerprint, 'however it was opened');
  // Another picture of the same name, size and time.
  const replaced = path.join(copy, 'train/b/001.png');
  const { size, atime, mtime } = await stat(replaced);
  await copyFile(image('gray.png'), replaced);
  await truncate(replaced, size);
  await utimes(replaced, atime, mtime);
  assert.notEqual((await open(t, copy)).fingerprint, fingerprint);
  await copyFile(path.join(root, 'train/b/001.png'), replaced);
  assert.equal((await open(t, copy)).fingerprint, fingerprint);
  await rename(path.join(copy, 'train/b'), path.join(copy, 'train/c'));
  assert.notEqual((await open(t, copy)).fingerprint, fingerprint, 'a class of another name');
});

test('progress reaches the number of images; cancelling ends with the reason and leaves nothing behind', async (t) => {
  const root = await folder(t, { ...many('a', 30), ...many('b', 30) });
  const caches = async () => (await readdir(tmpdir())).filter((name) => name.startsWith('repsim-cache-'));
  const before = await caches();
  const seen: string[] = [];
  const dataset = await openDataset(root, toSixByEight, {
    seed: 0,
    imagePool: pool,
    onProgress: ({ stage, done, total }) => seen.push(`${stage} ${done}/${total}`),
  });
  await dataset.dispose();
  assert.equal(seen.at(-1), 'Reading images 60/60');
  const controller = new AbortController();
  const reason = new Error('enough');
  const opening = openDataset(root, toSixByEight, {
    seed: 0,
    imagePool: pool,
    signal: controller.signal,
    onProgress: ({ done }) => done === 10 && controller.abort(reason),
  });
  await assert.rejects(opening, reason);
  assert.deepEqual(await caches(), before);
});

test('an image that is lost while it is still needed stops the work with its name', async (t) => {
  const root = await folder(t, { ...many('train/a', 3), ...many('train/b', 3) });
  // Three images fit into memory, and a file for the others cannot be made.
  const kept = process.env.TMPDIR;
  const file = path.join(root, 'not-a-folder');
  await writeFile(file, '');
  process.env.TMPDIR = file;
  t.after(() => {
    if (kept === undefined) delete process.env.TMPDIR;
    else process.env.TMPDIR = kept;
  });
  const memoryBytes = 3 * 3 * 6 * 8;
  const dataset = await openDataset(root, toSixByEight, { seed: 0, imagePool: pool, memoryBytes });
  t.after(() => dataset.dispose());
  let readable = 0;
  await rm(path.join(root, 'train'), { recursive: true });
  for (const split of Object.values(dataset.splits)) {
    for (let i = 0; i < split!.count; i++) {
      try {
        assert.equal((await split!.pixels([i])).length, 3 * 6 * 8);
        readable++;
      } catch (error) {
        assert.equal((error as Error).name, 'UserError');
        assert.match((error as Error).message, /train\/[ab]\/00\d\.png could be read before but not now/);
      }
    }
  }
  assert.equal(readable, 3, 'as many as fit into memory');
});
