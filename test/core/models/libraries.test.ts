/** Every layout against the library that owns it: all blocks, the embedding and the logits, also for images of another size. */
import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import test from 'node:test';
import * as tf from '@tensorflow/tfjs-core';
import { valueAndGradient } from '../../../src/core/compute/differentiate';
import { openRuntime } from '../../../src/core/compute/open';
import type { HostTensor } from '../../../src/core/compute/runtime';
import { openSafetensors } from '../../../src/core/formats/safetensors';
import { type Checkpoint, loadCheckpoint, withHead } from '../../../src/core/models/checkpoint';
import { saveCheckpoint } from '../../../src/core/models/saveCheckpoint';
import { partsOf } from '../../../src/core/models/storedParts';
import { assertAllClose } from '../../support/allClose';
import { runProgram } from '../../support/runProgram';
import { assertClose, copyOf, fixtures, forward, runtimes, tensorsOf } from './fixtures';

const names = readdirSync(path.join(fixtures, 'libraries')).sort();
const float32Tolerance = 2e-5;

/** The checkpoint as it is, and with a preprocessing that makes images of the alternative size. */
async function prepared(folder: string, pixels: readonly number[]): Promise<Checkpoint> {
  const [, , height, width] = pixels;
  const content = { size: { height, width } };
  await writeFile(path.join(folder, 'preprocessor_config.json'), JSON.stringify(content));
  return loadCheckpoint(folder);
}

async function assertOutputs(
  checkpoint: Checkpoint,
  expected: Awaited<ReturnType<typeof tensorsOf>>,
  prefix: string,
  runtime: (typeof runtimes)[number],
): Promise<void> {
  const outputs = await forward(runtime, checkpoint, expected[`${prefix}pixel_values`]!);
  const { pooled, ...others } = outputs;
  const renamed = { ...others, final: pooled! };
  for (const [name, output] of Object.entries(renamed)) {
    const wanted = expected[prefix + name];
    if (wanted === undefined) assert.equal(output.data.length, 0, `${name} is not in the library's model`);
    else assertClose(output, wanted, float32Tolerance, `${prefix}${name}`);
  }
  const wantedNames = Object.keys(expected).filter(
    (name) => name.startsWith('alt.') === (prefix !== '') && !name.includes('slope.'),
  );
  assert.equal(wantedNames.length - 1, Object.values(renamed).filter(({ data }) => data.length > 0).length);
}

for (const name of names) {
  test(`${name}: every block, embedding and logits are those of the library`, async (t) => {
    const folder = await copyOf(t, path.join('libraries', name));
    const expected = await tensorsOf(path.join(folder, 'expected.safetensors'));
    await removeExpected(folder);
    for (const prefix of ['', 'alt.']) {
      const checkpoint = await prepared(folder, expected[`${prefix}pixel_values`]!.shape);
      assert.equal(
        checkpoint.notes.some((note) => /position embeddings are interpolated/.test(note)),
        prefix !== '',
      );
      for (const runtime of runtimes) await assertOutputs(checkpoint, expected, prefix, runtime);
    }
  });

  test(`${name}: what is saved has the tensors that were read, byte for byte`, async (t) => {
    const folder = await copyOf(t, path.join('libraries', name));
    await removeExpected(folder);
    const checkpoint = await loadCheckpoint(folder);
    const out = `${folder}-out`;
    await saveCheckpoint(out, checkpoint, checkpoint.parameters);
    const again = await loadCheckpoint(out);
    assert.deepEqual(again.parameters, checkpoint.parameters);
    assert.deepEqual(again.preprocessing, checkpoint.preprocessing);
    assert.deepEqual(again.labels, checkpoint.labels);
    assert.deepEqual([...again.source.kept], [...checkpoint.source.kept]);
    const source = (await readdir(folder)).find((file) => file.endsWith('.safetensors'));
    if (source === undefined) return;
    assert.deepEqual(
      await storedIn(path.join(out, 'model.safetensors')),
      await storedIn(path.join(folder, source)),
    );
    const config = await readFile(path.join(folder, 'config.json'), 'utf8');
    assert.deepEqual(JSON.parse(await readFile(path.join(out, 'config.json'), 'utf8')), JSON.parse(config));
  });
}

/** What the fixtures call the slope of a tensor: products of its gradient with two waves, and its norm. */
function slopeOf(gradient: HostTensor['data']): [number, number, number] {
  let [first, second, squares] = [0, 0, 0];
  for (const [i, value] of gradient.entries()) {
    first += value * Math.cos(i);
    second += value * Math.cos(2 * i + 1);
    squares += value * value;
  }
  return [first, second, Math.sqrt(squares)];
}

