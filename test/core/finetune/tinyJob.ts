/** A job small enough for tests: the tiny ViT of the model fixtures, and three kinds of images that are easy to tell apart. */
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import type { TestContext } from 'node:test';
import { writeNpz } from '../../../samples/make/npzWriter';
import { finetune } from '../../../src/core/finetune/finetune';
import { openSafetensors } from '../../../src/core/formats/safetensors';
import { createRandom } from '../../../src/core/random';
import type { FinetuneRequest } from '../../../src/protocol/settings';

export const checkpoint = path.join(import.meta.dirname, '../models/fixtures/hf-vit');
const side = 32;

export interface Splits {
  readonly train?: readonly number[];
  readonly val?: readonly number[];
  readonly test?: readonly number[];
}

/** `count` labels that go round `classes`. */
export function labels(count: number, classes = 3): number[] {
  return Array.from({ length: count }, (_, i) => i % classes);
}

/** An .npz of noisy gradients, whose direction is their class. */
export async function writeImages(file: string, splits: Splits, seed = 1): Promise<string> {
  const random = createRandom(seed);
  const arrays: Record<string, { shape: number[]; data: Uint8Array }> = {};
  for (const [name, ofSplit] of Object.entries(splits) as [string, readonly number[]][]) {
    const data = new Uint8Array(ofSplit.length * side * side);
    ofSplit.forEach((label, image) => {
      for (let y = 0; y < side; y++) {
        for (let x = 0; x < side; x++) {
          const slope = [x, y, side - 1 - x][label % 3]!;
          data[(image * side + y) * side + x] = Math.max(0, Math.min(255, 7 * slope + 40 * random.normal()));
        }
      }
    });
    arrays[`${name}_images`] = { shape: [ofSplit.length, side, side], data };
    arrays[`${name}_labels`] = { shape: [ofSplit.length, 1], data: Uint8Array.from(ofSplit) };
  }
  await writeNpz(file, arrays);
  return file;
}

/**
 * An .npz of images of two labels each, bright above and bright to the left: both, one or none of them, `counts` images a split.
 * With `three`, a third label that no image has.
 */
export async function writeLabelledImages(
  file: string,
  counts: Readonly<Record<string, number>>,
  three = false,
): Promise<string> {
  const random = createRandom(2);
  const columns = three ? 3 : 2;
  const arrays: Record<string, { shape: number[]; data: Uint8Array }> = {};
  for (const [name, count] of Object.entries(counts)) {
    const data = new Uint8Array(count * side * side);
    const rows = new Uint8Array(count * columns);
    for (let image = 0; image < count; image++) {
      const [above, left] = [image & 1, (image >> 1) & 1];
      rows.set([above, left], image * columns);
      for (let y = 0; y < side; y++) {
        for (let x = 0; x < side; x++) {
          const light = (above && y < side / 2 ? 90 : 0) + (left && x < side / 2 ? 90 : 0);
          data[(image * side + y) * side + x] = Math.max(0, Math.min(255, 30 + light + 15 * random.normal()));
        }
      }
    }
    arrays[`${name}_images`] = { shape: [count, side, side], data };
    arrays[`${name}_labels`] = { shape: [count, columns], data: rows };
  }
  await writeNpz(file, arrays);
  return file;
}

/** A workspace that goes when the test ends, with data of 36 + 12 + 12 images. */
export async function tinyWorkspace(t: TestContext): Promise<{ workspace: string; data: string }> {
  const workspace = await mkdtemp(path.join(os.tmpdir(), 'repsim-finetune-'));
  t.after(() => rm(workspace, { recursive: true, force: true }));
  const data = path.join(workspace, 'kinds.npz');
  await writeImages(data, { train: labels(36), val: labels(12), test: labels(12) });
  return { workspace, data };
}

/** Settings of a run of a second or two. */
export function tinyRequest(data: string, more: Partial<FinetuneRequest> = {}): FinetuneRequest {
  return {
    checkpoint,
    data,
    method: 'repsim',
    epochs: 2,
    batch: 12,
    lr: 1e-3,
    probeEvery: 2,
    sharpnessSize: 6,
    runtime: 'onnx-cpu',
    threads: 1,
    ...more,
  };
}

/** All tensors of a checkpoint folder, as bytes. */
export async function weightsOf(folder: string): Promise<Record<string, Buffer>> {
  const file = await openSafetensors(path.join(folder, 'model.safetensors'));
  try {
    const weights: Record<string, Buffer> = {};
    for (const name of file.entries.keys()) {
      const { data } = await file.readTensor(name);
      weights[name] = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
    }
    return weights;
  } finally {
    await file.close();
  }
}

/** Starts a run, cancels it once progress says that `stage` has come to `done`, and gives the run's folder. */
export async function cancelledRun(
  workspace: string,
  request: FinetuneRequest,
  at: (stage: string, done: number) => boolean,
): Promise<string> {
  const abort = new AbortController();
  const reason = new Error('enough');
  let folder = '';
  const work = finetune(request, {
    workspace,
    signal: abort.signal,
    onRunChanged: (run) => {
      folder = run;
    },
    onProgress: ({ stage, done }) => {
      if (at(stage, done)) abort.abort(reason);
    },
  });
  await assert.rejects(work, (error) => error === reason);
  return folder;
}
