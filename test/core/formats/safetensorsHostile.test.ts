/** Headers that lie, and files that are broken: each is refused at once with one sentence, and nothing is allocated. */
import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import test from 'node:test';
import { UserError } from '../../../src/core/errors';
import { openSafetensors } from '../../../src/core/formats/safetensors';
import { createRandom } from '../../../src/core/random';
import { rawSafetensors } from './rawSafetensors';
import { temporaryFolder } from './temporary';

const f32 = (shape: unknown, data_offsets: unknown, dtype: unknown = 'F32') => ({
  dtype,
  shape,
  data_offsets,
});

function withHeaderLength(length: bigint, bytes: Uint8Array): Uint8Array {
  const copy = bytes.slice();
  new DataView(copy.buffer).setBigUint64(0, length, true);
  return copy;
}

const good = rawSafetensors({ a: f32([2], [0, 8]), b: f32([1], [8, 12]) }, 12);
const cases: [string, Uint8Array, RegExp][] = [
  ['an empty file', new Uint8Array(0), /it is empty/],
  ['seven bytes', new Uint8Array(7), /too few to begin/],
  [
    'a header of 2^64 - 1 bytes',
    withHeaderLength(2n ** 64n - 1n, good),
    /header claims 18446744073709551615/,
  ],
  ['a header of 10^12 bytes', withHeaderLength(10n ** 12n, good), /header claims 1000000000000/],
  ['a header longer than the file', withHeaderLength(20_000n, good), /cut off: its header takes 20000 bytes/],
  ['an empty header', rawSafetensors(''), /header cannot be read/],
  ['a header that is a list', rawSafetensors('[]'), /it is no object/],
  ['a header that is no UTF-8', rawSafetensors('').slice(0, 8), /header cannot be read/],
  ['a tensor twice', rawSafetensors('{"a":{},"a":{}}'), /name "a" is used twice/],
  ['a tensor that is null', rawSafetensors({ a: null }), /"a" is not described by an object/],
  ['a tensor without members', rawSafetensors({ a: {} }), /"a" has dtype none/],
  ['an unknown dtype', rawSafetensors({ a: f32([1], [0, 4], 'F4') }, 4), /has dtype "F4"/],
  ['a dtype from the prototype', rawSafetensors({ a: f32([1], [0, 4], 'constructor') }, 4), /"constructor"/],
  ['a dtype that is a number', rawSafetensors({ a: f32([1], [0, 4], 5) }, 4), /has dtype 5/],
  ['a negative extent', rawSafetensors({ a: f32([-1], [0, 4]) }, 4), /shape \[-1\]/],
  ['a fractional extent', rawSafetensors({ a: f32([1.5], [0, 6]) }, 6), /shape \[1.5\]/],
  ['an extent of text', rawSafetensors({ a: f32(['1'], [0, 4]) }, 4), /shape \["1"\]/],
  [
    'an extent beyond 2^53',
    rawSafetensors('{"a":{"dtype":"F32","shape":[9007199254740993],"data_offsets":[0,4]}}', 4),
    /shape/,
  ],
  [
    'a shape whose bytes overflow',
    rawSafetensors({ a: f32([2 ** 40, 2 ** 40, 2 ** 40], [0, 4]) }, 4),
    /takes .* bytes/,
  ],
  [
    'a shape whose bytes overflow to zero',
    rawSafetensors({ a: f32([2 ** 32, 2 ** 32, 2 ** 32, 0], [0, 4]) }, 4),
    /takes 0 bytes, its data_offsets give 4/,
  ],
  [
    'infinitely many bytes',
    rawSafetensors({ a: f32(Array(32).fill(2 ** 52), [0, 4]) }, 4),
    /takes Infinity bytes/,
  ],
  ['a shape of 33 axes', rawSafetensors({ a: f32(Array(33).fill(1), [0, 4]) }, 4), /at most 32 extents/],
  ['no shape', rawSafetensors({ a: { dtype: 'F32', data_offsets: [0, 4] } }, 4), /shape none/],
  ['no offsets', rawSafetensors({ a: { dtype: 'F32', shape: [1] } }, 4), /data_offsets none/],
  ['one offset', rawSafetensors({ a: f32([1], [0]) }, 4), /data_offsets \[0\]/],
  ['offsets that run backwards', rawSafetensors({ a: f32([1], [4, 0]) }, 4), /data_offsets \[4,0\]/],
  ['a negative offset', rawSafetensors({ a: f32([1], [-4, 0]) }, 4), /data_offsets \[-4,0\]/],
  [
    'too few bytes for the shape',
    rawSafetensors({ a: f32([2], [0, 4]) }, 4),
    /takes 8 bytes, its data_offsets give 4/,
  ],
  [
    'too many bytes for the shape',
    rawSafetensors({ a: f32([1], [0, 8]) }, 8),
    /takes 4 bytes, its data_offsets give 8/,
  ],
  [
    'an end beyond the file',
    rawSafetensors({ a: f32([100], [0, 400]) }, 4),
    /ends at byte \d+, the file has/,
  ],
  [
    'an end at 2^53',
    rawSafetensors({ a: f32([1], [2 ** 53 - 5, 2 ** 53 - 1]) }, 4),
    /cut off or its header lies/,
  ],
  [
    'tensors that overlap',
    rawSafetensors({ a: f32([2], [0, 8]), b: f32([2], [4, 12]) }, 12),
    /"a" and "b" overlap/,
  ],
  ['two tensors in one place', rawSafetensors({ a: f32([1], [0, 4]), b: f32([1], [0, 4]) }, 4), /overlap/],
  [
    'a hole between tensors',
    rawSafetensors({ a: f32([1], [0, 4]), b: f32([1], [8, 12]) }, 12),
    /belong to no tensor/,
  ],
  ['a hole before the first tensor', rawSafetensors({ a: f32([1], [4, 8]) }, 8), /belong to no tensor/],
  ['bytes after the last tensor', rawSafetensors({ a: f32([1], [0, 4]) }, 5), /the last 1 bytes/],
  [
    'metadata that is no object',
    rawSafetensors({ __metadata__: 'x', a: f32([1], [0, 4]) }, 4),
    /__metadata__/,
  ],
  [
    'metadata with numbers',
    rawSafetensors({ __metadata__: { n: 1 }, a: f32([1], [0, 4]) }, 4),
    /__metadata__/,
  ],
  [
    'a tensor called __proto__ that lies',
    rawSafetensors('{"__proto__":{"dtype":"F32","shape":[9],"data_offsets":[0,4]}}', 4),
    /"__proto__" of dtype/,
  ],
  ['a very long name', rawSafetensors({ ['n'.repeat(100_000)]: f32([9], [0, 4]) }, 4), /^.{1,600}$/s],
  ['a deeply nested header', rawSafetensors(`{"a":${'['.repeat(10_000)}`), /deeper than/],
];

