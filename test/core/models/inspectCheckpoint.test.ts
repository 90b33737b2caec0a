/** The list of a checkpoint's tensors and their statistics, from the bundled model, from shards, and from what is broken. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import test, { type TestContext } from 'node:test';
import { openSafetensors } from '../../../src/core/formats/safetensors';
import { checkpointStatistics, inspectCheckpoint } from '../../../src/core/models/inspectCheckpoint';
import { longestName } from '../../../src/protocol/checkpointPreview';
import { safetensorsBytes } from '../../support/safetensorsBytes';

const bundled = path.join(__dirname, '../../../samples/fashion-vit-tiny/model.safetensors');

function folder(t: TestContext): string {
  const made = mkdtempSync(path.join(tmpdir(), 'repsim-inspect-'));
  t.after(() => rmSync(made, { recursive: true, force: true }));
  return made;
}

test('the bundled model is listed, and the statistics of a module are those of its values', async () => {
  const contents = await inspectCheckpoint(bundled);
  const source = await openSafetensors(bundled);
  assert.equal(contents.tensors.length, source.entries.size);
  const wanted = contents.tensors.flatMap(({ name }, place) =>
    name.startsWith('vit.encoder.layer.0.') ? [place] : [],
  );
  assert.ok(wanted.length > 5);
  const values: number[] = [];
  for (const place of wanted) {
    const { name, shape } = contents.tensors[place]!;
    const { data } = await source.readTensor(name);
    assert.equal(
      data.length,
      shape.reduce((product, extent) => product * extent, 1),
    );
    for (const value of data) values.push(Number(value));
  }
  await source.close();
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
  const progress: number[] = [];
  const found = await checkpointStatistics(
    { file: bundled, stamp: contents.stamp, tensors: wanted },
    { onProgress: ({ done, total }) => progress.push(done / total) },
  );
  assert.equal(found.values, values.length);
  assert.ok(Math.abs(found.finite!.mean! - mean) < 1e-12);
  assert.ok(Math.abs(found.finite!.deviation! - Math.sqrt(variance)) < 1e-12);
  assert.equal(progress.at(-1), 1);
});

test('the shards of an index are one list', async (t) => {
  const at = folder(t);
  const shard = (name: string, tensor: string, values: number[]) =>
    writeFileSync(
      path.join(at, name),
      safetensorsBytes({
        [tensor]: { dtype: 'F32', shape: [values.length], data: Float32Array.from(values) },
      }),
    );
  shard('model-1.safetensors', 'a', [1, 2, 3]);
  shard('model-2.safetensors', 'b', [4]);
  const index = path.join(at, 'model.safetensors.index.json');
  writeFileSync(
    index,
    JSON.stringify({ weight_map: { a: 'model-1.safetensors', b: 'model-2.safetensors' } }),
  );
  const { tensors, files, stamp } = await inspectCheckpoint(index);
  assert.deepEqual(
    [files, tensors.map(({ name, shape, bytes }) => [name, shape, bytes])],
    [
      2,
      [
        ['a', [3], 12],
        ['b', [1], 4],
      ],
    ],
  );
  const { finite } = await checkpointStatistics({ file: index, stamp, tensors: [0, 1] }, {});
  assert.equal(finite?.mean, 2.5);
});

test('names of any length and content are listed, shortened, and still have their statistics', async (t) => {
  const file = path.join(folder(t), 'model.safetensors');
  const long = 'x'.repeat(10_000);
  const names = ['<img src=x onerror=alert(1)>', 'a\nb', '\u202egnp.exe', '__proto__', long];
  const data = Float32Array.of(7);
  writeFileSync(
    file,
    safetensorsBytes(
      Object.fromEntries(names.map((name) => [name, { dtype: 'F32', shape: [1], data }] as const)),
    ),
  );
  const { tensors, stamp } = await inspectCheckpoint(file);
  assert.deepEqual(
    tensors.slice(0, 3).map(({ name }) => name),
    names.slice(0, 3),
  );
  assert.equal(tensors.at(-1)?.name.length, longestName);
  const last = { file, stamp, tensors: [tensors.length - 1] };
  assert.equal((await checkpointStatistics(last, {})).finite?.mean, 7);
});

test('broken files, files that changed and cancelled readings say so', async (t) => {
  const file = path.join(folder(t), 'model.safetensors');
  await assert.rejects(inspectCheckpoint(file), /cannot be opened: there is no such file/);
  await assert.rejects(inspectCheckpoint(path.dirname(file)), /it is a folder/);
  writeFileSync(file, '<html>');
  await assert.rejects(inspectCheckpoint(file), /the page that a server answered with/);
  const claims = Buffer.alloc(64);
  claims.writeBigUInt64LE(2n ** 60n);
  writeFileSync(file, claims);
  await assert.rejects(inspectCheckpoint(file), /its header claims 1152921504606846976 bytes/);
  const data = new Float32Array(1000);
  writeFileSync(file, safetensorsBytes({ a: { dtype: 'F32', shape: [1000], data } }));
  const { stamp } = await inspectCheckpoint(file);
  const question = { file, stamp, tensors: [0] };
  await assert.rejects(checkpointStatistics(question, { signal: AbortSignal.abort() }), {
    name: 'AbortError',
  });
  await assert.rejects(checkpointStatistics({ ...question, tensors: [1] }, {}), /has no tensor number 1/);
  writeFileSync(file, safetensorsBytes({ b: { dtype: 'F32', shape: [10], data: data.subarray(0, 10) } }));
  await assert.rejects(checkpointStatistics(question, {}), /has changed since it was read/);
  truncateSync(file, 90);
  await assert.rejects(inspectCheckpoint(file), /is cut off or its header lies/);
});
