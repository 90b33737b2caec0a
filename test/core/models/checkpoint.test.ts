/** Checkpoints in and out: nothing but what finetuning changes may change. */
import assert from 'node:assert/strict';
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import test from 'node:test';
import type { HostTensor } from '../../../src/core/compute/runtime';
import { UserError } from '../../../src/core/errors';
import { openSafetensors } from '../../../src/core/formats/safetensors';
import { writeSafetensors } from '../../../src/core/formats/safetensorsWriter';
import { loadCheckpoint, withHead } from '../../../src/core/models/checkpoint';
import type { UnderstoodLayout } from '../../../src/core/models/layouts/layout';
import { readParameters } from '../../../src/core/models/readParameters';
import { saveCheckpoint, writeCheckpointFiles } from '../../../src/core/models/saveCheckpoint';
import { copyOf, fixtures, sample, tensorsOf } from './fixtures';

const readJson = async (...parts: string[]): Promise<Record<string, unknown>> =>
  JSON.parse(await readFile(path.join(...parts), 'utf8'));

for (const [name, folder] of [
  ['hf-vit', path.join(fixtures, 'hf-vit')],
  ['the bundled sample', sample],
] as const) {
  test(`${name}: what is saved unchanged is the file that was loaded, byte by byte`, async (t) => {
    const checkpoint = await loadCheckpoint(folder);
    const out = path.join(await copyOf(t), '..', 'out');
    await saveCheckpoint(out, checkpoint, checkpoint.parameters);
    assert.deepEqual((await readdir(out)).sort(), [
      'config.json',
      'model.safetensors',
      'preprocessor_config.json',
    ]);
    for (const file of ['model.safetensors', 'preprocessor_config.json']) {
      assert.deepEqual(await readFile(path.join(out, file)), await readFile(path.join(folder, file)), file);
    }
    assert.deepEqual(await readJson(out, 'config.json'), await readJson(folder, 'config.json'));
    const { folder: _, files, source: _source, model: _model, ...again } = await loadCheckpoint(out);
    assert.deepEqual(files.map((file) => path.basename(file)).sort(), (await readdir(out)).sort());
    const { parameters, labels, preprocessing, notes } = checkpoint;
    assert.deepEqual(again, { parameters, labels, preprocessing, notes });
  });
}

for (const variant of ['modern', 'wrapped', 'bare', 'sharded']) {
  test(`the variant "${variant}" is saved with the shapes and values that it had, under names that transformers knows`, async (t) => {
    const folder = await copyOf(t, path.join('variants', variant));
    const checkpoint = await loadCheckpoint(folder);
    const out = `${folder}-out`;
    await saveCheckpoint(out, checkpoint, checkpoint.parameters);
    const files = (await readdir(folder)).filter((file) => /^model.*\.safetensors$/.test(file));
    const parts = await Promise.all(files.map((file) => tensorsOf(path.join(folder, file))));
    const expected = Object.entries<HostTensor>(Object.assign({}, ...parts)).map(
      ([name, tensor]) => [name.replace(/^model\.backbone\./, ''), tensor] as const,
    );
    assert.deepEqual(await tensorsOf(path.join(out, 'model.safetensors')), Object.fromEntries(expected));
    const config = await readFile(path.join(out, 'config.json'), 'utf8');
    assert.match(config, /"hidden_dropout_prob": 0\.0,/, 'untouched members keep their text');
    assert.equal((await readJson(out, 'config.json')).torch_dtype, 'float32');
  });
}

for (const [dtype, code] of [
  ['float16', 'F16'],
  ['bfloat16', 'BF16'],
] as const) {
  test(`${dtype} weights are computed with in float32 and saved in ${dtype}, with a note that says so`, async (t) => {
    const folder = await copyOf(t, 'hf-vit', `hf-vit-${dtype}`);
    const out = `${folder}-out`;
    const checkpoint = await loadCheckpoint(folder);
    assert.match(checkpoint.notes[0]!, new RegExp(`are in ${dtype}: .* saved in ${dtype} again`));
    await saveCheckpoint(out, checkpoint, checkpoint.parameters);
    for (const file of ['model.safetensors', 'preprocessor_config.json']) {
      assert.deepEqual(await readFile(path.join(out, file)), await readFile(path.join(folder, file)));
    }
    assert.equal((await readJson(out, 'config.json')).dtype, dtype);
    const headed = withHead(checkpoint, ['a', 'b'], 1);
    await saveCheckpoint(out, headed, headed.parameters);
    const saved = await openSafetensors(path.join(out, 'model.safetensors'));
    assert.deepEqual([...new Set([...saved.entries.values()].map((entry) => entry.dtype))], [code]);
    await saved.close();

    await writeCheckpointFiles(out, checkpoint, checkpoint.parameters, { exact: true });
    const exact = await openSafetensors(path.join(out, 'model.safetensors'));
    assert.deepEqual([...new Set([...exact.entries.values()].map((entry) => entry.dtype))], ['F32']);
    await exact.close();
    assert.equal((await readJson(out, 'config.json')).dtype, 'float32');
    assert.deepEqual((await loadCheckpoint(out)).parameters, checkpoint.parameters);
  });
}

