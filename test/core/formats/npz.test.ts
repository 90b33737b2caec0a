import assert from 'node:assert/strict';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import test from 'node:test';
import { fileURLToPath } from 'node:url';
import { openNpy } from '../../../src/core/formats/npy';
import { openNpz } from '../../../src/core/formats/npz';
import { dictionary, type RawEntry, rawNpy, rawZip } from './rawZip';
import { temporaryFile, temporaryFolder } from './temporary';

const fixtures = path.join(path.dirname(fileURLToPath(import.meta.url)), 'fixtures');
interface Expected {
  readonly dtype: string;
  readonly shape: number[];
  /** 64-bit integers as text. */
  readonly values: (number | string)[];
}

const plain = (values: Iterable<number | bigint>): (number | string)[] =>
  Array.from(values, (value) => (typeof value === 'bigint' ? String(value) : value));

for (const [file, memory] of [
  ['stored.npz', undefined],
  ['deflated.npz', undefined],
  ['deflated.npz', 0],
] as const) {
  const where = memory === 0 ? ' through a temporary file' : '';
  test(`${file}: every type, byte order and axis order is read as NumPy reads it${where}`, async () => {
    const arrays: Record<string, Expected> = JSON.parse(
      await readFile(path.join(fixtures, 'arrays.json'), 'utf8'),
    );
    const npz = await openNpz(path.join(fixtures, file), { memory: memory ?? 1e6 });
    assert.deepEqual([...npz.arrays.keys()].sort(), Object.keys(arrays).sort());
    for (const [name, { dtype, shape, values }] of Object.entries(arrays)) {
      assert.equal(npz.arrays.get(name)!.dtype, dtype, name);
      assert.deepEqual(npz.arrays.get(name)!.shape, shape, name);
      assert.deepEqual(plain(await npz.readAll(name)), values, name);
      if (shape[0] !== 3) continue;
      const row = values.length / 3;
      assert.deepEqual(plain(await npz.readRows(name, 1, 2)), values.slice(row), name);
      assert.deepEqual(plain(await npz.readRows(name, 2, 0)), [], name);
    }
    await assert.rejects(npz.readRows('C_f4_little', 2, 2), RangeError);
    await assert.rejects(npz.readAll('nothing'), RangeError);
    await npz.close();
  });
}

test('an archive with zip64 sizes and offsets is read', async () => {
  const npz = await openNpz(path.join(fixtures, 'zip64.npz'));
  assert.deepEqual([...(await npz.readRows('second', 998, 2))], [999, 1000]);
  await npz.close();
});

for (const version of [1, 2, 3]) {
  test(`reads a .npy of version ${version}`, async () => {
    const file = await openNpy(path.join(fixtures, `version${version}.npy`));
    assert.deepEqual(file.shape, [2, 3]);
    assert.deepEqual([...(await file.readAll())], [0, 1, 2, 3, 4, 5]);
    assert.deepEqual([...(await file.readRows(1, 1))], [3, 4, 5]);
    await file.close();
  });
}

test('other orders of the members and long integers of Python 2 are read', async (t) => {
  const header = "{ 'shape':(2L,1L) , 'fortran_order':False, 'descr':'|u1'}";
  const file = await openNpy(await temporaryFile(t, 'a.npy', rawNpy(header, Uint8Array.of(8, 9))));
  assert.deepEqual(file.shape, [2, 1]);
  assert.deepEqual([...(await file.readAll())], [8, 9]);
  await file.close();
});

