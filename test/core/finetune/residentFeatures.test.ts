/** Features of the frozen network on the device: the same numbers, and a step that is sent no more than rows. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { OutOfMemoryError } from '../../../src/core/compute/deviceErrors';
import { openRuntime } from '../../../src/core/compute/open';
import { isDeviceTensor, type Runtime } from '../../../src/core/compute/runtime';
import { augment, augmentationRandom } from '../../../src/core/data/augment';
import type { Split } from '../../../src/core/data/dataset';
import { resumeFinetune } from '../../../src/core/finetune/finetune';
import { createFrozenFeatures } from '../../../src/core/finetune/frozenFeatures';
import { compileNetwork } from '../../../src/core/finetune/network';
import { createResidentFeatures } from '../../../src/core/finetune/residentFeatures';
import { loadCheckpoint } from '../../../src/core/models/checkpoint';
import { createRandom } from '../../../src/core/random';
import { readRun } from '../../../src/core/runs/readRun';
import type { FinetuneResult } from '../../../src/protocol/runs';
import type { FinetuneRequest } from '../../../src/protocol/settings';
import { runOn } from './runOn';
import { checkpoint, weightsOf } from './tinyJob';

const size = { height: 32, width: 32 };
const imageLength = 3 * size.height * size.width;

/** Random images, and how often each was read. */
function countedSplit(count: number): { split: Split; reads: number[] } {
  const random = createRandom(5);
  const images = Uint8Array.from({ length: count * imageLength }, () => random.integer(256));
  const reads = Array.from({ length: count }, () => 0);
  const split: Split = {
    count,
    labels: new Int32Array(count),
    async pixels(indices) {
      const pixels = new Uint8Array(indices.length * imageLength);
      for (let i = 0; i < indices.length; i++) {
        reads[indices[i]!]! += 1;
        pixels.set(
          images.subarray(indices[i]! * imageLength, (indices[i]! + 1) * imageLength),
          i * imageLength,
        );
      }
      return pixels;
    },
  };
  return { split, reads };
}

for (const mirrored of [false, true]) {
  test(`rows are gathered to the bit, ${mirrored ? 'mirror images too' : 'images as they are'}; what was missing is computed`, async (t) => {
    const runtime = await openRuntime('onnx-cpu', { threads: 1 });
    t.after(() => runtime.dispose());
    const { model, preprocessing, parameters } = await loadCheckpoint(checkpoint);
    const network = await compileNetwork(runtime, model, preprocessing, 3);
    const { split, reads } = countedSplit(40);
    const layers = ['block.1', 'final'];
    const length = layers.reduce((sum, layer) => sum + model.widths[layer]!, 0);
    const features = createFrozenFeatures(network, parameters, layers, split.count, true);
    t.after(() => features.dispose());

    // A first batch, as the augmentation mirrors it.
    const indices = Int32Array.of(3, 0, 39, 7);
    const plain = await split.pixels(indices);
    const { pixels, flipped } = augment(plain, size, mirrored ? 'flip' : 'none', augmentationRandom(1, 0, 0));
    const keys = indices.map((index, i) => 2 * index + flipped[i]!);
    if (mirrored) assert.ok(flipped.includes(0) && flipped.includes(1));
    const first = await features.of(keys, pixels);
    reads.fill(0);

    const stages: string[] = [];
    const resident = await createResidentFeatures({
      ...{ runtime, features, length, split, size, mirrored, batch: 4 },
      onProgress: ({ stage, done, total }) => stages.push(`${stage}: ${done} of ${total}`),
    });
    t.after(() => resident!.dispose());
    const missing = mirrored ? 76 : 36;
    const chunks = Array.from({ length: Math.ceil(missing / 32) }, (_, i) => 32 * i);
    assert.deepEqual(
      stages,
      chunks.map((done) => `Computing the representations: ${done} of ${missing}`),
    );
    assert.equal(
      reads.reduce((sum, n) => sum + n, 0),
      missing,
    );

    const gathered = await resident!.of(keys);
    for (const layer of layers) assert.deepEqual(await gathered[layer]!.read(), first[layer], layer);

    // The mirror image of one that came as it is, made by the augmentation and through the network by itself.
    const other = keys.map((key) => (mirrored ? key ^ 1 : (key + 2) % (2 * split.count)));
    const images = (await split.pixels(other.map((key) => key >> 1))).slice();
    for (const [i, key] of other.entries()) {
      if (key % 2 === 0) continue;
      const at = i * imageLength;
      const image = images.slice(at, at + imageLength);
      for (let place = 0; place < imageLength; place++) {
        const column = place % size.width;
        images[at + place] = image[place - column + (size.width - 1 - column)]!;
      }
    }
    const wanted = layers.map((name) => ({ group: 'cls' as const, name }));
    const direct = await network.evaluate(
      parameters,
      { pixels: async (at) => images.subarray(at[0]! * imageLength, (at[at.length - 1]! + 1) * imageLength) },
      [0, 1, 2, 3],
      wanted,
    );
    const again = await resident!.of(other);
    for (const [l, layer] of layers.entries()) {
      const values = await again[layer]!.read();
      direct[l]!.data.forEach((value, i) => {
        assert.ok(Math.abs(value - values[i]!) < 1e-5, `${layer}[${i}]: ${values[i]} for ${value}`);
      });
    }
  });
}

