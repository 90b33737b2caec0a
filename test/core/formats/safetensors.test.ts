import assert from 'node:assert/strict';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import test from 'node:test';
import { UserError } from '../../../src/core/errors';
import { openSafetensors } from '../../../src/core/formats/safetensors';
import { type WritableTensor, writeSafetensors } from '../../../src/core/formats/safetensorsWriter';
import { openTensorShards } from '../../../src/core/formats/tensorShards';
import { rawSafetensors } from './rawSafetensors';
import { temporaryFile, temporaryFolder } from './temporary';

/** One tensor "x" of this dtype with these bytes. */
function one(dtype: string, shape: number[], values: ArrayBufferView): Uint8Array {
  const bytes = new Uint8Array(values.buffer);
  return rawSafetensors({ x: { dtype, shape, data_offsets: [0, bytes.length] } }, bytes);
}

const readable: [string, ArrayBufferView, string, number[]][] = [
  ['F32', Float32Array.of(1.5, -0), 'float32', [1.5, -0]],
  ['F64', Float64Array.of(0.1, 1e300), 'float32', [Math.fround(0.1), Number.POSITIVE_INFINITY]],
  // 1, -2, smallest subnormal 2^-24, largest 65504, infinity
  [
    'F16',
    Uint16Array.of(0x3c00, 0xc000, 0x0001, 0x7bff, 0x7c00),
    'float32',
    [1, -2, 2 ** -24, 65504, Number.POSITIVE_INFINITY],
  ],
  ['BF16', Uint16Array.of(0x3f80, 0xc049, 0x7f80), 'float32', [1, -3.140625, Number.POSITIVE_INFINITY]],
  ['I64', BigInt64Array.of(-5n, 2147483647n), 'int32', [-5, 2147483647]],
  ['U64', BigUint64Array.of(7n), 'int32', [7]],
  ['I32', Int32Array.of(-7), 'int32', [-7]],
  ['U32', Uint32Array.of(7), 'int32', [7]],
  ['I16', Int16Array.of(-300), 'int32', [-300]],
  ['U16', Uint16Array.of(60000), 'int32', [60000]],
  ['I8', Int8Array.of(-1), 'int32', [-1]],
  ['U8', Uint8Array.of(255), 'int32', [255]],
  ['BOOL', Uint8Array.of(0, 1, 2), 'bool', [0, 1, 1]],
];
for (const [dtype, values, read, expected] of readable) {
  test(`reads ${dtype} as ${read}`, async (t) => {
    const file = await openSafetensors(
      await temporaryFile(t, 'x.safetensors', one(dtype, [expected.length], values)),
    );
    const tensor = await file.readTensor('x');
    await file.close();
    assert.equal(tensor.dtype, read);
    assert.deepEqual(tensor.shape, [expected.length]);
    assert.deepEqual([...tensor.data], expected);
  });
}

test('every float16 that is a number survives a comparison with its definition', async (t) => {
  const all = Uint16Array.from({ length: 0x10000 }, (_, i) => i);
  const file = await openSafetensors(await temporaryFile(t, 'x.safetensors', one('F16', [0x10000], all)));
  const { data } = await file.readTensor('x');
  await file.close();
  for (let half = 0; half < 0x10000; half++) {
    const sign = half >> 15 ? -1 : 1;
    const exponent = (half >> 10) & 31;
    const fraction = half & 1023;
    const expected =
      exponent === 31
        ? fraction
          ? Number.NaN
          : sign * Number.POSITIVE_INFINITY
        : exponent === 0
          ? sign * 2 ** -14 * (fraction / 1024)
          : sign * 2 ** (exponent - 15) * (1 + fraction / 1024);
    assert.ok(Object.is(data[half], expected), `0x${half.toString(16)}: ${data[half]} for ${expected}`);
  }
});

test('an integer that does not fit into 32 bits is an error that names it', async (t) => {
  const file = await openSafetensors(
    await temporaryFile(t, 'x.safetensors', one('I64', [1], BigInt64Array.of(1n << 40n))),
  );
  await assert.rejects(file.readTensor('x'), { name: 'UserError', message: /x .*holds 1099511627776/ });
  await file.close();
});

