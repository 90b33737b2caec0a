/** What can be wrong with checkpoints of residual and convolutional networks. */
import assert from 'node:assert/strict';
import { readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import test, { type TestContext } from 'node:test';
import { UserError } from '../../../src/core/errors';
import { type WritableTensor, writeSafetensors } from '../../../src/core/formats/safetensorsWriter';
import { loadCheckpoint } from '../../../src/core/models/checkpoint';
import { copyOf, tensorsOf } from './fixtures';

interface Change {
  readonly config?: (config: Record<string, unknown>) => void;
  /** The old name and the new one, or undefined to leave the tensor out. */
  readonly rename?: (name: string) => string | undefined;
}

async function changed(t: TestContext, name: string, { config, rename }: Change): Promise<string> {
  const folder = await copyOf(t, path.join('convolutional', name));
  await rm(path.join(folder, 'expected.safetensors'));
  if (config) {
    const file = path.join(folder, 'config.json');
    const value = JSON.parse(await readFile(file, 'utf8'));
    config(value);
    await writeFile(file, JSON.stringify(value));
  }
  if (rename) {
    const file = path.join(folder, 'model.safetensors');
    const tensors = new Map<string, WritableTensor>();
    for (const [old, { shape, data }] of Object.entries(await tensorsOf(file))) {
      const now = old.endsWith('num_batches_tracked') ? undefined : rename(old);
      if (now !== undefined) tensors.set(now, { shape, data: data as Float32Array });
    }
    await writeSafetensors(file, tensors);
  }
  return folder;
}

async function refused(t: TestContext, name: string, change: Change, ...messages: RegExp[]): Promise<void> {
  const folder = await changed(t, name, change);
  await assert.rejects(loadCheckpoint(folder), (error: unknown) => {
    assert.ok(error instanceof UserError, String(error));
    for (const message of messages) assert.match(error.message, message);
    return true;
  });
}

test('a ResNet whose counters are left out is read all the same', async (t) => {
  const folder = await changed(t, 'timm-resnet18', { rename: (name) => name });
  assert.equal((await loadCheckpoint(folder)).model.architecture, 'resnet');
});

test('a ResNet without its running statistics is refused, and what is missing named', (t) =>
  refused(
    t,
    'timm-resnet18',
    { rename: (name) => (name === 'layer2.0.bn1.running_mean' ? undefined : name) },
    /lacks layer2\.0\.bn1\.running_mean/,
  ));

test('a deep stem is refused: its tensors are named with the nearest known name', (t) =>
  refused(
    t,
    'timm-resnet18',
    { rename: (name) => name.replace(/^conv1\./, 'conv1.0.') },
    /lacks conv1\.weight/,
    /unknown conv1\.0\.weight \(nearest: conv1\.weight\)/,
  ));

test('stages that config.json counts in two ways are refused', (t) =>
  refused(
    t,
    'hf-resnet-basic',
    {
      config: (config) => {
        config.depths = [1, 2];
      },
    },
    /hidden_sizes has 3 stages and depths has 2/,
  ));

test('a config.json of another depth is refused', (t) =>
  refused(
    t,
    'hf-convnext',
    {
      config: (config) => {
        config.depths = [1, 3, 1];
      },
    },
    /lacks encoder\.stages\.1\.layers\.2\.dwconv\.weight/,
  ));

test('sizes that are no list of integers are refused', (t) =>
  refused(
    t,
    'hf-convnext',
    {
      config: (config) => {
        config.hidden_sizes = [8, '12', 16];
      },
    },
    /hidden_sizes is \[8,"12",16\] but must be a list of 1 to 16 integers/,
  ));

test('images of four channels are refused', (t) =>
  refused(
    t,
    'timm-resnet18',
    {
      config: (config) => {
        (config.pretrained_cfg as Record<string, unknown>).input_size = [4, 64, 64];
      },
    },
    /input_size is \[4,64,64\] but must be \[3, height, width\], or \[1, height, width\] for gray images/,
  ));

test('an image that is halved away is refused', (t) =>
  refused(
    t,
    'timm-convnext',
    {
      config: (config) => {
        (config.pretrained_cfg as Record<string, unknown>).input_size = [3, 24, 64];
      },
    },
    /24x64 pixels are too small .* at least 32x32/,
  ));

const unreadArguments: [string, Record<string, unknown>, RegExp][] = [
  ['timm-convnext', { head_norm_first: true }, /model_args: head_norm_first is true but must be false/],
  ['timm-convnext', { output_stride: 16 }, /model_args: output_stride is 16 but must be 32/],
  ['timm-convnext', { act_layer: 'mish' }, /model_args: act_layer is "mish" but must be one of gelu, /],
  ['timm-resnet18', { global_pool: 'avgmax' }, /model_args: global_pool is "avgmax" but must be one of avg/],
  ['timm-resnet18', { norm_layer: 'groupnorm' }, /model_args: norm_layer is "groupnorm" but must be one of/],
  ['timm-resnet18', { aa_layer: 'blurpool' }, /model_args has aa_layer, which is not known here/],
];
for (const [name, unread, message] of unreadArguments) {
  test(`${name}: ${JSON.stringify(unread)} is refused, because no tensor shows it`, (t) =>
    refused(t, name, { config: (config) => Object.assign(config.model_args as object, unread) }, message));
}

test('a pooling that only the outer part of config.json says is refused too', (t) =>
  refused(
    t,
    'timm-resnet18',
    {
      config: (config) => {
        config.global_pool = 'max';
      },
    },
    /config\.json: global_pool is "max" but must be one of avg/,
  ));

test('a scale that is missing in one block is refused', (t) =>
  refused(
    t,
    'torchvision-convnext',
    { rename: (name) => (name === 'features.3.1.layer_scale' ? undefined : name) },
    /lacks features\.3\.1\.layer_scale/,
  ));