const four = Uint8Array.of(1, 2, 3, 4);
const brokenArrays: [string, Uint8Array, RegExp][] = [
  ['no array', new TextEncoder().encode('hello, this is text'), /is no NumPy array/],
  ['an empty file', new Uint8Array(0), /it is empty; download/],
  [
    'version 9',
    rawNpy(dictionary('|u1', '(4,)'), four).map((byte, i) => (i === 6 ? 9 : byte)),
    /is no NumPy array/,
  ],
  [
    'a header that is cut off',
    rawNpy(dictionary('|u1', '(4,)'), four).slice(0, 30),
    /cut off within its header/,
  ],
  [
    'a header of 64 kB',
    rawNpy(dictionary('|u1', '(4,)') + ' '.repeat(60_000), four),
    /header of 60\d+ bytes, more than/,
  ],
  ['more data than the shape takes', rawNpy(dictionary('|u1', '(3,)'), four), /takes 3 bytes, there are 4/],
  ['less data than the shape takes', rawNpy(dictionary('|u1', '(5,)'), four), /takes 5 bytes, there are 4/],
  [
    'a shape beyond all memory',
    rawNpy(dictionary('<f8', '(9007199254740991, 9007199254740991)'), four),
    /takes .* bytes, there are 4/,
  ],
  [
    'an extent beyond 2^53',
    rawNpy(dictionary('<f8', '(90071992547409910,)'), four),
    /header that cannot be read/,
  ],
  ['a negative extent', rawNpy(dictionary('|u1', '(-4,)'), four), /header that cannot be read/],
  ['an expression as extent', rawNpy(dictionary('|u1', '(2*2,)'), four), /header that cannot be read/],
  ['Python objects', rawNpy(dictionary('|O', '(4,)'), four), /elements of type \|O/],
  ['text', rawNpy(dictionary('<U1', '(1,)'), four), /elements of type <U1/],
  ['complex numbers', rawNpy(dictionary('<c16', '(1,)'), four), /elements of type <c16/],
  [
    'a record',
    rawNpy("{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (1,), }", four),
    /header that cannot be read/,
  ],
  [
    'a member twice',
    rawNpy("{'descr': '|u1', 'descr': '|u1', 'fortran_order': False, 'shape': (4,), }", four),
    /header that cannot be read/,
  ],
  ['a member too few', rawNpy("{'descr': '|u1', 'shape': (4,), }", four), /header that cannot be read/],
  [
    'a member too many',
    rawNpy("{'descr': '|u1', 'fortran_order': False, 'shape': (4,), 'x': 1}", four),
    /header that cannot be read/,
  ],
  [
    'a member of another kind',
    rawNpy("{'descr': False, 'fortran_order': False, 'shape': (4,)}", four),
    /header that cannot be read/,
  ],
  [
    'something after the dictionary',
    rawNpy(`${dictionary('|u1', '(4,)')} + 1`, four),
    /header that cannot be read/,
  ],
  [
    '33 axes',
    rawNpy(dictionary('|u1', `(${'1,'.repeat(33)})`), Uint8Array.of(1)),
    /header that cannot be read/,
  ],
];

test('a broken array is refused with one sentence that names it', async (t) => {
  const folder = await temporaryFolder(t);
  for (const [what, bytes, message] of brokenArrays) {
    const file = path.join(folder, 'a.npy');
    await writeFile(file, bytes);
    await assert.rejects(openNpy(file), { name: 'UserError', message }, what);
    const archive = path.join(folder, 'a.npz');
    for (const deflate of [false, true]) {
      await writeFile(archive, rawZip([{ name: 'inner.npy', data: bytes, deflate }]));
      await assert.rejects(openNpz(archive), { name: 'UserError', message: /inner in .*a\.npz / }, what);
    }
  }
  await assert.rejects(openNpy(path.join(folder, 'none.npy')), {
    name: 'UserError',
    message: /no such file/,
  });
  await assert.rejects(openNpz(path.join(folder, 'none.npz')), {
    name: 'UserError',
    message: /no such file/,
  });
});

const array = rawNpy(dictionary('|u1', '(100_000,)'.replace('_', '')), new Uint8Array(100_000));
const brokenArchives: [string, RawEntry[], RegExp][] = [
  [
    'a size beyond what deflate can pack',
    [{ name: 'a.npy', data: array, deflate: true, claimedSize: 4e9 }],
    /claims 4000000000 bytes/,
  ],
  ['a size of a stored entry that is wrong', [{ name: 'a.npy', data: array, claimedSize: 5 }], /cut off: /],
  ['another packing', [{ name: 'a.npy', data: array, method: 12 }], /packed by method 12/],
  [
    'an array twice',
    [
      { name: 'a.npy', data: array },
      { name: 'a.npy', data: array },
    ],
    /two arrays called a/,
  ],
  ['a name that leads elsewhere', [{ name: '../a.npy', data: array }], /invalid relative path/],
];