for (const [dtype, largest, outgrown] of [
  ['float16', 65_519.99, 65_520],
  ['bfloat16', 2 ** 128 - 2 ** 119 - 2 ** 104, 2 ** 128 - 2 ** 119],
] as const) {
  test(`weights that a training made too large for ${dtype} are saved in float32, with a note`, async (t) => {
    const folder = await copyOf(t, 'hf-vit', `hf-vit-${dtype}`);
    const checkpoint = await loadCheckpoint(folder);
    const out = `${folder}-out`;
    const grown = (value: number) => {
      const { shape, data } = checkpoint.parameters['head.bias']!;
      const bias = { shape, dtype: 'float32', data: Float32Array.from(data).fill(-value, 1, 2) } as const;
      return { ...checkpoint.parameters, 'head.bias': bias };
    };
    assert.deepEqual(await saveCheckpoint(out, checkpoint, grown(largest)), []);
    assert.equal((await readJson(out, 'config.json')).dtype, dtype);
    const [note] = await saveCheckpoint(out, checkpoint, grown(outgrown));
    assert.match(
      note!,
      new RegExp(`weights of classifier\\.bias too large for ${dtype}: .* saved in float32`),
    );
    assert.equal((await readJson(out, 'config.json')).dtype, 'float32');
    assert.deepEqual((await loadCheckpoint(out)).parameters, grown(outgrown));
  });
}

test('finetuned parameters are what a reload gives', async (t) => {
  const folder = await copyOf(t, 'hf-vit');
  const checkpoint = await loadCheckpoint(folder);
  const changed = Object.fromEntries(
    Object.entries(checkpoint.parameters).map(([name, tensor]) => [
      name,
      { ...tensor, data: Float32Array.from(tensor.data, (value, i) => value + i / 1000) },
    ]),
  );
  await saveCheckpoint(folder, checkpoint, changed);
  assert.deepEqual((await loadCheckpoint(folder)).parameters, changed);
  assert.deepEqual(await readdir(path.dirname(folder)), ['checkpoint'], 'nothing temporary is left');
});

test('cancelling stops the reading of a checkpoint, with the reason', async () => {
  const controller = new AbortController();
  const reason = new Error('enough');
  const weights = await openSafetensors(path.join(fixtures, 'hf-vit', 'model.safetensors'));
  try {
    const shape = [1000, 10_000];
    const stored = [{ name: 'large', shape }];
    const layout = {
      model: { parameters: { large: { shape, dtype: 'float32' } } },
      parts: new Map([['large', stored]]),
    };
    let reads = 0;
    weights.readFloats = async () => {
      reads++;
      controller.abort(reason);
    };
    const reading = readParameters(weights, layout as unknown as UnderstoodLayout, controller.signal);
    await assert.rejects(reading, (error) => error === reason);
    assert.equal(reads, 1, 'of 39 pieces');
  } finally {
    await weights.close();
  }
  await assert.rejects(
    loadCheckpoint(path.join(fixtures, 'hf-vit'), controller.signal),
    (error) => error === reason,
  );
});

