/** Files of Facebook's own repositories: timm's names but for some, and no config.json that says what they are. */
import assert from 'node:assert/strict';
import { readdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import test, { type TestContext } from 'node:test';
import type { HostTensor } from '../../../src/core/compute/runtime';
import { openSafetensors } from '../../../src/core/formats/safetensors';
import { writeSafetensors } from '../../../src/core/formats/safetensorsWriter';
import { loadCheckpoint } from '../../../src/core/models/checkpoint';
import { saveCheckpoint } from '../../../src/core/models/saveCheckpoint';
import { assertClose, copyOf, forward, tensorsOf } from './fixtures';

type Floats = { shape: readonly number[]; data: Float32Array };

/** A folder with the weights of a checkpoint of timm under other names, and what timm computes with them. */
async function renamed(
  t: TestContext,
  name: string,
  change: (name: string, tensor: Floats, all: Readonly<Record<string, HostTensor>>) => [string, Floats],
): Promise<{ folder: string; expected: Record<string, HostTensor> }> {
  const folder = await copyOf(t, path.join('libraries', name));
  const expected = await tensorsOf(path.join(folder, 'expected.safetensors'));
  const weights = await tensorsOf(path.join(folder, 'model.safetensors'));
  for (const file of await readdir(folder)) await rm(path.join(folder, file));
  const tensors = Object.entries(weights).map(([key, { shape, data }]) =>
    change(key, { shape, data: data as Float32Array }, weights),
  );
  const mask: [string, Floats] = ['mask_token', { shape: [1, 24], data: new Float32Array(24).fill(3) }];
  await writeSafetensors(path.join(folder, 'weights.safetensors'), new Map([...tensors, mask]));
  await writeFile(path.join(folder, 'config.json'), '{"num_heads": 3}');
  return { folder, expected };
}

test('DINOv2 with registers: a position for CLS, none for registers, a packed MLP', async (t) => {
  const words: Readonly<Record<string, string>> = { 'mlp.fc1': 'mlp.w12', 'mlp.fc2': 'mlp.w3' };
  const { folder, expected } = await renamed(t, 'timm-dinov2-registers', (name, tensor, all) => {
    // timm has added the position of CLS to the token.
    const own = Float32Array.from({ length: 24 }, (_, i) => i / 10);
    const cls = all.cls_token!.data as Float32Array;
    if (name === 'cls_token') return [name, { ...tensor, data: cls.map((value, i) => value - own[i]!) }];
    if (name === 'pos_embed') {
      const [, rows, width] = tensor.shape as [number, number, number];
      return [name, { shape: [1, rows + 1, width], data: Float32Array.of(...own, ...tensor.data) }];
    }
    const key = name.replace(/^reg_token$/, 'register_tokens').replace(/mlp\.fc[12]/, (word) => words[word]!);
    return [key, tensor];
  });
  const checkpoint = await loadCheckpoint(folder);
  const { logits, pooled } = await forward('onnx-cpu', checkpoint, expected.pixel_values!);
  assertClose(logits!, expected.logits!, 2e-5, 'logits');
  assertClose(pooled!, expected.final!, 2e-5, 'final');

  await saveCheckpoint(`${folder}-out`, checkpoint, checkpoint.parameters);
  const before = await openSafetensors(path.join(folder, 'weights.safetensors'));
  const after = await openSafetensors(path.join(`${folder}-out`, 'model.safetensors'));
  assert.deepEqual([...after.entries.keys()].sort(), [...before.entries.keys()].sort());
  await before.close();
  await after.close();
});

test('DeiT III: gamma_1 and gamma_2 scale the branches', async (t) => {
  const { folder, expected } = await renamed(t, 'timm-deit3', (name, tensor) => [
    name.replace(/ls([12])\.gamma/, 'gamma_$1'),
    tensor,
  ]);
  const checkpoint = await loadCheckpoint(folder);
  const { logits } = await forward('onnx-cpu', checkpoint, expected.pixel_values!);
  assertClose(logits!, expected.logits!, 2e-5, 'logits');
});