test('a broken archive is refused when it is opened', async (t) => {
  const file = path.join(await temporaryFolder(t), 'a.npz');
  for (const [what, entries, message] of brokenArchives) {
    await writeFile(file, rawZip(entries));
    await assert.rejects(openNpz(file), { name: 'UserError', message }, what);
  }
  await writeFile(file, 'no archive at all');
  await assert.rejects(openNpz(file), { name: 'UserError', message: /no zip archive/ });
});

test('damage inside a deflated array is found when it is read, wherever it is unpacked', async (t) => {
  const file = path.join(await temporaryFolder(t), 'a.npz');
  for (const memory of [0, 1e6]) {
    await writeFile(file, rawZip([{ name: 'a.npy', data: array, deflate: true, claimedChecksum: 1 }]));
    const npz = await openNpz(file, { memory });
    await assert.rejects(npz.readAll('a'), { name: 'UserError', message: /a\.npy in .* checksum is wrong/ });
    await assert.rejects(npz.readAll('a'), { name: 'UserError', message: /checksum/ }, 'and again');
    await npz.close();

    const more = array.length + 5000;
    const lying = rawNpy(dictionary('|u1', '(105000,)'), new Uint8Array(100_000));
    await writeFile(file, rawZip([{ name: 'a.npy', data: lying, deflate: true, claimedSize: more }]));
    const short = await openNpz(file, { memory });
    await assert.rejects(short.readAll('a'), { name: 'UserError', message: /holds \d+ of the \d+ bytes/ });
    await short.close();

    const less = rawNpy(dictionary('|u1', '(095000,)'), new Uint8Array(100_000));
    await writeFile(
      file,
      rawZip([{ name: 'a.npy', data: less, deflate: true, claimedSize: array.length - 5000 }]),
    );
    await assert.rejects(
      openNpz(file, { memory }).then((long) => long.readAll('a').finally(() => long.close())),
      { name: 'UserError', message: /holds more than/ },
    );
  }
});

test('an archive that is cut off anywhere is refused', async (t) => {
  const file = path.join(await temporaryFolder(t), 'cut.npz');
  const whole = await readFile(path.join(fixtures, 'zip64.npz'));
  for (let length = 0; length < whole.length; length += 13) {
    await writeFile(file, whole.subarray(0, length));
    await assert.rejects(openNpz(file), { name: 'UserError' }, `cut to ${length} bytes`);
  }
});

test('reading rows of a large deflated array takes little memory, and no temporary file is left', async (t) => {
  const rows = 1500;
  const rowBytes = 64 * 1024;
  const data = new Uint8Array(rows * rowBytes).map((_, i) => ((i / rowBytes) * 7 + i) & 0xff);
  const packed = rawZip([
    { name: 'big.npy', data: rawNpy(dictionary('|u1', `(${rows}, ${rowBytes})`), data), deflate: true },
  ]);
  const file = await temporaryFile(t, 'big.npz', packed);
  const temporary = async (): Promise<string[]> =>
    (await readdir(tmpdir())).filter((name) => /^repsim-unpacked-[\w-]+\.tmp$/.test(name));
  const before = await temporary();
  const npz = await openNpz(file, { memory: 1024 * 1024 });
  const used = process.memoryUsage().arrayBuffers;
  let most = 0;
  for (let row = 0; row < rows; row += 100) {
    const values = await npz.readRows('big', row, 1);
    assert.deepEqual(values, data.subarray(row * rowBytes, (row + 1) * rowBytes));
    most = Math.max(most, process.memoryUsage().arrayBuffers - used);
  }
  assert.ok(most < 32e6, `${most} bytes more in array buffers`);
  await npz.close();
  assert.deepEqual(await temporary(), before);
});

test('readers of one array wait for one unpacking, and cancelling stops it', async (t) => {
  const data = rawNpy(dictionary('|u1', '(8000000,)'), new Uint8Array(8_000_000));
  const file = await temporaryFile(t, 'a.npz', rawZip([{ name: 'a.npy', data, deflate: true }]));
  const npz = await openNpz(file);
  const stop = new AbortController();
  const cancelled = npz.readRows('a', 0, 1, stop.signal);
  stop.abort();
  await assert.rejects(cancelled, (error) => error === stop.signal.reason);
  const parts = await Promise.all([0, 1, 2].map((row) => npz.readRows('a', row, 1)));
  assert.deepEqual(
    parts.map((part) => part.length),
    [1, 1, 1],
  );
  await npz.close();
});