test('a new head: seeded normal weights of deviation 0.02, zero biases, and a body that is shared', async () => {
  const checkpoint = await loadCheckpoint(sample);
  const labels = Array.from({ length: 50 }, (_, i) => `kind ${i}`);
  const first = withHead(checkpoint, labels, 1);
  assert.equal(first.model.classes, 50);
  assert.deepEqual(first.labels, labels);
  const { 'head.weight': weight, 'head.bias': bias, ...body } = first.parameters;
  assert.deepEqual(weight!.shape, [50, 96]);
  assert.deepEqual([...bias!.data], Array(50).fill(0));
  const values = [...weight!.data];
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const deviation = Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length);
  // Four standard errors of 4800 draws.
  assert.ok(Math.abs(mean) < 4 * (0.02 / Math.sqrt(4800)), `mean ${mean}`);
  assert.ok(Math.abs(deviation - 0.02) < 4 * (0.02 / Math.sqrt(9600)), `deviation ${deviation}`);
  for (const [name, tensor] of Object.entries(body)) assert.equal(tensor, checkpoint.parameters[name]);
  assert.deepEqual(withHead(checkpoint, labels, 1).parameters, first.parameters);
  assert.notDeepEqual(withHead(checkpoint, labels, 2).parameters['head.weight'], weight);
});

test('the head stays where the labels are exactly the same', async () => {
  const checkpoint = await loadCheckpoint(path.join(fixtures, 'hf-vit'));
  assert.equal(withHead(checkpoint, ['cat', 'cup', 'cameraman', 'coin', 'rocket'], 3), checkpoint);
  assert.notEqual(withHead(checkpoint, ['cup', 'cat', 'cameraman', 'coin', 'rocket'], 3), checkpoint);
});

test('a new head is saved with its labels, and everything else of config.json as it was', async (t) => {
  const folder = await copyOf(t, 'hf-vit');
  const before = await readJson(folder, 'config.json');
  const labels = ['left', 'right', '__proto__', 'left'];
  const checkpoint = withHead(await loadCheckpoint(folder), labels, 1);
  await saveCheckpoint(`${folder}-out`, checkpoint, checkpoint.parameters);
  const { id2label, label2id, ...after } = await readJson(`${folder}-out`, 'config.json');
  const { id2label: _, label2id: _old, ...others } = before;
  assert.deepEqual(after, others);
  assert.deepEqual(id2label, { 0: 'left', 1: 'right', 2: '__proto__', 3: 'left' });
  assert.deepEqual(Object.entries(label2id as object), [
    ['left', 3],
    ['right', 1],
    ['__proto__', 2],
  ]);
  assert.deepEqual((await loadCheckpoint(`${folder}-out`)).labels, labels);
});

test('num_labels follows a new head, and the problem of the old one is forgotten', async (t) => {
  const folder = await copyOf(t, 'hf-vit');
  const config = await readJson(folder, 'config.json');
  await writeFile(
    path.join(folder, 'config.json'),
    JSON.stringify({ ...config, num_labels: 5, problem_type: 'regression' }),
  );
  const checkpoint = withHead(await loadCheckpoint(folder), ['a', 'b'], 1);
  await saveCheckpoint(folder, checkpoint, checkpoint.parameters);
  const after = await readJson(folder, 'config.json');
  assert.deepEqual([after.num_labels, after.problem_type], [2, undefined]);
});

test('a bare ViTModel has no labels; with a head it becomes a file of ViTForImageClassification', async (t) => {
  const folder = await copyOf(t, 'hf-vit');
  const weights = path.join(folder, 'model.safetensors');
  const classic = await tensorsOf(weights);
  const pooler = { shape: [48], dtype: 'float32', data: new Float32Array(48).fill(3) } as const;
  const bare = Object.entries(classic)
    .filter(([name]) => !name.startsWith('classifier'))
    .map(([name, tensor]): [string, typeof pooler] => [name.replace('vit.', ''), tensor as typeof pooler]);
  await writeSafetensors(weights, new Map([...bare, ['pooler.dense.bias', pooler]]));
  const config = await readJson(folder, 'config.json');
  await writeFile(
    path.join(folder, 'config.json'),
    JSON.stringify({ ...config, architectures: ['ViTModel'] }),
  );

  const checkpoint = await loadCheckpoint(folder);
  assert.deepEqual([checkpoint.labels, checkpoint.model.classes], [[], 0]);
  await saveCheckpoint(`${folder}-same`, checkpoint, checkpoint.parameters);
  assert.deepEqual(await readFile(path.join(`${folder}-same`, 'model.safetensors')), await readFile(weights));
  assert.deepEqual((await readJson(`${folder}-same`, 'config.json')).architectures, ['ViTModel']);

  const headed = withHead(checkpoint, ['a', 'b'], 1);
  await saveCheckpoint(`${folder}-out`, headed, headed.parameters);
  const names = Object.keys(await tensorsOf(path.join(`${folder}-out`, 'model.safetensors')));
  assert.deepEqual(names.sort(), [...Object.keys(classic), 'vit.pooler.dense.bias'].sort());
  assert.deepEqual((await readJson(`${folder}-out`, 'config.json')).architectures, [
    'ViTForImageClassification',
  ]);
  assert.deepEqual((await loadCheckpoint(`${folder}-out`)).labels, ['a', 'b']);
});

