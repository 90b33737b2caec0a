/** Comparing dumps of activations: values against the direct measures, what is chosen, and what is refused. */
import assert from 'node:assert/strict';
import { readdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import test from 'node:test';
import { compare } from '../../../src/core/compare/compare';
import { RequestError, UserError } from '../../../src/core/errors';
import { measures } from '../../../src/core/similarity/measures';
import { subsampleRows, takeRows } from '../../../src/core/similarity/subsample';
import { rawSafetensors } from '../formats/rawSafetensors';
import { temporaryFolder } from '../formats/temporary';
import { relatedLayers, writeDump } from './dumps';

const userError = (message: RegExp) => (error: unknown) =>
  error instanceof UserError && !(error instanceof RequestError) && message.test(error.message);

test('every measure of every pair of layers is what the measure itself gives', async (t) => {
  const workspace = await temporaryFolder(t);
  const [a, b] = [relatedLayers(30, [5, 8], 1), relatedLayers(30, [7, 4, 9], 2)];
  await writeDump(workspace, 'a.npz', a);
  await writeDump(workspace, 'b.safetensors', b);
  const features = measures.filter(({ on }) => on === 'features');
  const result = await compare(
    { a: 'a.npz', b: 'b.safetensors', measures: features.map(({ id }) => id), seed: 3 },
    { workspace },
  );
  assert.deepEqual([result.n, result.layersA.length, result.layersB.length], [30, 2, 3]);
  assert.deepEqual([result.data, result.split, result.runtime], [null, null, null]);
  for (const measure of features) {
    const found = result.measures[measure.id]!;
    assert.equal(found.larger, measure.larger);
    a.forEach((x, i) => {
      b.forEach((y, j) => {
        const wanted = measure.compare(x, y, { seed: 3 });
        assert.ok(wanted.value !== null);
        const value = found.matrix[i]![j]!;
        assert.ok(
          Math.abs(value - wanted.value) < 1e-9,
          `${measure.id} ${i} ${j}: ${value}, ${wanted.value}`,
        );
      });
    });
  }
});

test('many rows stream by in blocks; measures on all pairs of rows take a seeded part and say so', async (t) => {
  const workspace = await temporaryFolder(t);
  const [a, b] = [relatedLayers(2600, [12, 6], 1), relatedLayers(2600, [9], 2)];
  await writeDump(workspace, 'a.npz', a);
  await writeDump(workspace, 'b.npz', b);
  const ids = ['cka', 'cka-debiased', 'cka-minibatch', 'procrustes', 'mutual-knn'];
  const result = await compare({ a: 'a.npz', b: 'b.npz', measures: ids, seed: 5 }, { workspace });
  assert.deepEqual(Object.keys(result.measures), ids);
  for (const id of ids) {
    const measure = measures.find((one) => one.id === id)!;
    const found = result.measures[id]!;
    const rows = subsampleRows(2600, measure.pairwise ? 1024 : 2600, 5);
    a.forEach((x, i) => {
      const wanted = measure.compare(takeRows(x, rows), takeRows(b[0]!, rows), { seed: 5 });
      assert.ok(Math.abs(found.matrix[i]![0]! - wanted.value!) < 1e-9, `${id} ${i}`);
    });
    assert.equal(found.n, measure.pairwise ? 1024 : undefined);
  }
  assert.deepEqual(result.measures['mutual-knn']!.notes, ['on 1024 of 2600 samples, drawn with seed 5']);
});

test('half precision and float64 read as their values; names are in the order of their numbers', async (t) => {
  const workspace = await temporaryFolder(t);
  const values = [1, -2, 0.5, 4, 8, -1, 3, 0.25, -0.75, 6];
  const wide = Buffer.from(Float64Array.from(values).buffer);
  const half = Buffer.from(
    Uint16Array.of(0x3c00, 0xc000, 0x3800, 0x4400, 0x4800, 0xbc00, 0x4200, 0x3400, 0xba00, 0x4600).buffer,
  );
  const brain = Buffer.from(
    Uint16Array.from(values, (value) => new Uint32Array(Float32Array.of(value).buffer)[0]! >> 16).buffer,
  );
  const header = {
    'block.10': { dtype: 'F64', shape: [5, 2], data_offsets: [0, 80] },
    'block.2': { dtype: 'F16', shape: [5, 2], data_offsets: [80, 100] },
    'block.1': { dtype: 'BF16', shape: [5, 2], data_offsets: [100, 120] },
  };
  await writeFile(
    path.join(workspace, 'a.safetensors'),
    rawSafetensors(header, Buffer.concat([wide, half, brain])),
  );
  const { measures: found, ...result } = await compare(
    { a: 'a.safetensors', b: 'a.safetensors', measures: ['magnitude-difference', 'cka'] },
    { workspace },
  );
  assert.deepEqual(result.layersA, ['block.1', 'block.2', 'block.10']);
  for (const row of found['magnitude-difference']!.matrix) assert.deepEqual(row, [0, 0, 0]);
  for (const value of found.cka!.matrix.flat()) assert.ok(Math.abs(value! - 1) < 1e-12);
});

test('of tokens, cls is the first and mean the others; tokens compare as rows', async (t) => {
  const workspace = await temporaryFolder(t);
  const n = 6;
  const [t3, d] = [3, 2];
  const random = relatedLayers(n * t3, [d], 4)[0]!.data as Float32Array;
  const bytes = Buffer.from(random.buffer);
  const header = { layer: { dtype: 'F32', shape: [n, t3, d], data_offsets: [0, bytes.length] } };
  await writeFile(path.join(workspace, 'tokens.safetensors'), rawSafetensors(header, bytes));
  const cls = new Float32Array(n * d);
  const mean = new Float32Array(n * d);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < d; j++) {
      const token = (k: number) => random[(i * t3 + k) * d + j]!;
      cls[i * d + j] = token(0);
      mean[i * d + j] = (token(1) + token(2)) / 2;
    }
  }
  await writeDump(workspace, 'cls.npz', [{ n, d, data: cls }]);
  await writeDump(workspace, 'mean.npz', [{ n, d, data: mean }]);
  for (const samples of ['cls', 'mean'] as const) {
    const { measures: found } = await compare(
      { a: 'tokens.safetensors', b: `${samples}.npz`, samples, measures: ['procrustes'] },
      { workspace },
    );
    assert.ok(found.procrustes!.matrix[0]![0]! > 1 - 1e-6, samples);
  }
  const all = await compare(
    { a: 'tokens.safetensors', b: 'tokens.safetensors', samples: 'tokens' },
    { workspace },
  );
  assert.deepEqual([all.n, all.images], [n * t3, n]);
  await assert.rejects(
    compare({ a: 'cls.npz', b: 'cls.npz', samples: 'tokens' }, { workspace }),
    userError(/has no array \[n, t, d\] of tokens/),
  );
});

