import assert from 'node:assert/strict';
import { copyFile, mkdir, rename, writeFile } from 'node:fs/promises';
import path from 'node:path';
import test, { after, type TestContext } from 'node:test';
import { listCsv } from '../../../src/core/data/csvFiles';
import type { Dataset } from '../../../src/core/data/dataset';
import { createImagePool } from '../../../src/core/data/imagePool';
import { type OpenDatasetOptions, openDataset } from '../../../src/core/data/openDataset';
import { preprocess } from '../../../src/core/data/preprocess';
import { temporaryFolder } from '../formats/temporary';
import { decodeFile, fixtures, toSixByEight } from './reference';

const pool = createImagePool(2);
after(() => pool.dispose());

/** A folder with `table.csv` and, in images/, as many pictures as are asked for: gray ones, every third in colour. */
async function table(t: TestContext, text: string, images = 12): Promise<string> {
  const root = await temporaryFolder(t);
  await mkdir(path.join(root, 'images'));
  for (let i = 0; i < images; i++)
    await copyFile(
      path.join(fixtures, 'images', i % 3 ? 'gray.png' : 'rgb.png'),
      path.join(root, 'images', `${i}.png`),
    );
  await writeFile(path.join(root, 'table.csv'), text);
  return path.join(root, 'table.csv');
}

async function open(
  t: TestContext,
  file: string,
  options: Partial<OpenDatasetOptions> = {},
): Promise<Dataset> {
  const dataset = await openDataset(file, toSixByEight, { seed: 0, imagePool: pool, ...options });
  t.after(() => dataset.dispose());
  return dataset;
}

const rows = (n: number, row: (i: number) => string) =>
  Array.from({ length: n }, (_, i) => row(i)).join('\n');

async function rejectsWith(opening: Promise<unknown>, message: RegExp) {
  await assert.rejects(opening, (error: Error) => {
    assert.equal(error.name, 'UserError', error.stack);
    assert.match(error.message, message);
    assert.doesNotMatch(error.message, /\n/);
    return true;
  });
}

test('path, label and split: splits as the table says, classes by name, paths relative to the table', async (t) => {
  const file = await table(
    t,
    `path,label,split\n${rows(12, (i) => `images/${i}.png,${i % 2 ? 'dog' : 'cat'},${i < 6 ? 'train' : i < 8 ? 'Validation' : 'test'}`)}\n`,
  );
  const dataset = await open(t, file);
  assert.deepEqual(dataset.classes, ['cat', 'dog']);
  assert.equal(dataset.task, 'binary-class');
  const { train, val, test: held } = dataset.splits;
  assert.deepEqual([train?.count, val?.count, held?.count], [6, 2, 4]);
  assert.deepEqual([...train!.labels], [0, 1, 0, 1, 0, 1]);
  const colour = preprocess(await decodeFile(path.join(fixtures, 'images/rgb.png')), toSixByEight);
  assert.deepEqual(await train!.pixels([3]), colour);
});

test('a split is one of the words for it, whatever objects have by the same name', async (t) => {
  for (const word of ['constructor', '__proto__', 'toString']) {
    const file = await table(t, `path,label,split\nimages/0.png,a,train\nimages/1.png,b,${word}\n`, 2);
    await rejectsWith(listCsv(file), /line 3 has the split/);
  }
});

test('a row that names a device is an error', { skip: process.platform === 'win32' }, async (t) => {
  const file = await table(t, 'path,label\nimages/0.png,a\n/dev/zero,b\n', 1);
  await rejectsWith(listCsv(file), /line 3 names \/dev\/zero, which is neither a file nor a folder/);
});

test('a mark, semicolons, quotes, other words and numbers with leading zeros are understood', async (t) => {
  const file = await table(
    t,
    `\ufeff"Image_Path";"note";"Class"\r\n${rows(12, (i) => `"images/${i}.png";"a ""quoted""; note\nover two lines";${i % 2 ? '010' : '2'}`)}\r\n`,
  );
  const dataset = await open(t, file);
  assert.deepEqual(dataset.classes, ['2', '10'], 'numbers are sorted as numbers');
  const tabs = await table(t, `file\ty\n${rows(12, (i) => `images/${i}.png\t${'abc'[i % 3]}`)}`);
  assert.deepEqual((await open(t, tabs)).classes, ['a', 'b', 'c']);
});

