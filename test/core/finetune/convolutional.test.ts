/** Whole runs of a residual net: its BatchNorm learns the statistics of the new images, and they are saved, resumed and measured with. */
import assert from 'node:assert/strict';
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import test from 'node:test';
import sharp from 'sharp';
import { finetune, resumeFinetune } from '../../../src/core/finetune/finetune';
import { landscape } from '../../../src/core/landscape/landscape';
import { loadCheckpoint } from '../../../src/core/models/checkpoint';
import { createRandom } from '../../../src/core/random';
import { readRun } from '../../../src/core/runs/readRun';
import { analyseSharpness } from '../../../src/core/sharpness/analyseSharpness';
import type { FinetuneRequest } from '../../../src/protocol/settings';
import { tinyRequest, tinyWorkspace } from './tinyJob';

const checkpoint = path.join(import.meta.dirname, '../models/fixtures/convolutional/timm-resnet18');

/** Folders of PNG files: dark to the left, dark above. */
async function writeFolder(root: string): Promise<string> {
  const random = createRandom(6);
  for (const [split, count] of Object.entries({ train: 12, val: 4, test: 6 })) {
    for (const [label, name] of ['across', 'down'].entries()) {
      const folder = path.join(root, split, name);
      await mkdir(folder, { recursive: true });
      for (let i = 0; i < count; i++) {
        const side = 40;
        const pixels = Uint8Array.from({ length: side * side * 3 }, (_, at) => {
          const [x, y] = [Math.floor(at / 3) % side, Math.floor(at / 3 / side)];
          return Math.max(0, Math.min(255, 5 * (label === 0 ? x : y) + 25 * random.normal() + 20));
        });
        await sharp(pixels, { raw: { width: side, height: side, channels: 3 } })
          .png()
          .toFile(path.join(folder, `${i}.png`));
      }
    }
  }
  return root;
}

const requestOf = (data: string, more: Partial<FinetuneRequest> = {}): FinetuneRequest =>
  tinyRequest(data, { checkpoint, batch: 8, epochs: 4, lr: 3e-3, sharpnessSize: 12, ...more });

/** Largest difference of the parameters that `choose` picks by name. */
async function largestMove(
  after: string,
  choose: (name: string, buffers: readonly string[]) => boolean,
): Promise<number> {
  const [a, b] = [await loadCheckpoint(checkpoint), await loadCheckpoint(after)];
  let most = 0;
  for (const [name, { data }] of Object.entries(b.parameters)) {
    if (!choose(name, b.model.buffers)) continue;
    const before = a.parameters[name]!.data;
    data.forEach((value, i) => {
      most = Math.max(most, Math.abs(value - before[i]!));
    });
  }
  return most;
}

const isBuffer = (name: string, buffers: readonly string[]) => buffers.includes(name);
const isBody = (name: string) => !name.startsWith('head.');

test('a residual net learns a folder of images, its statistics follow, and what was saved is what was measured', async (t) => {
  const { workspace } = await tinyWorkspace(t);
  const data = await writeFolder(path.join(workspace, 'images'));
  const request = requestOf(data, { augment: 'medical', layers: 'all', epochs: 10, keepCheckpoints: 4 });
  const result = await finetune(request, { workspace });
  const { events, manifest } = await readRun(result.run);
  assert.equal(manifest.model.architecture, 'resnet');
  const steps = events.flatMap((event) => (event.type === 'step' ? [event] : []));
  assert.ok(steps.at(-1)!.crossEntropy! < 0.6 * steps[0]!.crossEntropy!, 'the loss falls');
  assert.ok(result.test.accuracy! > 0.8, `${result.test.accuracy}`);
  assert.ok((await largestMove(result.checkpoint, isBuffer)) > 1e-3, 'the running statistics moved');
  assert.ok(result.similarity.layers.every(({ value }) => value !== null));

  const common = { runtime: 'onnx-cpu', threads: 1, limit: 12 } as const;
  const sharpness = await analyseSharpness(
    { ...common, checkpoint: result.run, measures: ['eigenvalues'], products: 4 },
    { workspace },
  );
  assert.ok(Math.abs(sharpness.loss! - result.test.loss!) < 1e-4, 'read again, it is the same network');
  const { model } = await loadCheckpoint(result.checkpoint);
  const sizes = Object.entries(model.parameters).map(([name, { shape }]) => ({
    ...{ buffer: model.buffers.includes(name), size: shape.reduce((a, b) => a * b, 1) },
  }));
  const learned = sizes.reduce((sum, { buffer, size }) => sum + (buffer ? 0 : size), 0);
  assert.ok(sizes.some(({ buffer }) => buffer));
  assert.equal(sharpness.parameters.count, learned);

  for (const axes of ['random', 'hessian', 'trajectory', 'interpolate'] as const) {
    const slice = await landscape(
      {
        ...{ ...common, axes, steps: 7 },
        checkpoints:
          axes === 'interpolate'
            ? [result.run, path.join(result.run, 'checkpoints/epoch-00004')]
            : [result.run],
        range: 0.25,
      },
      { workspace },
    );
    const losses = slice.loss[0]![0]!;
    if (axes === 'random' || axes === 'hessian')
      assert.ok(Math.abs(losses[3]! - result.test.loss!) < 1e-4, axes);
    // The ends of an interpolation are the checkpoints themselves, statistics and all.
    if (axes === 'interpolate') {
      assert.ok(Math.abs(losses[1]! - result.test.loss!) < 1e-4);
      assert.ok(Math.abs(losses[5]! - slice.marks[1]!.loss!) < 1e-4, `${losses[5]} ${slice.marks[1]!.loss}`);
      assert.ok(slice.marks[1]!.distance < 1e-3);
    }
    assert.equal(
      slice.notes.some((note) => note.includes('BatchNorm')),
      axes === 'trajectory' || axes === 'interpolate',
    );
  }
});

test('a linear probe leaves the body and its statistics alone', async (t) => {
  const { workspace } = await tinyWorkspace(t);
  const data = await writeFolder(path.join(workspace, 'images'));
  const request = requestOf(data, { method: 'linear', augment: 'medical', epochs: 1 });
  const { checkpoint: after } = await finetune(request, { workspace });
  assert.equal(await largestMove(after, isBody), 0);
});

test('stopped and resumed, a residual net ends as if it had never been, to the bit', async (t) => {
  const { workspace } = await tinyWorkspace(t);
  const data = await writeFolder(path.join(workspace, 'images'));
  const request = requestOf(data, { augment: 'flip', layers: [0], epochs: 2 });
  const straight = await finetune(request, { workspace });
  const abort = new AbortController();
  let run = '';
  const stopped = finetune(request, {
    workspace,
    signal: abort.signal,
    onRunChanged: (folder) => {
      run = folder;
    },
    onProgress: ({ stage, done }) => {
      if (stage.startsWith('Epoch') && done === 5) abort.abort(new Error('enough'));
    },
  });
  await assert.rejects(stopped, /enough/);
  const resumed = await resumeFinetune(run, { workspace });
  const [a, b] = [await loadCheckpoint(straight.checkpoint), await loadCheckpoint(resumed.checkpoint)];
  for (const [name, { data }] of Object.entries(a.parameters))
    assert.deepEqual(data, b.parameters[name]!.data, name);
  assert.deepEqual(resumed.test, straight.test);
});
