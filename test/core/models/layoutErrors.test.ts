/** What each family of layouts refuses, and how it says so. */
import assert from 'node:assert/strict';
import { readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import test, { type TestContext } from 'node:test';
import { UserError } from '../../../src/core/errors';
import { type WritableTensor, writeSafetensors } from '../../../src/core/formats/safetensorsWriter';
import { loadCheckpoint } from '../../../src/core/models/checkpoint';
import { copyOf, tensorsOf } from './fixtures';

type Json = Record<string, unknown>;
type Tensors = Map<string, WritableTensor>;

async function checkpointOf(t: TestContext, name: string): Promise<string> {
  const folder = await copyOf(t, path.join('libraries', name));
  await rm(path.join(folder, 'expected.safetensors'));
  return folder;
}

async function refuses(folder: string, message: RegExp): Promise<void> {
  await assert.rejects(loadCheckpoint(folder), (error: Error) => {
    assert.ok(error instanceof UserError, error.stack);
    assert.match(error.message, message);
    assert.doesNotMatch(error.message, /\n/);
    assert.ok(error.message.length < 1000, error.message);
    return true;
  });
}

const modelArguments = (config: Json): Json => config.model_args as Json;
const configs: [string, string, (config: Json) => Json, RegExp][] = [
  [
    'timm-clip',
    'a network that is none of these',
    (c) => ({ ...c, architecture: 'swin_tiny_patch4_window7_224' }),
    /has architecture "swin_tiny_patch4_window7_224"\. Give a network that can be read: .*timm ViT/,
  ],
  [
    'timm-clip',
    'a network with the same names that does something else',
    (c) => ({ ...c, architecture: 'vit_base_patch16_rpn_224.sw_in1k' }),
    /has architecture "vit_base_patch16_rpn_224"/,
  ],
  [
    'timm-deit3',
    'a network with the same names that turns its queries and keys',
    (c) => ({ ...c, architecture: 'vit_base_patch16_rope_ape_224.naver_in1k' }),
    /has architecture "vit_base_patch16_rope_ape_224"/,
  ],
  [
    'timm-clip',
    'another norm',
    (c) => ({ ...c, model_args: { ...modelArguments(c), norm_layer: 'groupnorm1' } }),
    /norm_layer is "groupnorm1" but must be one of layernorm/,
  ],
  [
    'timm-clip',
    'an unknown argument',
    (c) => ({ ...c, model_args: { ...modelArguments(c), pool_include_prefix: true } }),
    /model_args has pool_include_prefix, which is not known here/,
  ],
  [
    'timm-clip',
    'a pooling that needs weights of its own',
    (c) => ({ ...c, model_args: { ...modelArguments(c), global_pool: 'map' } }),
    /global_pool is "map" but must be one of token, avg/,
  ],
  [
    'timm-siglip-gap',
    'no token to read',
    (c) => ({ ...c, global_pool: 'token', model_args: { ...modelArguments(c), global_pool: 'token' } }),
    /lacks cls_token, which global_pool "token" reads/,
  ],
  [
    'timm-clip',
    'heads that do not divide',
    (c) => ({ ...c, model_args: { ...modelArguments(c), num_heads: 5 } }),
    /the width 24 cannot be divided among 5 attention heads/,
  ],
  [
    'timm-siglip-gap',
    'heads of the published network',
    ({ model_args: _, ...c }) => ({ ...c, architecture: 'vit_base_patch16_gap_224' }),
    /the width 24 cannot be divided among 16 attention heads/,
  ],
  [
    'timm-clip',
    'heads of a network of no known size',
    ({ model_args: _, ...c }) => ({ ...c, architecture: 'vit_enormous_patch16_224' }),
    /does not say how many attention heads it has/,
  ],
  [
    'timm-clip',
    'images that are no whole patches',
    (c) => ({ ...c, pretrained_cfg: { ...(c.pretrained_cfg as Json), input_size: [3, 18, 18] } }),
    /makes images of a size that does not fit: 18x18 is no multiple of patch_size 4x4\. Make it one, such as 16x16\.$/,
  ],
  [
    'hf-dinov2',
    'positions of another grid',
    (c) => ({ ...c, image_size: 32 }),
    /says images of 32x32 in patches of 4x4, which is 8x8 patches and CLS, but .* has 50 positions/,
  ],
  [
    'hf-dinov2-swiglu',
    'a plain MLP that is gated',
    (c) => ({ ...c, use_swiglu_ffn: false }),
    /lacks encoder\.layer\.0\.mlp\.fc1\.weight.*unknown .*weights_in/,
  ],
  [
    'hf-dinov2-registers',
    'fewer registers than the file has',
    (c) => ({ ...c, num_register_tokens: 2 }),
    /register_tokens of .* has shape \[1,4,24\], but .* asks for \[1,2,24\]/,
  ],
  [
    'hf-clip',
    'a tower that is no object',
    (c) => ({ ...c, vision_config: 7 }),
    /vision_config is 7 but must be an object/,
  ],
  [
    'hf-clip-vision',
    'another patch',
    (c) => ({ ...c, patch_size: 8 }),
    /which is 2x2 patches and CLS, but .* has 17 positions/,
  ],
];

for (const [name, what, change, message] of configs) {
  test(`${name}: ${what}`, async (t) => {
    const folder = await checkpointOf(t, name);
    const file = path.join(folder, 'config.json');
    const config = JSON.parse(await readFile(file, 'utf8')) as Json;
    await writeFile(file, JSON.stringify(change(config)));
    await refuses(folder, message);
  });
}

function renamed(tensors: Tensors, from: string, to: string): void {
  tensors.set(to, tensors.get(from)!);
  tensors.delete(from);
}

const weights: [string, string, (tensors: Tensors) => void, RegExp][] = [
  [
    'timm-clip',
    'a name misspelt',
    (w) => renamed(w, 'blocks.1.attn.proj.bias', 'blocks.1.attn.porj.bias'),
    /\(timm ViT\): it lacks blocks\.1\.attn\.proj\.bias; it has unknown blocks\.1\.attn\.porj\.bias \(nearest: blocks\.1\.attn\.proj\.bias\)/,
  ],
  [
    'timm-clip',
    'a block that lacks its norm',
    (w) => w.delete('blocks.1.norm2.weight'),
    /lacks blocks\.1\.norm2\.weight/,
  ],
  [
    'timm-gap-registers',
    'an unknown part',
    (w) => w.set('attn_pool.latent', w.get('reg_token')!),
    /unknown attn_pool\.latent/,
  ],
  [
    'timm-clip',
    'no patches',
    (w) => w.delete('patch_embed.proj.weight'),
    /lacks patch_embed\.proj\.weight, which shows the sizes of the network/,
  ],
  [
    'timm-clip',
    'no positions',
    (w) => w.delete('pos_embed'),
    /lacks pos_embed: networks without learned positions are not read/,
  ],
  [
    'hf-clip',
    'a part of the text tower outside of it',
    (w) => renamed(w, 'text_projection.weight', 'text_projections.weight'),
    /unknown text_projections\.weight/,
  ],
  [
    'hf-deit-distilled',
    'a second head that is missing',
    (w) => w.delete('distillation_classifier.weight'),
    /lacks distillation_classifier\.weight/,
  ],
];

for (const [name, what, change, message] of weights) {
  test(`${name}: ${what}`, async (t) => {
    const folder = await checkpointOf(t, name);
    const file = path.join(folder, 'model.safetensors');
    const tensors: Tensors = new Map();
    for (const [key, { shape, data }] of Object.entries(await tensorsOf(file))) {
      tensors.set(key, { shape, data: Float32Array.from(data) });
    }
    change(tensors);
    await writeSafetensors(file, tensors);
    await refuses(folder, message);
  });
}

test('weights alone: heads that no published network of that width has must be said', async (t) => {
  const folder = await checkpointOf(t, 'torchvision-vit');
  await rm(path.join(folder, 'config.json'));
  await refuses(
    folder,
    /does not say how many attention heads it has, and its width 24 is that of no published/,
  );
  await writeFile(path.join(folder, 'config.json'), '{"num_heads": 7}');
  await refuses(folder, /the width 24 cannot be divided among num_heads 7/);
  await writeFile(path.join(folder, 'config.json'), '{"num_heads": 3}');
  assert.equal((await loadCheckpoint(folder)).model.classes, 3);
});

test('weights alone that are of no known network are named', async (t) => {
  const folder = await checkpointOf(t, 'timm-clip');
  await rm(path.join(folder, 'config.json'));
  const data = new Float32Array(4);
  await writeSafetensors(
    path.join(folder, 'model.safetensors'),
    new Map([['fc1.weight', { shape: [2, 2], data }]]),
  );
  await refuses(
    folder,
    /There is no config\.json, and the tensors of .* \(fc1\.weight\.\.\.\) are of no network/,
  );
});