test('rows of delimiters are left out, and separators of Windows are understood', async (t) => {
  const file = await table(
    t,
    `path;label;\r\n${rows(12, (i) => `images\\${i}.png;${'ab'[i % 2]};`)}\r\n;;\r\n ; ;\r\n`,
  );
  const { files } = await listCsv(file);
  assert.deepEqual(files.all?.map((image) => image.path.replaceAll('\\', '/')).slice(0, 2), [
    'images/0.png',
    'images/1.png',
  ]);
  assert.equal((await open(t, file)).splits.train!.count, 8);
});

test('a table in another encoding is refused where it matters', async (t) => {
  const file = await table(t, '');
  const text = `path,label,note\n${rows(12, (i) => `images/${i}.png,${i % 2 ? 'bösartig' : 'gut'},für später`)}`;
  await writeFile(file, text, 'latin1');
  await rejectsWith(listCsv(file), /line 3 is not in UTF-8: save the table in this encoding/);
  await writeFile(file, text.replaceAll('bösartig', 'schlecht'), 'latin1');
  assert.equal((await listCsv(file)).classes.length, 2);
});

test('columns of 0 and 1 are several labels an image', async (t) => {
  const file = await table(
    t,
    `path,mass,effusion,split\n${rows(12, (i) => `images/${i}.png,${i % 2},${i % 3 ? 0 : 1},${['train', 'val', 'test'][i % 3]}`)}`,
  );
  const dataset = await open(t, file);
  assert.equal(dataset.task, 'multi-label');
  assert.deepEqual(dataset.classes, ['mass', 'effusion']);
  assert.deepEqual([...dataset.splits.train!.labels], [0, 1, 1, 1, 0, 1, 1, 1]);
  assert.deepEqual([...dataset.splits.val!.labels], [1, 0, 0, 0, 1, 0, 0, 0]);
});

test('columns of 0 and 1 that exclude each other are classes, unless several labels are asked for', async (t) => {
  const file = await table(
    t,
    `image,MEL,NV\n${rows(12, (i) => `images/${i}.png,${i % 2}.0,${1 - (i % 2)}.0`)}`,
  );
  const dataset = await open(t, file);
  assert.deepEqual([dataset.task, dataset.classes], ['binary-class', ['MEL', 'NV']]);
  const listed = await listCsv(file);
  assert.deepEqual(
    listed.files.all!.map(({ label }) => label),
    Array.from({ length: 12 }, (_, i) => 1 - (i % 2)),
  );
  assert.equal((await open(t, file, { task: 'multi-label' })).task, 'multi-label');
});

test('columns of other names and meanings may lie beside those that are named', async (t) => {
  const file = await table(
    t,
    `,scan,age,Pleural Effusion,mass\n${rows(12, (i) => `${i},images/${i}.png,63,${i % 3 ? '1.0' : '0.0'},${i % 2}`)}`,
  );
  const pathColumn = 'scan';
  const several = await open(t, file, { pathColumn, labelColumns: ['mass', 'pleural effusion'] });
  assert.deepEqual([several.task, several.classes], ['multi-label', ['mass', 'Pleural Effusion']]);
  const one = await open(t, file, { pathColumn, labelColumns: ['pleural effusion'] });
  assert.deepEqual([one.task, one.classes], ['binary-class', ['0', '1']]);
  await rejectsWith(
    open(t, file, { pathColumn }),
    /line 2 has "0" in the column "", but .* is 0 or 1|has "63" in the column "age", but each of several labels is 0 or 1: name the columns/,
  );
  await rejectsWith(
    open(t, file, { pathColumn: 'file' }),
    /no column "file" .*: name one of these in "pathColumn"/,
  );
});

test('images are found by their name alone below the table, and from the folder above it', async (t) => {
  const file = await table(t, '', 12);
  const root = path.dirname(file);
  await rename(path.join(root, 'images/0.png'), path.join(root, 'images/first.PNG'));
  const called = (i: number) =>
    i === 0 ? 'first' : i % 3 ? `${i}` : i === 3 ? '3.png' : `${path.basename(root)}/images/${i}.png`;
  await writeFile(file, `image_id,dx\n${rows(12, (i) => `${called(i)},${i % 2}`)}\n`);
  const { files } = await listCsv(file);
  assert.deepEqual(
    files.all!.map((found) => path.relative(root, path.resolve(root, found.path))),
    Array.from({ length: 12 }, (_, i) => path.join('images', i ? `${i}.png` : 'first.PNG')),
  );
  await copyFile(path.join(root, 'images/1.png'), path.join(root, '1.png'));
  await rejectsWith(
    listCsv(file),
    /line 3 names 1, which may be 1\.png or images\/1\.png in .*: give the path/,
  );
});