test('more than the device is asked to hold stays in ordinary memory, and nothing is computed for it', async (t) => {
  const runtime = await openRuntime('onnx-cpu', { threads: 1 });
  t.after(() => runtime.dispose());
  const { model, preprocessing, parameters } = await loadCheckpoint(checkpoint);
  const network = await compileNetwork(runtime, model, preprocessing, 3);
  const { split, reads } = countedSplit(4);
  const features = createFrozenFeatures(network, parameters, ['final'], split.count, true);
  // 4 images and mirror images of 8 Mi values of 4 bytes are 256 MiB.
  const options = { runtime, features, split, size, mirrored: true, batch: 2 };
  assert.equal(await createResidentFeatures({ ...options, length: 2 ** 23 + 1 }), undefined);
  assert.deepEqual(reads, [0, 0, 0, 0]);
});

/** The CPU as if it were a device; tells the bytes that each run of a program with scalars, a step, is sent by group. */
async function likeDevice({ refuse = (_step: number): boolean => false, takesTables = true } = {}) {
  const runtime = await openRuntime('onnx-cpu', { threads: 1 });
  const steps: Record<string, number>[] = [];
  let rows = 0;
  const device: Runtime = {
    ...{ name: runtime.name, device: runtime.device, keepsUploads: true },
    async compile(fn, signature, options) {
      const program = await runtime.compile(fn, signature, options);
      return {
        dispose: () => program.dispose(),
        async run(inputs) {
          const bytes = (group: string) =>
            Object.values(inputs[group] ?? {}).reduce(
              (sum, tensor) => sum + (isDeviceTensor(tensor) ? 0 : tensor.data.byteLength),
              0,
            );
          if (signature.tables) {
            assert.equal(bytes('tables'), 0);
            rows = bytes('batch');
          }
          if (signature.scalars) {
            steps.push({ rows, pretrained: bytes('pretrained'), batch: bytes('batch') });
            rows = 0;
            if (refuse(steps.length - 1)) throw new OutOfMemoryError('too little memory');
          }
          return program.run(inputs);
        },
      };
    },
    upload(host) {
      // 36 images and their mirror images.
      if (!takesTables && host.shape[0] === 72) throw new OutOfMemoryError('too little memory');
      return runtime.upload(host);
    },
    dispose: () => runtime.dispose(),
  };
  return { device, steps };
}

