/** Module paths of checkpoints to the lines that make the modules. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { workspace } from './read';
import {
  gatheredStyle,
  kerasStyle,
  tfjsStyle,
  timmStyle,
  torchvisionStyle,
  transformersStyle,
} from './samples';

test('a block of timm leads to the loop that builds it, a part of it to its own line', async () => {
  const layers = ['blocks.0', 'blocks.11', 'norm', 'blocks.3.attn.qkv', 'blocks.3.mlp.2', 'head'];
  const { lines } = await workspace({ 'vit.py': timmStyle }, layers);
  assert.deepEqual(lines('blocks.0'), ['self.blocks = nn.Sequential(*[']);
  assert.deepEqual(lines('blocks.11'), ['self.blocks = nn.Sequential(*[']);
  assert.deepEqual(lines('norm'), ['self.norm = nn.LayerNorm(192) if final_norm else nn.Identity()']);
  assert.deepEqual(lines('blocks.3.attn.qkv'), ['self.qkv = nn.Linear(dim, dim * 3)']);
  assert.match(lines('blocks.3.mlp.2').join(), /^self\.mlp = nn\.Sequential/);
  assert.deepEqual(lines('head'), ['self.head = nn.Linear(192, 10)']);
});

test('classes of transformers are followed from the model to the layer, whatever prefix the file has', async () => {
  const loop = 'self.layer = nn.ModuleList([ViTLayer(config) for _ in range(config.num_hidden_layers)])';
  for (const prefix of ['vit.', '', 'module.vit.']) {
    const layers = [0, 1, 2].map((i) => `${prefix}encoder.layer.${i}`);
    const { lines } = await workspace({ 'm.py': transformersStyle }, [...layers, `${prefix}layernorm`]);
    for (const layer of layers) assert.deepEqual(lines(layer), [loop]);
    assert.deepEqual(lines(`${prefix}layernorm`), ['self.layernorm = nn.LayerNorm(config.hidden_size)']);
  }
});

test('what a method builds is where it is called; either of the classes that an annotation names is looked into', async () => {
  const layers = ['layer1.0', 'layer2.1', 'layer2.1.conv1', 'layer1.0.conv3', 'layer1.0.bn1', 'fc'];
  const { lines } = await workspace({ 'resnet.py': torchvisionStyle }, layers);
  assert.deepEqual(lines('layer1.0'), ['self.layer1 = self._make_layer(block, 64, layers[0])']);
  assert.deepEqual(lines('layer2.1'), ['self.layer2 = self._make_layer(block, 128, layers[1], stride=2)']);
  assert.deepEqual(lines('layer2.1.conv1'), ['self.conv1 = nn.Conv2d(planes, planes, 3)']);
  assert.deepEqual(lines('layer1.0.conv3'), ['self.conv3 = nn.Conv2d(planes, planes, 1)']);
  assert.deepEqual(lines('layer1.0.bn1'), ['self.bn1 = norm_layer(planes)']);
});

test('lists that are gathered, dictionaries, and names that are made in loops', async () => {
  const layers = [
    ...['stages.0', 'stages.1', 'stages.1.blocks.2', 'stages.1.blocks.0.conv', 'stem.norm', 'heads.b'],
    ...['tail.2', 'branch1', 'branch1.conv', 'leaf0'],
  ];
  const { lines } = await workspace({ 'net.py': gatheredStyle }, layers);
  assert.deepEqual(lines('stages.0'), ['stages += [Stage(2)]']);
  assert.deepEqual(lines('stages.1'), ['stages += [Stage(3)]']);
  assert.deepEqual(lines('stages.1.blocks.2'), ['units.append(Unit(i))']);
  assert.deepEqual(lines('stages.1.blocks.0.conv'), ['self.conv = layers.Conv2d(width, width, 3)']);
  assert.deepEqual(lines('stem.norm'), ["('norm', layers.BatchNorm2d(8)),"]);
  assert.match(lines('heads.b').join(), /self\.heads/);
  assert.deepEqual(lines('tail.2'), ['self.tail.append(Unit(8))']);
  assert.deepEqual(lines('branch1'), ["setattr(self, f'branch{i}', Unit(8))"]);
  assert.deepEqual(lines('leaf0'), ["self.add_module('leaf%d' % i, Unit(8))"]);
  assert.deepEqual(lines('branch1.conv'), ['self.conv = layers.Conv2d(width, width, 3)']);
});

test('named layers of Keras and TensorFlow.js', async () => {
  const keras = await workspace({ 'b.py': kerasStyle }, ['stem', 'stage1/block2', 'head']);
  assert.match(keras.lines('stem').join(), /^x = layers\.Conv2D/);
  assert.match(keras.lines('stage1/block2').join(), /^x = layers\.Dense/);
  assert.match(keras.lines('head').join(), /^outputs = /);
  const script = await workspace({ 'b.ts': tfjsStyle }, ['hidden', 'block_7']);
  assert.match(script.lines('hidden').join(), /name: 'hidden'/);
  assert.match(script.lines('block_7').join(), /units: 2/);
});

test('a class in another file is followed, and what no file defines is told as far as it goes', async () => {
  const model = `import torch.nn as nn
from .parts import Trunk
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.trunk = Trunk()
        self.far = Unknown()
`;
  const parts = `import torch.nn as nn
class Trunk(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = nn.ModuleList(nn.Linear(2, 2) for _ in range(3))
`;
  const files = { 'net.py': model, 'parts.py': parts };
  const { lines } = await workspace(files, ['trunk.layers.1', 'trunk.layers.2', 'far.deep.0']);
  assert.deepEqual(lines('trunk.layers.1'), [
    'self.layers = nn.ModuleList(nn.Linear(2, 2) for _ in range(3))',
  ]);
  assert.deepEqual(lines('far.deep.0'), ['? self.far = Unknown()']);
});

test('two models that fit equally are both told, until the code names one of them', async () => {
  const other = timmStyle.replaceAll('VisionTransformer', 'OtherTransformer').replace('*[', '*[  #');
  const files = { 'a.py': timmStyle, 'b.py': other };
  const layers = ['blocks.0', 'blocks.1', 'norm'];
  const both = await workspace(files, layers);
  assert.equal(both.lines('blocks.0').length, 2);
  const train = 'import torch.nn as nn\nfrom b import OtherTransformer\nm = OtherTransformer()\n';
  const named = await workspace(
    { ...files, 'train.py': train, 'a.py': timmStyle.split('def vit_post')[0]! },
    layers,
  );
  assert.deepEqual(named.lines('blocks.0'), ['self.blocks = nn.Sequential(*[  #']);
});

test('of two named models, the one that is loaded from the checkpoint is meant', async () => {
  const head = timmStyle.split('def vit_post')[0]!;
  const other = head.replaceAll('VisionTransformer', 'OtherTransformer').replace('*[', '*[  #');
  const train = `from a import VisionTransformer
from transformers import OtherTransformer
m = VisionTransformer()
n = OtherTransformer.from_pretrained("models/mine")
`;
  const files = { 'a.py': head, 'b.py': other, 'train.py': train };
  const { lines } = await workspace(files, ['blocks.0', 'norm'], '/home/mia/models/mine');
  assert.deepEqual(lines('blocks.0'), ['self.blocks = nn.Sequential(*[  #']);
});

test('a module that many classes have belongs to the class that has the others too', async () => {
  const { lines } = await workspace({ 'vit.py': timmStyle }, ['blocks.0', 'blocks.1', 'norm']);
  assert.deepEqual(lines('norm'), ['self.norm = nn.LayerNorm(192) if final_norm else nn.Identity()']);
});

test('classes that hold themselves, derive from themselves and have hundreds of a name end', async () => {
  const text = `import torch.nn as nn
class A(A, B):
    def __init__(self):
        self.a = A()
class B(A):
    def __init__(self):
        self.b = nn.ModuleList([A(), B()])
`;
  const path = Array.from({ length: 60 }, () => 'a').join('.');
  const { lines } = await workspace({ 'a.py': text }, [path, 'b.9.a', '7', '', '...']);
  assert.equal(lines(path).length, 1);
  const many = Array.from({ length: 300 }, () => text.slice(text.indexOf('class'))).join('');
  await workspace({ 'a.py': `import torch.nn as nn\n${many}` }, [path]);
});