test('scalars and tensors without elements are read', async (t) => {
  const bytes = rawSafetensors(
    {
      scalar: { dtype: 'F32', shape: [], data_offsets: [0, 4] },
      empty: { dtype: 'F32', shape: [0, 3], data_offsets: [4, 4] },
    },
    new Uint8Array(Float32Array.of(2).buffer),
  );
  const file = await openSafetensors(await temporaryFile(t, 'x.safetensors', bytes));
  assert.deepEqual([...(await file.readTensor('scalar')).data], [2]);
  assert.equal((await file.readTensor('empty')).data.length, 0);
  await file.close();
});

test('what the writer writes is read back bit by bit, in the order of the names', async (t) => {
  const file = path.join(await temporaryFolder(t), 'out.safetensors');
  const tensors = new Map<string, WritableTensor>([
    ['b.weight', { shape: [2, 3], data: Float32Array.of(1, 2, 3, Number.NaN, -0, 1e-45) }],
    ['a', { shape: [], data: Float32Array.of(7) }],
    ['c', { shape: [0], data: new Float32Array(0) }],
  ]);
  await writeSafetensors(file, tensors);
  const source = await openSafetensors(file);
  assert.deepEqual([...source.entries.keys()], ['a', 'b.weight', 'c']);
  for (const [name, { shape, data }] of tensors) {
    const read = await source.readTensor(name);
    assert.deepEqual(read.shape, shape);
    assert.deepEqual(new Uint8Array(read.data.buffer), new Uint8Array(data.buffer));
  }
  await source.close();
  const bytes = await readFile(file);
  assert.equal(Number(bytes.readBigUInt64LE(0)) % 8, 0, 'the data is aligned');
  assert.deepEqual(JSON.parse(bytes.toString('utf8', 8, 8 + Number(bytes.readBigUInt64LE(0)))).__metadata__, {
    format: 'pt',
  });
});

test('a file that cannot be written is one sentence, and nothing is left', async (t) => {
  const folder = await temporaryFolder(t);
  const target = path.join(folder, 'taken');
  await mkdir(target);
  await writeFile(path.join(target, 'inside'), 'x');
  await assert.rejects(
    writeSafetensors(target, new Map([['x', { shape: [1], data: Float32Array.of(1) }]])),
    (error) => error instanceof UserError && error.message.includes(target),
  );
  assert.deepEqual(await readdir(folder), ['taken']);
});

test('the shards of a checkpoint are read as one', async (t) => {
  const folder = await temporaryFolder(t);
  const shard = (name: string, value: number): Promise<void> =>
    writeSafetensors(
      path.join(folder, `model-${name}.safetensors`),
      new Map([[name, { shape: [1], data: Float32Array.of(value) }]]),
    );
  await shard('a', 1);
  await shard('b', 2);
  const index = path.join(folder, 'model.safetensors.index.json');
  const writeIndex = (weightMap: unknown): Promise<void> =>
    writeFile(index, JSON.stringify({ metadata: { total_size: 8 }, weight_map: weightMap }));
  await writeIndex({ a: 'model-a.safetensors', b: 'model-b.safetensors' });
  const source = await openTensorShards(index);
  assert.deepEqual([...source.entries.keys()], ['a', 'b']);
  assert.deepEqual([...(await source.readTensor('b')).data], [2]);
  await assert.rejects(source.readTensor('c'), UserError);
  await source.close();

  const wrong: [unknown, RegExp][] = [
    [{ a: 'model-b.safetensors' }, /tensor a is in model-b.safetensors, but it is not/],
    [{ a: '../model-a.safetensors' }, /no name of a \.safetensors or \.bin file beside it/],
    [{ a: '/etc/passwd' }, /no name of a \.safetensors or \.bin file beside it/],
    [{ a: 3 }, /no name of a \.safetensors or \.bin file beside it/],
    [{ a: 'model-z.safetensors' }, /model-z.safetensors cannot be opened: there is no such file/],
    [{}, /names 0 files/],
    ['x', /has no weight_map/],
  ];
  for (const [weightMap, message] of wrong) {
    await writeIndex(weightMap);
    await assert.rejects(openTensorShards(index), { name: 'UserError', message });
  }
});