/** What a run logged of its steps, without the times. */
async function losses(folder: string) {
  const { events, state } = await readRun(folder);
  assert.equal(state, 'finished');
  return events.flatMap((event) => (event.type === 'step' ? [{ ...event, time: 0 }] : []));
}

async function assertSameRun(one: FinetuneResult, other: FinetuneResult): Promise<void> {
  assert.deepEqual(await losses(one.run), await losses(other.run));
  const [first, second] = [await weightsOf(one.checkpoint), await weightsOf(other.checkpoint)];
  for (const [name, bytes] of Object.entries(first)) assert.ok(bytes.equals(second[name]!), name);
}

const batch = 12;
const targetBytes = batch * 3 * 4;
const variants: [Partial<FinetuneRequest>, number][] = [
  [{ layers: 'all', augment: 'flip' }, targetBytes + batch * imageLength * 4],
  [{ method: 'linear', augment: 'flip' }, targetBytes],
  [{ method: 'linear', augment: 'none', sampling: 'balanced' }, targetBytes],
];
for (const [more, batchBytes] of variants) {
  test(`a run of ${JSON.stringify(more)} with features on the device is the same to the bit, and steps are sent rows`, async (t) => {
    const request = { ...more, epochs: 4, batch };
    const cpu = await openRuntime('onnx-cpu', { threads: 1 });
    const plain = await (await runOn(t, cpu, request)).result;
    const { device, steps } = await likeDevice();
    const resident = await (await runOn(t, device, request)).result;
    await assertSameRun(resident, plain);
    assert.equal(steps.length, 12);
    for (const [i, sent] of steps.entries()) {
      assert.equal(sent.batch, batchBytes, `step ${i}`);
      // The first epoch fills the tables.
      assert.equal(sent.rows, i < 3 ? 0 : batch * 4, `step ${i}`);
      assert.equal(sent.pretrained > 0, i < 3, `step ${i}`);
    }
  });
}

test('where memory runs short, the features leave the device and the run goes on', async (t) => {
  const request = { augment: 'flip' as const, epochs: 4, batch };
  const cpu = await openRuntime('onnx-cpu', { threads: 1 });
  const plain = await (await runOn(t, cpu, request)).result;
  const { device, steps } = await likeDevice({ refuse: (step) => step === 5 });
  const crowded = await (await runOn(t, device, request)).result;
  await assertSameRun(crowded, plain);
  assert.deepEqual(
    steps.map(({ rows }) => rows! > 0),
    [false, false, false, true, true, true, ...Array.from({ length: 7 }, () => false)],
  );
});

test('where there is no memory for the features at all, the run goes on without them', async (t) => {
  const request = { layers: 'all' as const, epochs: 4, augment: 'flip' as const, batch };
  const cpu = await openRuntime('onnx-cpu', { threads: 1 });
  const plain = await (await runOn(t, cpu, request)).result;
  const { device, steps } = await likeDevice({ takesTables: false });
  const without = await (await runOn(t, device, request)).result;
  await assertSameRun(without, plain);
  assert.ok(steps.every(({ rows, pretrained }) => rows === 0 && pretrained! > 0));
});

test('cancelled while features are computed for the device, a run is resumed as if never stopped', async (t) => {
  const request = { augment: 'flip' as const, epochs: 4, batch };
  const cpu = await openRuntime('onnx-cpu', { threads: 1 });
  const plain = await (await runOn(t, cpu, request)).result;
  const abort = new AbortController();
  const reason = new Error('enough');
  const { device } = await likeDevice();
  const { folder, workspace, result } = await runOn(t, device, request, {
    signal: abort.signal,
    onProgress: ({ stage }) => {
      if (stage === 'Computing the representations') abort.abort(reason);
    },
  });
  await assert.rejects(result, (error) => error === reason);
  const { events, state } = await readRun(folder);
  assert.equal(state, 'cancelled');
  assert.equal(events.filter(({ type }) => type === 'step').length, 3);
  await assertSameRun(await resumeFinetune(folder, { workspace }), plain);
});
