/** The layers of a run find their lines, with the names of its checkpoint or with those that the code is likely to have. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { ModulePaths } from '../../../src/host/code/modulePaths';
import { placesOfLayers } from '../../../src/host/source/layerPaths';
import { read } from '../code/read';
import { timmStyle, torchvisionStyle, transformersStyle } from '../code/samples';

const layers = ['block.0', 'block.1', 'block.2', 'final'];

async function members(text: string, modules?: Record<string, string>): Promise<Record<string, string>> {
  const code = new ModulePaths([{ file: 'a.py', outline: await read('a.py', text) }]);
  const found = placesOfLayers({ layers, modules }, code);
  return Object.fromEntries(
    [...found].map(([layer, { places }]) => [
      layer,
      places.map(({ className, member }) => `${className}.${member}`).join(),
    ]),
  );
}

const timm = {
  'block.0': 'VisionTransformer.blocks',
  'block.1': 'VisionTransformer.blocks',
  'block.2': 'VisionTransformer.blocks',
  final: 'VisionTransformer.norm',
};
const modules = (block: string, final: string) => ({
  ...Object.fromEntries([0, 1, 2].map((i) => [`block.${i}`, `${block}.${i}`])),
  final,
});

test('by the modules of the checkpoint', async () => {
  assert.deepEqual(await members(timmStyle, modules('blocks', 'norm')), timm);
  const hf = await members(transformersStyle, modules('vit.encoder.layer', 'vit.layernorm'));
  assert.deepEqual([hf['block.1'], hf.final], ['ViTEncoder.layer', 'ViTModel.layernorm']);
});

test('code of another library than the one that wrote the checkpoint', async () => {
  assert.deepEqual(await members(timmStyle, modules('vit.encoder.layer', 'vit.layernorm')), timm);
});

test('a run that says nothing of its modules', async () => {
  assert.deepEqual(await members(timmStyle), timm);
});

test('the stages of another network are not looked for among the blocks of a transformer', async () => {
  const stages = { 'block.0': 'layer1.0', 'block.1': 'layer1.1', 'block.2': 'layer2.0' };
  assert.deepEqual(await members(timmStyle, stages), {});
  assert.deepEqual(await members(transformersStyle, stages), {});
});

test('code that has nothing of the model, but a norm, is not taken for it', async () => {
  assert.deepEqual(await members(torchvisionStyle, modules('blocks', 'bn1')), {});
});
