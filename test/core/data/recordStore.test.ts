import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import test from 'node:test';
import { createRecordStore } from '../../../src/core/data/recordStore';
import { temporaryFile } from '../formats/temporary';

const bytes = (n: number) => new Uint8Array(n);
const floats = (n: number) => new Float32Array(n);
const cacheFolders = () => readdirSync(tmpdir()).filter((name) => name.startsWith('repsim-cache-'));

test('records come back whole from memory and from the file', async () => {
  // 4 bytes a value: two records in memory, three in the file
  const store = createRecordStore({
    count: 9,
    length: 5,
    allocate: floats,
    memoryBytes: 59,
    fileBytes: 60,
  });
  const record = (i: number) => Float32Array.from({ length: 5 }, (_, k) => i + k / 8);
  try {
    for (const i of [7, 3, 8, 0, 5, 1]) await store.put(i, record(i));
    for (const i of [7, 3, 8, 0, 5]) {
      assert.equal(store.has(i), true);
      assert.deepEqual(await store.get(i), record(i), `record ${i}`);
    }
    assert.equal(store.has(1), false, 'there was no room for a sixth');
    assert.equal(await store.get(1), undefined);
    assert.equal(await store.get(2), undefined, 'it was never put');
    await store.put(8, record(80));
    assert.deepEqual(await store.get(8), record(80), 'replaced in the file');
    await store.put(7, record(70));
    assert.deepEqual(await store.get(7), record(70), 'replaced in memory');
  } finally {
    await store.dispose();
  }
  assert.equal(store.has(7), false);
});

test('the store keeps copies and gives copies', async () => {
  const store = createRecordStore({ count: 1, length: 2, allocate: bytes });
  const record = Uint8Array.of(1, 2);
  await store.put(0, record);
  record[0] = 9;
  const got = (await store.get(0))!;
  got[1] = 9;
  assert.deepEqual(await store.get(0), Uint8Array.of(1, 2));
  await store.dispose();
});

test('nothing is left in the temporary folder, and nothing is kept after disposal', async () => {
  const before = cacheFolders();
  const store = createRecordStore({ count: 4, length: 8, allocate: bytes, memoryBytes: 0 });
  await Promise.all([0, 1, 2].map((i) => store.put(i, bytes(8).fill(i + 1))));
  assert.deepEqual(await store.get(2), bytes(8).fill(3));
  const late = store.put(3, bytes(8));
  await store.dispose();
  await late;
  await store.put(3, bytes(8));
  assert.equal(store.has(3), false);
  assert.deepEqual(cacheFolders(), before);
});

test('a temporary folder that cannot be written to means that less is kept', async (t) => {
  const kept = process.env.TMPDIR;
  const file = await temporaryFile(t, 'a-file', bytes(0));
  process.env.TMPDIR = file;
  const store = createRecordStore({ count: 3, length: 4, allocate: bytes, memoryBytes: 4 });
  try {
    for (let i = 0; i < 3; i++) await store.put(i, bytes(4).fill(i));
    assert.deepEqual([0, 1, 2].map(store.has), [true, false, false]);
  } finally {
    if (kept === undefined) delete process.env.TMPDIR;
    else process.env.TMPDIR = kept;
    await store.dispose();
  }
});

test('a record of another length or beyond the end is refused', async () => {
  const store = createRecordStore({ count: 3, length: 4, allocate: bytes });
  await assert.rejects(store.put(0, bytes(5)), RangeError);
  await assert.rejects(store.put(3, bytes(4)), RangeError);
  await store.dispose();
});