test('whole numbers that were written as decimals are classes by number', async (t) => {
  const file = await table(t, `path,label\n${rows(12, (i) => `images/${i}.png,${i}.0`)}`);
  assert.deepEqual(
    (await listCsv(file)).classes,
    Array.from({ length: 12 }, (_, i) => String(i)),
  );
});

test('images of one patient are on one side of every split that is drawn, and the classes stay in proportion', async (t) => {
  const file = await table(
    t,
    `path,label,Patient\n${rows(60, (i) => `images/${i % 12}.png?,${i % 2},p${Math.floor(i / 4)}`)}`.replaceAll(
      '?',
      '',
    ),
  );
  const listed = await listCsv(file, { groupBy: 'patient' });
  assert.equal(listed.files.all?.length, 60);
  const dataset = await open(t, file, { groupBy: 'patient' });
  const counts = Object.values(dataset.splits).map((split) => split!.count);
  assert.equal(
    counts.reduce((a, b) => a + b),
    60,
  );
  for (const count of counts) assert.equal(count % 4, 0, 'whole patients');
  const { train } = dataset.splits;
  assert.ok(train!.count >= 36 && train!.count <= 48);
  assert.ok(Math.abs(train!.labels.reduce((a, b) => a + b) - train!.count / 2) <= 2);
});

test('an image that changes its split or its patient makes other data', async (t) => {
  const text = (i: number, split: string, patient: number) => `images/${i}.png,${i % 2},${split},${patient}`;
  const write = (ofSixth: string, ofFirst: number) =>
    table(
      t,
      `path,label,split,patient\n${rows(12, (i) => text(i, i < 6 || (i === 6 && ofSixth === 'train') ? 'train' : 'val', i ? i : ofFirst))}`,
    );
  const fingerprint = async (file: string) => {
    const { fingerprint: found, dispose } = await open(t, file, { groupBy: 'patient' });
    await dispose();
    return found;
  };
  const before = await fingerprint(await write('val', 0));
  assert.equal(await fingerprint(await write('val', 99)), before, 'a patient of another name');
  assert.notEqual(await fingerprint(await write('train', 0)), before);
  assert.notEqual(await fingerprint(await write('val', 1)), before);
});

test('a patient on both sides of the splits of the table is an error that names him', async (t) => {
  const file = await table(
    t,
    `path,label,split,patient\n${rows(12, (i) => `images/${i}.png,${i % 2},${['train', 'val', 'test'][i % 3]},p${i % 4}`)}`,
  );
  await rejectsWith(
    open(t, file, { groupBy: 'patient' }),
    /^"p\d" \(patient\) is in the "train" and in the "(val|test)" split/,
  );
});

const wrong: Record<string, [text: string, message: RegExp, options?: Partial<OpenDatasetOptions>]> = {
  'no path column': ['name,label\nimages/0.png,1\n', /has no column "path" \(it has "name", "label"\)/],
  'no label column': ['path\nimages/0.png\n', /has no column "label"/],
  'no rows': ['path,label\n', /names no images/],
  'nothing at all': ['', /is empty/],
  'an empty label': ['path,label\nimages/0.png,a\nimages/1.png,\n', /line 3 has no "label"/],
  'an unknown split': ['path,label,split\nimages/0.png,a,hold-out\n', /line 2 has the split "hold-out"/],
  'a row too short': [
    'path,label\nimages/0.png,a\nimages/1.png\n',
    /line 3 does not have the 2 fields of the header but 1/,
  ],
  'a row too long': [
    'path,label\nimages/0.png,a\nimages/1.png,b,c\n',
    /line 3 does not have the 2 fields of the header but 3/,
  ],
  'an open quote': ['path,label\n"images/0.png,a\n', /cannot be read: Quote Not Closed/],
  'a column that is no label': ['path,mass,age\nimages/0.png,1,63\n', /line 2 has "63" in the column "age"/],
  'two columns of one meaning': ['path,label,label\nimages/0.png,1,1\n', /two columns "label"/],
  'files that are not there': [
    'path,label\na.png,1\nb.png,2\nc.png,1\n',
    /line 2 names a\.png, which does not exist in .*, and 2 more lines/,
  ],
  'a group column that is not there': [
    'path,label\nimages/0.png,1\n',
    /no column "patient" \(it has "path", "label"\): name one of these in "groupBy"/,
    { groupBy: 'patient' },
  ],
};
for (const [what, [text, message, options]] of Object.entries(wrong))
  test(`${what}: one sentence that says what and where`, async (t) => {
    await rejectsWith(open(t, await table(t, text, 2), options), message);
  });