test('every broken file is refused with one sentence that says what is wrong', async (t) => {
  const folder = await temporaryFolder(t);
  for (const [what, bytes, message] of cases) {
    const file = path.join(folder, 'broken.safetensors');
    await writeFile(file, bytes);
    await assert.rejects(openSafetensors(file), (error: Error) => {
      assert.ok(error instanceof UserError, `${what}: ${error.stack}`);
      assert.match(error.message, message, what);
      assert.ok(error.message.includes(file), what);
      assert.doesNotMatch(error.message, /\n/);
      return true;
    });
  }
});

test('a file that is cut off anywhere is refused', async (t) => {
  const file = path.join(await temporaryFolder(t), 'cut.safetensors');
  for (let length = 0; length < good.length; length++) {
    await writeFile(file, good.subarray(0, length));
    await assert.rejects(openSafetensors(file), UserError, `cut to ${length} bytes`);
  }
  await writeFile(file, good);
  await (await openSafetensors(file)).close();
});

test('random damage never does anything but open or be refused, and takes neither time nor memory', async (t) => {
  const file = path.join(await temporaryFolder(t), 'damaged.safetensors');
  const random = createRandom(7);
  const before = process.memoryUsage.rss();
  const start = performance.now();
  let refused = 0;
  for (let round = 0; round < 1500; round++) {
    let bytes = good.slice();
    for (let n = random.integer(4); n >= 0; n--) {
      const at = random.integer(bytes.length);
      const kind = random.integer(3);
      if (kind === 0) bytes[at] = random.integer(256);
      else if (kind === 1)
        bytes = Uint8Array.from([...bytes.subarray(0, at), ...bytes.subarray(at + random.integer(5))]);
      else
        bytes = Uint8Array.from([...bytes.subarray(0, at), 0x30 + random.integer(10), ...bytes.subarray(at)]);
    }
    await writeFile(file, bytes);
    try {
      const source = await openSafetensors(file);
      for (const name of source.entries.keys()) await source.readTensor(name).catch(allowUserError);
      await source.close();
    } catch (error) {
      allowUserError(error);
      refused++;
    }
  }
  assert.ok(refused > 1000, `${refused} of 1500 were refused`);
  assert.ok(performance.now() - start < 30_000);
  assert.ok(process.memoryUsage.rss() - before < 200e6);
});

function allowUserError(error: unknown): void {
  assert.ok(error instanceof UserError, (error as Error).stack);
}

test('names of the prototype are ordinary names of tensors', async (t) => {
  const file = path.join(await temporaryFolder(t), 'names.safetensors');
  const header =
    '{"__proto__":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"toString":{"dtype":"U8","shape":[1],"data_offsets":[1,2]}}';
  await writeFile(file, rawSafetensors(header, Uint8Array.of(1, 2)));
  const source = await openSafetensors(file);
  assert.deepEqual([...source.entries.keys()], ['__proto__', 'toString']);
  assert.deepEqual([...(await source.readTensor('__proto__')).data], [1]);
  await assert.rejects(source.readTensor('valueOf'), UserError);
  await source.close();
});
