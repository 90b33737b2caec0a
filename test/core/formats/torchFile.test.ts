/** Files of torch.save: what they hold is read, and nothing of them is run. */
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { copyFile, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import test from 'node:test';
import { fileURLToPath } from 'node:url';
import { UserError } from '../../../src/core/errors';
import type { PickleValue } from '../../../src/core/formats/pickleValues';
import { openSafetensors } from '../../../src/core/formats/safetensors';
import { stateDictOf } from '../../../src/core/formats/stateDict';
import { openTensorShards } from '../../../src/core/formats/tensorShards';
import { openTorchFile } from '../../../src/core/formats/torchFile';
import { TorchStorage, TorchTensor } from '../../../src/core/formats/torchPickle';
import { temporaryFolder } from './temporary';

const fixtures = path.join(path.dirname(fileURLToPath(import.meta.url)), 'fixtures/torch');

/** Dtype, shape and bytes of every tensor, read in pieces of `piece` bytes. */
async function contents(
  open: typeof openTorchFile,
  file: string,
  piece = 1 << 20,
): Promise<{ tensors: Record<string, unknown>; notes: readonly string[] }> {
  const source = await open(file);
  try {
    const tensors: Record<string, unknown> = {};
    for (const { name, dtype, shape } of source.entries.values()) {
      const bytes = await source.bytesOf(name);
      const again = new Uint8Array(bytes.length);
      for (let at = 0; at < bytes.length; at += piece) {
        await source.readBytes(name, again.subarray(at, at + piece), at);
      }
      assert.deepEqual(again, bytes, `${name} in pieces`);
      tensors[name] = { dtype, shape: [...shape], bytes };
    }
    return { tensors, notes: source.notes };
  } finally {
    await source.close();
  }
}

const expected = (name: string) => contents(openSafetensors, path.join(fixtures, name));

for (const file of ['plain.pth', 'legacy.pth', 'protocol4.pth']) {
  test(`${file}: every tensor, whatever its strides, storage and dtype`, async () => {
    const { tensors, notes } = await contents(openTorchFile, path.join(fixtures, file), 8);
    assert.deepEqual(tensors, (await expected('expected.safetensors')).tensors);
    assert.deepEqual(notes, []);
  });
}

test('the weights among the metadata of a training', async () => {
  const { tensors, notes } = await contents(openTorchFile, path.join(fixtures, 'nested.pth'));
  const wanted = Object.entries((await expected('expected.safetensors')).tensors);
  assert.deepEqual(tensors, Object.fromEntries(wanted.map(([name, value]) => [`module.${name}`, value])));
  assert.match(notes[0]!, /the weights are those of its entry model\.$/);
});

test('averaged weights come before the last ones of the training, without their counter', async () => {
  const { tensors, notes } = await contents(openTorchFile, path.join(fixtures, 'averaged.pth'));
  const ones = new Uint8Array(Float32Array.of(1, 1).buffer);
  assert.deepEqual(tensors, { 'module.weight': { dtype: 'F32', shape: [2], bytes: ones } });
  assert.match(notes[0]!, /the weights are those of its entry model_ema, and not those of model\.$/);
});

test('weights are found below the names that training code gives them', () => {
  const tensor = new TorchTensor(new TorchStorage('0', 'F32', 2), 'F32', 0, [2], [1]);
  for (const entry of [['weights'], ['checkpoint', 'model', 'state_dict'], ['model', 'state_dict']]) {
    const root = entry.reduceRight<PickleValue>(
      (value, name) => new Map([[name, value]]),
      new Map([['bias', tensor]]),
    );
    const { tensors, notes } = stateDictOf(root, 'a.pth');
    assert.deepEqual([...tensors], [['bias', tensor]]);
    assert.match(notes.join(), new RegExp(`those of its entry ${entry.join('.')}\\.$`));
  }
});

const refused: [string, RegExp][] = [
  ['hostile.pth', /holds (?:posix|nt)\.system, which is no tensor and is not loaded/],
  ['hostile.pkl', /is no file of torch\.save: it is neither a zip archive nor/],
  ['module.pth', /holds torch\.nn\.modules\.linear\.Linear, which is no tensor/],
  ['empty.pth', /holds no state dict; its entries are epoch, lr/],
  ['tied.pth', /share their values so much that its \d+ bytes become 4000000/],
  ['expanded.pth', /Tensor a of .* has shape \[1000,1000\], but its storage holds 1 values/],
];

for (const [file, message] of refused) {
  test(`${file} is refused in one sentence, and nothing of it is run`, async () => {
    await assert.rejects(openTorchFile(path.join(fixtures, file)), { name: 'UserError', message });
    assert.equal(existsSync('executed'), false);
  });
}

test('an archive whose directory is said to lie beyond every file is refused', async (t) => {
  const copy = path.join(await temporaryFolder(t), 'beyond.pth');
  const bytes = await readFile(path.join(fixtures, 'plain.pth'));
  const locator = bytes.lastIndexOf('PK\x06\x07', undefined, 'latin1');
  for (const offset of [BigInt(bytes.length), 2n ** 40n, 2n ** 62n, 2n ** 64n - 1n]) {
    bytes.writeBigUInt64LE(offset, locator + 8);
    await writeFile(copy, bytes);
    await assert.rejects(openTorchFile(copy), {
      name: 'UserError',
      message: /is no zip archive that can be/,
    });
  }
});

test('a file that is cut off or damaged anywhere is refused or read, and never anything else', async (t) => {
  const folder = await temporaryFolder(t);
  const copy = path.join(folder, 'damaged.pth');
  for (const name of ['plain.pth', 'legacy.pth']) {
    const whole = await readFile(path.join(fixtures, name));
    const damaged = [0, 1, 15, 64, 200, whole.length - 100].map((length) => whole.subarray(0, length));
    for (let at = 0; at < Math.min(whole.length, 3000); at += 17) {
      const bytes = Buffer.from(whole);
      bytes[at] = bytes[at]! ^ 0xff;
      damaged.push(bytes);
    }
    for (const bytes of damaged) {
      await writeFile(copy, bytes);
      await contents(openTorchFile, copy).catch((error: unknown) => {
        assert.ok(error instanceof UserError, String((error as Error).stack));
        assert.doesNotMatch(error.message, /\n/);
        assert.ok(error.message.length < 800, error.message);
      });
    }
  }
});

test('shards of pytorch_model.bin.index.json are read as one', async (t) => {
  const folder = await temporaryFolder(t);
  const whole = await contents(openTorchFile, path.join(fixtures, 'plain.pth'));
  for (const name of ['plain', 'legacy']) {
    await copyFile(path.join(fixtures, `${name}.pth`), path.join(folder, `${name}.bin`));
  }
  const index = path.join(folder, 'pytorch_model.bin.index.json');
  const names = Object.keys(whole.tensors);
  const map = Object.fromEntries(names.map((name, i) => [name, i % 2 === 0 ? 'plain.bin' : 'legacy.bin']));
  await writeFile(index, JSON.stringify({ metadata: { total_size: 1 }, weight_map: map }));
  assert.deepEqual((await contents(openTensorShards, index)).tensors, whole.tensors);
  await writeFile(index, JSON.stringify({ weight_map: { ...map, other: 'plain.bin' } }));
  await assert.rejects(openTensorShards(index), {
    name: 'UserError',
    message: /says that tensor other is in/,
  });
});