test('without preprocessor_config.json ViT is assumed, said in a note, and written beside what is saved', async (t) => {
  const folder = await copyOf(t, 'variants/wrapped');
  const checkpoint = await loadCheckpoint(folder);
  assert.equal(checkpoint.notes.length, 1);
  assert.match(checkpoint.notes[0]!, /has no preprocessor_config\.json: images are resized to 6x9/);
  await saveCheckpoint(folder, checkpoint, checkpoint.parameters);
  const again = await loadCheckpoint(folder);
  assert.deepEqual(again.preprocessing, checkpoint.preprocessing);
  assert.deepEqual(again.notes, []);
});

test('weights of torchvision alone are prepared as its evaluation does, said in a note, and so again when saved', async (t) => {
  const folder = await copyOf(t, 'libraries/torchvision-vit-old');
  await rm(path.join(folder, 'expected.safetensors'));
  const { preprocessing, notes } = await loadCheckpoint(path.join(folder, 'checkpoint.pth'));
  assert.deepEqual(preprocessing, {
    resize: { kind: 'shortest', edge: 18 },
    filter: 'bilinear',
    crop: { height: 16, width: 16 },
    cropRounding: 'half-even',
    scale: 1 / 255,
    mean: [0.485, 0.456, 0.406],
    std: [0.229, 0.224, 0.225],
  });
  assert.match(notes[0]!, /the weights are those of its entry model/);
  assert.match(notes[1]!, /the shorter side of images is resized to 18 and 16x16 cut out/);
  assert.match(notes[2]!, /how many attention heads it has: 1 are taken/);
  const checkpoint = await loadCheckpoint(folder);
  await saveCheckpoint(`${folder}-out`, checkpoint, checkpoint.parameters);
  assert.deepEqual((await loadCheckpoint(`${folder}-out`)).preprocessing, preprocessing);
});

test('a run is its final checkpoint, else its last one, else what the last one replaced', async (t) => {
  const run = await copyOf(t);
  const put = async (name: string, epsilon: number): Promise<void> => {
    const folder = path.join(run, 'checkpoints', name);
    await mkdir(path.dirname(folder), { recursive: true });
    await rename(await copyOf(t, 'hf-vit'), folder);
    const config = await readJson(folder, 'config.json');
    await writeFile(path.join(folder, 'config.json'), JSON.stringify({ ...config, layer_norm_eps: epsilon }));
  };
  await mkdir(run, { recursive: true });
  await writeFile(path.join(run, 'run.json'), '{}');
  await assert.rejects(loadCheckpoint(run), {
    name: 'UserError',
    message: /has no checkpoint: if it goes on, wait/,
  });
  for (const [i, name] of ['last.previous', 'last', 'final'].entries()) {
    await put(name, 1e-6 * (i + 1));
    assert.equal((await loadCheckpoint(run)).folder, path.join(run, 'checkpoints', name));
  }
});

test('a folder that cannot be written is one sentence, and what was there stays', async (t) => {
  const folder = await copyOf(t, 'hf-vit');
  const checkpoint = await loadCheckpoint(folder);
  const file = path.join(folder, 'config.json');
  await assert.rejects(
    saveCheckpoint(path.join(file, 'out'), checkpoint, checkpoint.parameters),
    (error) => error instanceof UserError && error.message.includes('cannot be written'),
  );
  const { 'head.bias': _, ...incomplete } = checkpoint.parameters;
  await assert.rejects(saveCheckpoint(folder, checkpoint, incomplete), /head\.bias is missing/);
  assert.deepEqual(await readdir(path.dirname(folder)), ['checkpoint']);
  assert.deepEqual((await loadCheckpoint(folder)).parameters, checkpoint.parameters);
  await rm(folder, { recursive: true });
});