test('layers are chosen by pattern, samples by a limit', async (t) => {
  const workspace = await temporaryFolder(t);
  await writeDump(workspace, 'a.npz', relatedLayers(50, [3, 4, 5], 1));
  const settings = { a: 'a.npz', b: 'a.npz', layers: 'layer.0, *.2', limit: 20 };
  const result = await compare(settings, { workspace });
  assert.deepEqual([result.layersA, result.n], [['layer.0', 'layer.2'], 20]);
  assert.deepEqual(result.notes, ['Compared on 20 of 50 images, drawn with seed 0.']);
  await assert.rejects(
    compare({ ...settings, layers: 'block.*' }, { workspace }),
    userError(/No layer .* is called like "block\.\*"; it has layer\.0, layer\.1, layer\.2/),
  );
});

test('a layer of NaN is null with its reason, and the others have their values', async (t) => {
  const workspace = await temporaryFolder(t);
  const [good, bad] = relatedLayers(20, [3, 4], 1);
  bad!.data.fill(Number.NaN);
  await writeDump(workspace, 'a.npz', [good!, bad!]);
  const { measures: found } = await compare(
    { a: 'a.npz', b: 'a.npz', measures: ['cka', 'cca'] },
    { workspace },
  );
  for (const id of ['cka', 'cca']) {
    const { matrix, why } = found[id]!;
    assert.ok(Math.abs(matrix[0]![0]! - 1) < 1e-9);
    assert.deepEqual([matrix[0]![1], matrix[1]![0], matrix[1]![1]], [null, null, null]);
    assert.deepEqual(why![0], { a: 'layer.0', b: 'layer.1', why: 'sample 0 holds NaN in feature 0' });
  }
});