/** The slope of every stored tensor, by its name. */
async function slopes(
  runtimeName: (typeof runtimes)[number],
  { model, parameters, source }: Checkpoint,
  images: HostTensor,
): Promise<Map<string, [number, number, number]>> {
  const runtime = await openRuntime(runtimeName, { threads: 1 });
  const outputs = model.classes > 0 ? 'logits' : 'final';
  const { gradient } = await runProgram(
    runtime,
    (inputs) => {
      const { gradient } = valueAndGradient((trained) => {
        const values = tf.reshape(model.forward(trained, inputs.batch!.images!)[outputs], [-1]);
        const wave = Float32Array.from({ length: values.size }, (_, k) => Math.cos(k));
        return tf.sum(tf.mul(values, tf.tensor1d(wave)));
      }, inputs.parameters!);
      return { gradient };
    },
    { parameters, batch: { images } },
  );
  await runtime.dispose();
  const found = new Map<string, [number, number, number]>();
  for (const [name, { data }] of partsOf(source.layout, gradient!)) found.set(name, slopeOf(data));
  return found;
}

for (const name of names) {
  for (const runtime of runtimes) {
    test(`${name}: the gradient of every tensor on ${runtime} is that of the library`, async (t) => {
      const folder = await copyOf(t, path.join('libraries', name));
      const expected = await tensorsOf(path.join(folder, 'expected.safetensors'));
      await removeExpected(folder);
      for (const prefix of ['', 'alt.']) {
        const wanted = Object.keys(expected).filter((key) => key.startsWith(`${prefix}slope.`));
        if (prefix === '') assert.ok(wanted.length >= 30, `${wanted.length} gradients`);
        if (wanted.length === 0) continue;
        const checkpoint = await prepared(folder, expected[`${prefix}pixel_values`]!.shape);
        const found = await slopes(runtime, checkpoint, expected[`${prefix}pixel_values`]!);
        const norms = wanted.map((key) => expected[key]!.data[2]!);
        const smallest = 1e-5 * Math.max(...norms);
        for (const key of wanted) {
          const tensor = key.slice(`${prefix}slope.`.length);
          const slope = found.get(tensor);
          const [, , norm] = expected[key]!.data;
          // Products with a wave cancel: they are measured by the norm.
          assertAllClose(slope!, expected[key]!.data, { absolute: Math.max(smallest, 1e-4 * norm!) }, key);
        }
      }
    });
  }

  test(`${name}: a new head is saved with its labels, and what it does not use is kept`, async (t) => {
    const folder = await copyOf(t, path.join('libraries', name));
    await removeExpected(folder);
    const checkpoint = await loadCheckpoint(folder);
    const labels = ['left', 'right', 'up', 'down'];
    const headed = withHead(checkpoint, labels, 1);
    const out = `${folder}-out`;
    await saveCheckpoint(out, headed, headed.parameters);
    const again = await loadCheckpoint(out);
    assert.deepEqual(again.labels, labels);
    assert.deepEqual(again.parameters, headed.parameters);
    assert.equal(again.model.classes, 4);
    const stored = await storedIn(path.join(out, 'model.safetensors'));
    // A file without a head is one of the bare model, whose tensors take the names of the one with a head.
    const renamed = checkpoint.model.classes === 0 && name.startsWith('hf-');
    const { parts, kept } = checkpoint.source.layout;
    const before = [...[...parts.values()].flat(), ...kept.values()];
    if (!renamed) for (const part of before) assert.ok(part.name in stored, `${part.name} is still there`);
    const architectures: unknown = JSON.parse(
      await readFile(path.join(out, 'config.json'), 'utf8'),
    ).architectures;
    assert.deepEqual(architectures, headedArchitectures[name]);
  });
}

/** What transformers calls the networks once they have a head for classes. */
const headedArchitectures: Readonly<Record<string, readonly string[] | undefined>> = {
  'hf-clip': ['CLIPForImageClassification'],
  'hf-clip-classifier': ['CLIPForImageClassification'],
  'hf-clip-projection': ['CLIPForImageClassification'],
  'hf-clip-vision': ['CLIPForImageClassification'],
  'hf-deit': ['DeiTForImageClassification'],
  'hf-deit-distilled': ['DeiTForImageClassificationWithTeacher'],
  'hf-dinov2': ['Dinov2ForImageClassification'],
  'hf-dinov2-registers': ['Dinov2WithRegistersForImageClassification'],
  'hf-dinov2-swiglu': ['Dinov2ForImageClassification'],
  'hf-vit': ['ViTForImageClassification'],
};

/** Dtype, shape and bytes of every tensor. */
async function storedIn(file: string): Promise<Record<string, unknown>> {
  const source = await openSafetensors(file);
  const stored: Record<string, unknown> = {};
  for (const { name, dtype, shape } of source.entries.values()) {
    stored[name] = { dtype, shape, bytes: await source.bytesOf(name) };
  }
  await source.close();
  return stored;
}

async function removeExpected(folder: string): Promise<void> {
  await rm(path.join(folder, 'expected.safetensors'));
}
