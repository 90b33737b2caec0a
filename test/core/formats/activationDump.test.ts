/** Writing activations row by row, and reading them back. */
import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import test from 'node:test';
import { gzipSync } from 'node:zlib';
import { UserError } from '../../../src/core/errors';
import { openActivationDump } from '../../../src/core/formats/activationDump';
import { writeActivations } from '../../../src/core/formats/activationWriter';
import { naturalOrder } from '../../../src/core/formats/naturalOrder';
import { openNpz } from '../../../src/core/formats/npz';
import { openSafetensors } from '../../../src/core/formats/safetensors';
import { temporaryFolder } from './temporary';

const arrays = [
  { name: 'block.0', shape: [5, 3] },
  { name: 'größe', shape: [5, 2, 2] },
];
const values = arrays.map(({ shape }, a) =>
  Float32Array.from({ length: shape.reduce((x, y) => x * y) }, (_, i) => 100 * a + i),
);

/** Rows of both arrays by turns, two at a time. */
async function write(file: string, upTo = 5): Promise<void> {
  await writeActivations(file, arrays, async (writer) => {
    for (let row = 0; row < upTo; row += 2) {
      for (const [a, data] of values.entries()) {
        const width = data.length / 5;
        await writer.append(a, data.subarray(row * width, Math.min(upTo, row + 2) * width));
      }
    }
  });
}

for (const name of ['a.npz', 'a.safetensors']) {
  test(`rows that are written by turns are read back, ${name}`, async (t) => {
    const file = path.join(await temporaryFolder(t), name);
    await write(file);
    const dump = await openActivationDump(file);
    t.after(() => dump.close());
    assert.deepEqual(dump.arrays, arrays);
    assert.deepEqual(await dump.readRows('block.0', 1, 3), values[0]!.slice(3, 12));
    assert.deepEqual(await dump.readRows('größe', 0, 5), values[1]);
  });
}

test('other readers find the same, checksums included', async (t) => {
  const folder = await temporaryFolder(t);
  await write(path.join(folder, 'a.npz'));
  await write(path.join(folder, 'a.safetensors'));
  const npz = await openNpz(path.join(folder, 'a.npz'));
  t.after(() => npz.close());
  assert.deepEqual(await npz.readAll('größe'), values[1]);
  const file = await openSafetensors(path.join(folder, 'a.safetensors'));
  t.after(() => file.close());
  assert.deepEqual((await file.readTensor('block.0')).data, values[0]);
  // The checksum of the first entry, in both its headers, is the one at the end of its gzip form.
  const bytes = await readFile(path.join(folder, 'a.npz'));
  const nameEnd = 30 + bytes.readUInt16LE(26);
  const zipped = gzipSync(bytes.subarray(nameEnd, nameEnd + bytes.readUInt32LE(18)));
  const sum = zipped.readUInt32LE(zipped.length - 8);
  const directory = bytes.indexOf(Buffer.from([0x50, 0x4b, 1, 2]));
  assert.deepEqual([bytes.readUInt32LE(14), bytes.readUInt32LE(directory + 16)], [sum, sum]);
});

test('a file with fewer rows than said never appears', async (t) => {
  const folder = await temporaryFolder(t);
  await assert.rejects(write(path.join(folder, 'a.npz'), 4), /fewer rows than block\.0 has/);
  assert.deepEqual(await readdir(folder), []);
});

test('an .npz beyond 4 GiB is refused before anything is written', async (t) => {
  const file = path.join(await temporaryFolder(t), 'a.npz');
  await assert.rejects(
    writeActivations(file, [{ name: 'x', shape: [2 ** 20, 2 ** 10] }], async () => assert.fail('it wrote')),
    (error) => error instanceof UserError && /write a \.safetensors file instead/.test(error.message),
  );
});

test('numbers in names count as numbers', () => {
  const sorted = ['block.10', 'block.2', 'final', 'block.1.b', 'block.1'].sort(naturalOrder);
  assert.deepEqual(sorted, ['block.1', 'block.1.b', 'block.2', 'block.10', 'final']);
});