test('what cannot be compared is refused in one sentence', async (t) => {
  const workspace = await temporaryFolder(t);
  await writeDump(workspace, 'a.npz', relatedLayers(20, [3], 1));
  await writeDump(workspace, 'short.npz', relatedLayers(17, [3], 1));
  await writeDump(workspace, 'three.npz', relatedLayers(3, [3], 1));
  const whole = rawSafetensors({ x: { dtype: 'F32', shape: [4], data_offsets: [0, 16] } }, 16);
  await writeFile(path.join(workspace, 'flat.safetensors'), whole);
  await writeFile(path.join(workspace, 'cut.safetensors'), whole.subarray(0, whole.length - 3));
  const ints = rawSafetensors({ x: { dtype: 'I32', shape: [2, 2], data_offsets: [0, 16] } }, 16);
  await writeFile(path.join(workspace, 'ints.safetensors'), ints);
  const against = (b: string) => compare({ a: 'a.npz', b }, { workspace });
  await assert.rejects(against('short.npz'), userError(/has 20 samples and .* has 17/));
  await assert.rejects(
    against('flat.safetensors'),
    userError(/"x" .* has the shape \[4\]; a layer is \[n, d\]/),
  );
  await assert.rejects(against('cut.safetensors'), userError(/cut off/));
  await assert.rejects(against('ints.safetensors'), userError(/type I32; representations are floats/));
  await assert.rejects(
    compare({ a: 'three.npz', b: 'three.npz' }, { workspace }),
    userError(/needs at least 4 samples and has 3/),
  );
  const { measures } = await compare(
    { a: 'three.npz', b: 'three.npz', measures: ['cka', 'cka-debiased'] },
    { workspace },
  );
  assert.ok(Math.abs(measures.cka!.matrix[0]![0]! - 1) < 1e-12);
  assert.deepEqual(measures['cka-debiased']!.matrix, [[null]]);
  assert.match(measures['cka-debiased']!.why![0]!.why, /needs at least 4 samples and has 3/);
});

test('a request that is wrong in itself says so', async (t) => {
  const workspace = await temporaryFolder(t);
  await writeDump(workspace, 'a.npz', relatedLayers(20, [3], 1));
  const refused = (message: RegExp) => (error: unknown) =>
    error instanceof RequestError && message.test(error.message);
  await assert.rejects(
    compare({ a: 'a.npz', b: 'a.npz', measures: ['ckaa'] }, { workspace }),
    refused(/no similarity measure "ckaa"; choose from cka, cka-debiased/),
  );
  await assert.rejects(
    compare({ a: 'a.npz' }, { workspace }),
    refused(/Name what .*a\.npz is to be compared with/),
  );
  await assert.rejects(compare({ a: 'a.npz', b: workspace }, { workspace }), refused(/with --data/));
});

test('the same comparison is computed once, and again when the content changed', async (t) => {
  const workspace = await temporaryFolder(t);
  await writeDump(workspace, 'a.npz', relatedLayers(20, [3], 1));
  await writeDump(workspace, 'b.npz', relatedLayers(20, [3], 2));
  const stages: string[] = [];
  const run = () =>
    compare({ a: 'a.npz', b: 'b.npz' }, { workspace, onProgress: ({ stage }) => stages.push(stage) });
  const first = await run();
  assert.ok(stages.includes('Comparing the images'));
  stages.length = 0;
  assert.deepEqual(await run(), first);
  assert.ok(!stages.includes('Comparing the images'));
  await writeDump(workspace, 'b.npz', relatedLayers(20, [3], 3));
  const changed = await run();
  assert.notDeepEqual(changed.measures, first.measures);
  assert.equal((await readdir(path.join(workspace, '.repsim', 'compare'))).length, 2);
});

test('cancelling ends it with the reason and leaves no result', async (t) => {
  const workspace = await temporaryFolder(t);
  await writeDump(workspace, 'a.npz', relatedLayers(60, [8, 8, 8, 8], 1));
  const abort = new AbortController();
  const reason = new Error('enough');
  const running = compare(
    { a: 'a.npz', b: 'a.npz', measures: ['procrustes'] },
    {
      workspace,
      signal: abort.signal,
      onProgress: ({ stage, done }) => {
        if (stage.startsWith('Comparing the layers') && done === 3) abort.abort(reason);
      },
    },
  );
  await assert.rejects(running, (error) => error === reason);
  assert.ok(!(await readdir(workspace)).includes('.repsim'));
});
