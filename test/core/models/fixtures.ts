/** The checkpoints of these tests, and running them. */
import assert from 'node:assert/strict';
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { openRuntime } from '../../../src/core/compute/open';
import type { HostTensor } from '../../../src/core/compute/runtime';
import { openSafetensors } from '../../../src/core/formats/safetensors';
import type { Checkpoint } from '../../../src/core/models/checkpoint';

export const fixtures = path.join(path.dirname(fileURLToPath(import.meta.url)), 'fixtures');
export const sample = path.join(fixtures, '../../../../samples/fashion-vit-tiny');
export const runtimes = ['reference', 'onnx-cpu'] as const;

/** A copy of a folder of fixtures, or of several laid over each other, that a test may change. */
export async function copyOf(t: TestContext, ...names: string[]): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), 'repsim-test-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const target = path.join(folder, 'checkpoint');
  for (const name of names) await cp(path.join(fixtures, name), target, { recursive: true });
  return target;
}

/** All tensors of a safetensors file. */
export async function tensorsOf(file: string): Promise<Record<string, HostTensor>> {
  const source = await openSafetensors(file);
  const tensors: Record<string, HostTensor> = {};
  for (const name of source.entries.keys()) tensors[name] = await source.readTensor(name);
  await source.close();
  return tensors;
}

/** Everything that a forward pass shows, by the names of the expected tensors: "hidden.1" is the first block's output. */
export async function forward(
  runtimeName: (typeof runtimes)[number],
  { model, parameters }: Checkpoint,
  images: HostTensor,
): Promise<Record<string, HostTensor>> {
  const runtime = await openRuntime(runtimeName, { threads: 1 });
  try {
    const program = await runtime.compile(
      (inputs) => {
        const { blocks, final, logits } = model.forward(inputs.parameters!, inputs.batch!.images!);
        const hidden = blocks.map((block, i) => [`hidden.${i + 1}`, block] as const);
        return { out: { ...Object.fromEntries(hidden), pooled: final, logits } };
      },
      { parameters: model.parameters, batch: { images: { shape: images.shape, dtype: 'float32' } } },
    );
    const { out } = await program.run({ parameters, batch: { images } });
    const read: Record<string, HostTensor> = {};
    for (const [name, tensor] of Object.entries(out!)) {
      read[name] = { shape: tensor.shape, dtype: tensor.dtype, data: (await tensor.read()).slice() };
    }
    await program.dispose();
    return read;
  } finally {
    await runtime.dispose();
  }
}

/** Same shape, and no value further than `atol` from the expected one. */
export function assertClose(actual: HostTensor, expected: HostTensor, atol: number, what: string): void {
  assert.deepEqual([...actual.shape], [...expected.shape], what);
  assert.equal(actual.data.length, expected.data.length, what);
  for (let i = 0; i < expected.data.length; i++) {
    const difference = Math.abs(actual.data[i]! - expected.data[i]!);
    assert.ok(difference <= atol, `${what}[${i}]: ${actual.data[i]} for ${expected.data[i]}`);
  }
}
