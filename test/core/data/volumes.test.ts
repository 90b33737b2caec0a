import assert from 'node:assert/strict';
import { copyFile, mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import test, { after, type TestContext } from 'node:test';
import { listCsv } from '../../../src/core/data/csvFiles';
import { dealGroups } from '../../../src/core/data/dealSplits';
import { listFolder } from '../../../src/core/data/folderFiles';
import { recordsByFile } from '../../../src/core/data/imageFiles';
import { createImagePool, type ImagePool } from '../../../src/core/data/imagePool';
import { openDataset } from '../../../src/core/data/openDataset';
import { preprocess } from '../../../src/core/data/preprocess';
import { createRandom } from '../../../src/core/random';
import { temporaryFolder } from '../formats/temporary';
import { decodeFile, toSixByEight } from './reference';

const pool = createImagePool(1);
after(() => pool.dispose());
const medical = path.join(__dirname, 'fixtures', 'medical', 'files');

async function folder(t: TestContext, files: Readonly<Record<string, string>>): Promise<string> {
  const root = await temporaryFolder(t);
  for (const [file, from] of Object.entries(files)) {
    await mkdir(path.dirname(path.join(root, file)), { recursive: true });
    await copyFile(path.isAbsolute(from) ? from : path.join(medical, from), path.join(root, file));
  }
  return root;
}

/** The slices lie at 30, -10, 10, 0, 20 mm in the order of their names. */
const series = (folder: string) =>
  Object.fromEntries([0, 1, 2, 3, 4].map((i) => [`${folder}/IM${i}`, `series-${i}.dcm`]));

test('the files of a DICOM series, without any ending, are one example: its middle slice', async (t) => {
  const root = await folder(t, {
    ...series('a/p1'),
    ...series('b/p2'),
    'a/single.dcm': 'window.dcm',
    'a/notes.txt': 'window.dcm',
  });
  await writeFile(path.join(root, 'a', 'LICENSE'), 'no image');
  const { files, ignored } = await listFolder(root);
  assert.deepEqual(
    files.all!.map(({ path }) => path),
    ['a/p1/IM2', 'a/single.dcm', 'b/p2/IM2'],
  );
  assert.equal(ignored, 2);
});

test('a deflated file, and one with much before what is looked for, tell their patient too', async (t) => {
  const root = await folder(t, { 'a/1.dcm': 'deflated.dcm', 'b/2.dcm': 'explicit.dcm' });
  const whole = await readFile(path.join(medical, 'explicit.dcm'));
  const at = whole.indexOf(Buffer.from([0x10, 0, 0x20, 0]));
  // A private element of 100 kB before the patient.
  const element = Buffer.concat([
    Buffer.from([9, 0, 0x10, 0x10, 0x4f, 0x42, 0, 0, 0xa0, 0x86, 1, 0]),
    Buffer.alloc(100_000),
  ]);
  await writeFile(
    path.join(root, 'b', '3.dcm'),
    Buffer.concat([whole.subarray(0, at), element, whole.subarray(at)]),
  );
  const { files } = await listFolder(root, { groupBy: 'PatientID' });
  assert.deepEqual(
    files.all!.map(({ group }) => group),
    ['made-up', 'made-up', 'made-up'],
  );
});

test('several middle slices come in the order in which they lie, and are one group', async (t) => {
  const root = await folder(t, {
    ...series('a/p1'),
    'b/volume.nii': 'ras.nii',
    'b/frames.dcm': 'frames.dcm',
  });
  const { files } = await listFolder(root, { slices: 3 });
  assert.deepEqual(
    files.all!.map(({ path, slice, group }) => [path, slice?.index, group]),
    [
      ['a/p1/IM3', undefined, 'a/p1/IM0'],
      ['a/p1/IM2', undefined, 'a/p1/IM0'],
      ['a/p1/IM4', undefined, 'a/p1/IM0'],
      ['b/frames.dcm', 0, 'b/frames.dcm'],
      ['b/frames.dcm', 1, 'b/frames.dcm'],
      ['b/frames.dcm', 2, 'b/frames.dcm'],
      ['b/volume.nii', 0, 'b/volume.nii'],
      ['b/volume.nii', 1, 'b/volume.nii'],
      ['b/volume.nii', 2, 'b/volume.nii'],
    ],
  );
  const all = await listFolder(root, { slices: 100 });
  assert.equal(all.files.all!.length, 5 + 3 + 5, 'all where there are fewer');
  const across = await listFolder(root, { slices: 100, axis: 'sagittal' });
  assert.equal(across.files.all!.filter(({ path }) => path.endsWith('.nii')).length, 7);
});

test('a row of a table may name the folder of a series; rows that name its files mean these', async (t) => {
  const root = await folder(t, { ...series('p1'), ...series('p2') });
  await writeFile(path.join(root, 'a.csv'), 'path,label\np1,x\np2/,y\n');
  await writeFile(path.join(root, 'b.csv'), 'path,label\np1/IM0,x\np1/IM1,y\n');
  const paths = async (name: string) =>
    (await listCsv(path.join(root, name))).files.all!.map(({ path }) => path);
  assert.deepEqual(await paths('a.csv'), ['p1/IM2', 'p2/IM2']);
  assert.deepEqual(await paths('b.csv'), ['p1/IM0', 'p1/IM1']);
});

test('a data set of volumes gives the slice, the axis and the window that were asked for', async (t) => {
  const files: Record<string, string> = {};
  for (const name of ['train', 'val', 'test'])
    for (const label of ['a', 'b']) files[`${name}/${label}/volume.nii.gz`] = 'lps.nii.gz';
  const root = await folder(t, files);
  const dataset = await openDataset(root, toSixByEight, {
    ...{ seed: 0, imagePool: pool, slices: 2, axis: 'coronal', window: [50, 100] },
  });
  t.after(() => dataset.dispose());
  assert.equal(dataset.splits.train!.count, 4);
  const options = { slice: { index: 1, of: 2 }, axis: 'coronal', window: [50, 100] } as const;
  const expected = preprocess(await decodeFile(path.join(medical, 'lps.nii.gz'), options), toSixByEight);
  assert.deepEqual(await dataset.splits.train!.pixels([1]), expected);
});

test('a file is read once for its slices, a few dozen at a time, and each is where it belongs', async (t) => {
  const files = Object.fromEntries(['a/1.dcm', 'a/2.dcm', 'b/1.dcm'].map((name) => [name, 'frames.dcm']));
  const root = await folder(t, files);
  const reads: number[] = [];
  const counting: ImagePool = {
    ...pool,
    loadSlices: (file, slices, ...rest) => {
      reads.push(slices.length);
      return pool.loadSlices(file, slices, ...rest);
    },
  };
  const dataset = await openDataset(root, toSixByEight, { seed: 0, imagePool: counting, slices: 3 });
  t.after(() => dataset.dispose());
  assert.deepEqual(reads, [3, 3, 3]);
  const { train } = dataset.splits;
  const wanted = await Promise.all(
    [0, 1, 2].map(async (index) => {
      const image = await decodeFile(path.join(medical, 'frames.dcm'), { slice: { index, of: 3 } });
      return preprocess(image, toSixByEight);
    }),
  );
  for (let i = 0; i < train!.count; i++) assert.deepEqual(await train!.pixels([i]), wanted[i % 3]);
  const many = Array.from({ length: 70 }, (_, index) => ({
    path: 'v',
    label: 0,
    slice: { index, of: 70 },
  }));
  assert.deepEqual(
    [...recordsByFile([...many, { path: 'w', label: 0 }])].map(({ length }) => length),
    [32, 32, 6, 1],
  );
});

test('images in one folder inside the class folders are one group where that is asked for', async (t) => {
  const root = await folder(t, {
    'a/p1/x.nii': 'ras.nii',
    'a/p1/deep/y.nii': 'ras.nii',
    'b/p1/z.nii': 'ras.nii',
    'b/w.nii': 'ras.nii',
  });
  const { files } = await listFolder(root, { groupBy: 'folder' });
  assert.deepEqual(
    files.all!.map(({ group }) => group),
    ['p1', 'p1', 'p1', undefined],
  );
  await assert.rejects(
    listFolder(root, { groupBy: 'patient' }),
    /"groupBy" is "patient", but .* is a folder: use "folder"/,
  );
  const dicom = await folder(t, { 'a/1.dcm': 'window.dcm', 'b/2.dcm': 'padding.dcm' });
  const byPatient = await listFolder(dicom, { groupBy: 'PatientID' });
  assert.deepEqual(
    byPatient.files.all!.map(({ group }) => group),
    ['made-up', 'made-up'],
  );
});

test('groups are dealt whole, close to the proportions of every class, and the same for the same seed', () => {
  const labels: number[] = [];
  const groups: string[] = [];
  for (let g = 0; g < 100; g++)
    for (let i = 0; i <= g % 7; i++) {
      labels.push(g % 3 === 0 ? 1 : 0);
      groups.push(`g${g}`);
    }
  const parts = dealGroups(labels, groups, [0.7, 0.2, 0.1], 5);
  assert.deepEqual(
    parts.flat().sort((a, b) => a - b),
    labels.map((_, i) => i),
  );
  const where = new Map<string, number>();
  for (const [part, of] of parts.entries())
    for (const i of of) {
      assert.equal(where.get(groups[i]!) ?? part, part);
      where.set(groups[i]!, part);
    }
  for (const label of [0, 1]) {
    const total = labels.filter((other) => other === label).length;
    for (const [part, share] of [0.7, 0.2, 0.1].entries()) {
      const there = parts[part]!.filter((i) => labels[i] === label).length / total;
      assert.ok(Math.abs(there - share) < 0.03, `part ${part} has ${there} of class ${label}`);
    }
  }
  assert.deepEqual(dealGroups(labels, groups, [0.7, 0.2, 0.1], 5), parts);
  assert.notDeepEqual(dealGroups(labels, groups, [0.7, 0.2, 0.1], 6), parts);
});

test('six volumes of two classes make all three splits, and none takes the last volume of a class from another', () => {
  const volumes = [0, 1].flatMap((label) => [0, 1, 2].map((v) => ({ label, group: `${label}${v}` })));
  const slices = volumes.flatMap((volume) => Array.from({ length: 16 }, () => volume));
  const deal = (of: typeof slices) =>
    dealGroups(
      of.map(({ label }) => label),
      of.map(({ group }) => group),
      [0.7, 0.2, 0.1],
      0,
    );
  const [train, held, val] = deal(slices);
  assert.deepEqual([train!.length, held!.length, val!.length], [48, 32, 16]);
  const few = slices.filter(({ group }) => ['00', '10', '11'].includes(group));
  assert.deepEqual(new Set(deal(few)[0]!.map((i) => few[i]!.label)), new Set([0, 1]));
});

test('few groups, or one with nearly all images, are dealt whole, and no part stays empty that could have one', () => {
  const random = createRandom(11);
  for (let round = 0; round < 200; round++) {
    const [patients, classes] = [1 + random.integer(12), 1 + random.integer(4)];
    const images = Array.from({ length: 3 + random.integer(120) }, () => ({
      group: round % 2 && random.integer(10) < 8 ? 'p0' : `p${random.integer(patients)}`,
      label: random.integer(10) < 7 ? 0 : random.integer(classes),
    }));
    const groups = images.map(({ group }) => group);
    const parts = dealGroups(
      images.map(({ label }) => label),
      groups,
      [0.7, 0.2, 0.1],
      round,
    );
    assert.deepEqual(
      parts.flat().sort((a, b) => a - b),
      images.map((_, i) => i),
    );
    const inParts = parts.map((part) => new Set(part.map((i) => groups[i])));
    const different = new Set(groups).size;
    assert.equal(
      inParts.reduce((sum, { size }) => sum + size, 0),
      different,
      'a group is on two sides',
    );
    if (classes === 1) assert.equal(inParts.filter(({ size }) => size > 0).length, Math.min(3, different));
  }
});
