/** Layers are named as the file of the checkpoint names its modules, whichever names it has. */
import assert from 'node:assert/strict';
import path from 'node:path';
import test from 'node:test';
import { loadCheckpoint } from '../../../src/core/models/checkpoint';
import { layerModules } from '../../../src/core/models/layerModules';
import type { UnderstoodLayout } from '../../../src/core/models/layouts/layout';
import { fixtures } from './fixtures';

const modulesOf = async (folder: string) =>
  layerModules((await loadCheckpoint(path.join(fixtures, folder))).source.layout);

test('blocks are the modules that hold all of their tensors, "final" is the norm behind them', async () => {
  const modules = await modulesOf('hf-vit');
  assert.equal(modules['block.0'], 'vit.encoder.layer.0');
  assert.equal(modules['block.1'], 'vit.encoder.layer.1');
  assert.equal(modules.final, 'vit.layernorm');
  assert.equal(modules.head, undefined);
});

test('the names are those of the file, not those of one library', async () => {
  assert.equal((await modulesOf('variants/modern'))['block.0'], 'vit.layers.0');
  assert.doesNotMatch((await modulesOf('variants/bare'))['block.0']!, /^vit\./);
  assert.match((await modulesOf('variants/wrapped'))['block.0']!, /\.encoder\.layer\.0$/);
});

test('a layer without tensors of its own, or whose tensors have nothing in common, has no module', () => {
  const shape = [1];
  const stored = {
    'stem.weight': ['conv1.weight'],
    'blocks.0.a': ['layer1.0.conv1.weight'],
    'blocks.0.b': ['layer1.0.bn1.weight'],
    'blocks.1.a': ['layer1.1.conv1.weight'],
    'blocks.2.a': ['x.weight'],
    'blocks.2.b': ['y.weight'],
    'head.weight': ['fc.weight'],
  };
  const layout = {
    model: {
      layers: ['block.0', 'block.1', 'block.2', 'final'],
      parameters: Object.fromEntries(Object.keys(stored).map((name) => [name, { shape, dtype: 'float32' }])),
    },
    parts: new Map(
      Object.entries(stored).map(([name, names]) => [name, names.map((one) => ({ name: one, shape }))]),
    ),
  } as unknown as UnderstoodLayout;
  assert.deepEqual(layerModules(layout), { 'block.0': 'layer1.0', 'block.1': 'layer1.1.conv1' });
});
