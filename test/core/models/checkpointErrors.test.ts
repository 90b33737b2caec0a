/** Everything that can be wrong with a checkpoint is one sentence that says what and where. */
import assert from 'node:assert/strict';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import test from 'node:test';
import { UserError } from '../../../src/core/errors';
import { type WritableTensor, writeSafetensors } from '../../../src/core/formats/safetensorsWriter';
import { loadCheckpoint } from '../../../src/core/models/checkpoint';
import { copyOf, tensorsOf } from './fixtures';

async function refuses(folder: string, message: RegExp): Promise<void> {
  await assert.rejects(loadCheckpoint(folder), (error: Error) => {
    assert.ok(error instanceof UserError, error.stack);
    assert.match(error.message, message);
    assert.doesNotMatch(error.message, /\n/);
    assert.ok(error.message.length < 1000, error.message);
    return true;
  });
}

type Config = Record<string, unknown>;
const configs: [string, (config: Config) => unknown, RegExp][] = [
  [
    'another model',
    (c) => ({ ...c, model_type: 'swin' }),
    /has model_type "swin"\. Give a network that can be read: .*Hugging Face ViT, /,
  ],
  [
    'no model type',
    ({ model_type: _, ...c }) => c,
    /has neither model_type nor architecture, and the tensors/,
  ],
  ['no object', () => [], /config\.json is no valid JSON: not an object/],
  [
    'no layer',
    (c) => ({ ...c, num_hidden_layers: 0 }),
    /num_hidden_layers is 0 but must be an integer from 1/,
  ],
  ['a billion layers', (c) => ({ ...c, num_hidden_layers: 1e9 }), /num_hidden_layers is 1000000000 but/],
  ['half a layer', (c) => ({ ...c, num_hidden_layers: 1.5 }), /num_hidden_layers is 1.5 but/],
  ['layers in text', (c) => ({ ...c, num_hidden_layers: '3' }), /num_hidden_layers is "3" but/],
  [
    'fewer layers than the file',
    (c) => ({ ...c, num_hidden_layers: 2 }),
    /unknown vit\.encoder\.layer\.2\..*and 11 more/,
  ],
  [
    'more layers than the file',
    (c) => ({ ...c, num_hidden_layers: 4 }),
    /lacks encoder\.layer\.3\..*and 11 more/,
  ],
  ['a negative width', (c) => ({ ...c, hidden_size: -48 }), /hidden_size is -48/],
  ['a huge width', (c) => ({ ...c, hidden_size: 2 ** 40 }), /hidden_size is 1099511627776/],
  ['another width', (c) => ({ ...c, hidden_size: 96 }), /has shape \[.*\], but .*config\.json asks for \[/],
  [
    'heads that do not divide',
    (c) => ({ ...c, num_attention_heads: 5 }),
    /hidden_size 48 cannot be divided among num_attention_heads 5/,
  ],
  [
    'an unknown activation',
    (c) => ({ ...c, hidden_act: 'mish' }),
    /hidden_act is "mish" but must be one of gelu, .*, silu/,
  ],
  ['no epsilon', (c) => ({ ...c, layer_norm_eps: 0 }), /layer_norm_eps is 0/],
  [
    'images of four channels',
    (c) => ({ ...c, num_channels: 4 }),
    /num_channels is 4 but must be 3, or 1 for gray images/,
  ],
  ['gray images that are none', (c) => ({ ...c, num_channels: 1 }), /asks for \[48,1,8,8\]/],
  [
    'a larger image',
    (c) => ({ ...c, image_size: 64 }),
    /images of 64x64 in patches of 8x8, which is 8x8 patches and CLS, but .* has 17 positions/,
  ],
  [
    'an image that is no multiple',
    (c) => ({ ...c, image_size: 33 }),
    /image_size 33x33 is no multiple of patch_size 8x8/,
  ],
  [
    'more patches than memory',
    (c) => ({ ...c, image_size: 16384, patch_size: 1 }),
    /16384x16384 patches an image are more than/,
  ],
  ['a list as image size', (c) => ({ ...c, image_size: [32, 32, 3] }), /image_size is \[32,32,3\]/],
  ['biases that are not there', (c) => ({ ...c, qkv_bias: false }), /unknown .*key\.bias/],
  ['no truth value', (c) => ({ ...c, qkv_bias: 'yes' }), /qkv_bias is "yes" but must be true or false/],
  ['fewer labels', (c) => ({ ...c, id2label: { 0: 'a' } }), /id2label names 1 classes but the head has 5/],
  [
    'other label keys',
    (c) => ({ ...c, id2label: { 1: 'a', 2: 'b', 3: 'c', 4: 'd', 5: 'e' } }),
    /no name for class 0/,
  ],
];

test('a config.json that is wrong', async (t) => {
  const folder = await copyOf(t, 'hf-vit');
  const file = path.join(folder, 'config.json');
  const config: Config = JSON.parse(await readFile(file, 'utf8'));
  for (const [what, change, message] of configs) {
    await writeFile(file, JSON.stringify(change(config)));
    await t.test(what, () => refuses(folder, message));
  }
  await writeFile(file, '{"model_type": "vit", ');
  await refuses(folder, /config\.json is no valid JSON: .* at character 22/);
  await writeFile(file, ' '.repeat(17 * 1024 * 1024));
  await refuses(folder, /config\.json has 17825792 bytes, more than/);
});

test('labels that config.json does not name are called LABEL_0 and so on', async (t) => {
  const folder = await copyOf(t, 'hf-vit');
  const file = path.join(folder, 'config.json');
  const { id2label: _, ...config } = JSON.parse(await readFile(file, 'utf8'));
  await writeFile(file, JSON.stringify(config));
  assert.deepEqual((await loadCheckpoint(folder)).labels, [
    'LABEL_0',
    'LABEL_1',
    'LABEL_2',
    'LABEL_3',
    'LABEL_4',
  ]);
});

type Tensors = Map<string, WritableTensor>;
const query = 'vit.encoder.layer.0.attention.attention.query.weight';
function rename1(tensors: Tensors, from: string, to: string): void {
  tensors.set(to, tensors.get(from)!);
  tensors.delete(from);
}
const weights: [string, (tensors: Tensors) => void, RegExp][] = [
  [
    'a tensor missing',
    (w) => w.delete(query),
    /lacks encoder\.layer\.0\.attention\.attention\.query\.weight\. Give it the config\.json that belongs to it\.$/,
  ],
  [
    'a tensor too many',
    (w) => w.set('vit.extra', w.get('classifier.bias')!),
    /has unknown vit\.extra.*, or save the file without them\.$/,
  ],
  [
    'a name misspelt',
    (w) => rename1(w, query, query.replace('query', 'qeury')),
    /unknown vit\..*qeury\.weight \(nearest: encoder\.layer\.0\.attention\.attention\.query\.weight\)/,
  ],
  ['a tensor under two names', (w) => w.set(`model.${query}`, w.get(query)!), /holds encoder.* twice/],
  ['a head without bias', (w) => w.delete('classifier.bias'), /lacks classifier\.bias/],
  ['a bias without head', (w) => w.delete('classifier.weight'), /lacks classifier\.weight/],
  [
    'a turned matrix',
    (w) =>
      w.set('vit.encoder.layer.1.output.dense.weight', {
        shape: [128, 48],
        data: new Float32Array(128 * 48),
      }),
    /layer\.1\.output\.dense\.weight of .* has shape \[128,48\], but .* asks for \[48,128\]/,
  ],
  [
    'gray patches',
    (w) =>
      w.set('vit.embeddings.patch_embeddings.projection.weight', {
        shape: [48, 1, 8, 8],
        data: new Float32Array(48 * 64),
      }),
    /has shape \[48,1,8,8\], but .* asks for \[48,3,8,8\]/,
  ],
  [
    'a weight that is NaN',
    (w) => w.get('vit.layernorm.bias')!.data.fill(Number.NaN, 7, 9),
    /vit\.layernorm\.bias of .* holds NaN at position 7/,
  ],
  [
    'a weight that is infinite',
    (w) => w.get(query)!.data.fill(Number.NEGATIVE_INFINITY, 0, 1),
    /query\.weight of .* holds -Infinity at position 0/,
  ],
  ['no tensor at all', (w) => w.clear(), /lacks embeddings\..* and \d+ more/],
  [
    'a name that a terminal would obey',
    (w) => w.set('clear\u001b[2J\nthe screen', w.get('classifier.bias')!),
    /unknown clear\\x1b\[2J\\x0athe screen/,
  ],
  [
    'a hundred unknown tensors',
    (w) => {
      for (let i = 0; i < 100; i++) w.set('x'.repeat(1000) + i, w.get('classifier.bias')!);
    },
    /and 95 more/,
  ],
];

test('weights that are wrong', async (t) => {
  const folder = await copyOf(t, 'hf-vit');
  const file = path.join(folder, 'model.safetensors');
  for (const [what, change, message] of weights) {
    const tensors = new Map(Object.entries(await tensorsOf(file))) as unknown as Tensors;
    const kept = await readFile(file);
    change(tensors);
    await writeSafetensors(file, tensors);
    await t.test(what, () => refuses(folder, message));
    await writeFile(file, kept);
  }
  await writeFile(file, (await readFile(file)).subarray(0, 100_000));
  await refuses(folder, /model\.safetensors is cut off or its header lies/);
});

test('files that are missing, or too many', async (t) => {
  const folder = await copyOf(t, 'hf-vit');
  const inFolder = (name: string): string => path.join(folder, name);
  await refuses(inFolder('nowhere'), /nowhere cannot be opened: there is no such file or folder/);
  await refuses(inFolder('preprocessor_config.json'), /is no checkpoint\. Give a folder with/);
  await rename(inFolder('model.safetensors'), inFolder('weights.safetensors'));
  await refuses(folder, /several files of weights \(expected\.safetensors, weights\.safetensors\)/);
  await rm(inFolder('expected.safetensors'));
  await loadCheckpoint(folder);
  await loadCheckpoint(inFolder('weights.safetensors'));
  await loadCheckpoint(inFolder('config.json'));
  await rm(inFolder('weights.safetensors'));
  await refuses(folder, /has no weights: put its model\.safetensors beside config\.json/);
  await rm(inFolder('config.json'));
  await refuses(folder, /is no checkpoint: it has no weights/);
  await mkdir(inFolder('config.json'));
  await writeFile(inFolder('model.safetensors'), '');
  await refuses(folder, /config\.json cannot be opened: it is a folder/);
});
