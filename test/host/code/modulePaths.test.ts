/** Module paths of checkpoints to the lines that make the modules. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { workspace } from './read';
import {
  factoryStyle,
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

test('what a method builds is where it is called; of the classes that an annotation names, the one that has what the model has', async () => {
  const layers = ['layer1.0', 'layer2.1', 'layer2.1.conv1', 'layer1.0.conv3', 'fc'];
  const { lines } = await workspace({ 'resnet.py': torchvisionStyle }, layers);
  assert.deepEqual(lines('layer1.0'), ['self.layer1 = self._make_layer(block, 64, layers[0])']);
  assert.deepEqual(lines('layer2.1'), ['self.layer2 = self._make_layer(block, 128, layers[1], stride=2)']);
  const either = ['self.conv1 = nn.Conv2d(planes, planes, 3)', 'self.conv1 = nn.Conv2d(planes, planes, 1)'];
  assert.deepEqual(lines('layer2.1.conv1'), either);
  assert.deepEqual(lines('layer1.0.conv3'), ['self.conv3 = nn.Conv2d(planes, planes, 1)']);
  const basic = await workspace({ 'resnet.py': torchvisionStyle }, ['layer1.0.conv1', 'layer1.0.bn1']);
  assert.deepEqual(basic.lines('layer1.0.bn1'), ['self.bn1 = norm_layer(planes)']);
  assert.deepEqual(basic.lines('layer1.0.conv1'), [either[0]]);
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

test('keywords of a dictionary, pairs in a comprehension, and names in any script', async () => {
  const text = `from collections import OrderedDict
from torch import nn

class Block(nn.Module):
    def __init__(self):
        super().__init__()
        self.卷积 = nn.Conv2d(8, 8, 3)

class Net(nn.Module):
    def __init__(self, depth):
        super().__init__()
        self.parts = nn.ModuleDict(dict(
            stem=nn.Conv2d(3, 8, 3),
            norm=nn.LayerNorm(8),
        ))
        self.blocks = nn.Sequential(OrderedDict([(f"block{i}", Block()) for i in range(depth)]))
        self.units = nn.Sequential(OrderedDict((f"unit{i}", Block()) for i in range(depth)))
`;
  const layers = ['parts.stem', 'parts.norm', 'blocks.block3', 'blocks.block3.卷积', 'units.unit0'];
  const { lines } = await workspace({ 'net.py': text }, layers);
  assert.deepEqual(lines('parts.stem'), ['stem=nn.Conv2d(3, 8, 3),']);
  assert.deepEqual(lines('parts.norm'), ['norm=nn.LayerNorm(8),']);
  assert.match(lines('blocks.block3').join(), /^self\.blocks/);
  assert.deepEqual(lines('blocks.block3.卷积'), ['self.卷积 = nn.Conv2d(8, 8, 3)']);
  assert.match(lines('units.unit0').join(), /^self\.units/);
});

test('functions that build, pairs of a name and a module, and what is only one of several', async () => {
  const layers = [
    'layer1.0.conv',
    'layer2.3',
    'features.4',
    'features.4.conv',
    'encoder.encoder_layer_2',
    'stem',
  ];
  const { lines } = await workspace({ 'net.py': factoryStyle }, [...layers, 'encoder.encoder_layer_2.proj']);
  assert.deepEqual(lines('layer2.3'), ['self.add_module(*stage)']);
  assert.deepEqual(lines('layer1.0.conv'), ['self.conv = nn.Conv2d(width, width, 3, bias=0. > 1.)']);
  assert.deepEqual(lines('features.4'), ['self.features = make_features([8, 16], Unit)']);
  assert.deepEqual(lines('features.4.conv'), ['self.conv = nn.Conv2d(width, width, 3, bias=0. > 1.)']);
  assert.deepEqual(lines('encoder.encoder_layer_2'), ['layers[f"encoder_layer_{i}"] = Layer(drop=0.)']);
  assert.deepEqual(lines('encoder.encoder_layer_2.proj'), ['self.proj = nn.Linear(8, 8)']);
  assert.deepEqual(lines('stem'), ['self.stem = stem']);
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

test('what a network has many of is not the model, and stages are no prefix', async () => {
  const text = `import torch.nn as nn
class Stage(nn.Module):
    def __init__(self):
        self.blocks = nn.ModuleList([nn.Linear(2, 2)])
        self.norm = nn.LayerNorm(2)
class Staged(nn.Module):
    def __init__(self):
        self.stages = nn.ModuleList([Stage() for _ in range(4)])
`;
  const plain = { 'a.py': timmStyle.split('def vit_post')[0]! };
  const flat = await workspace({ ...plain, 'b.py': text }, ['blocks.0', 'norm']);
  assert.deepEqual(flat.lines('blocks.0'), ['self.blocks = nn.Sequential(*[']);
  const staged = ['stages.0.blocks.0', 'stages.1.blocks.0', 'stages.2.blocks.0'];
  assert.deepEqual((await workspace(plain, staged)).lines('stages.1.blocks.0'), []);
  const found = await workspace({ ...plain, 'b.py': text }, staged);
  assert.deepEqual(found.lines('stages.1.blocks.0'), ['self.blocks = nn.ModuleList([nn.Linear(2, 2)])']);
  const wrapped = await workspace(plain, ['0.blocks.0', '0.norm']);
  assert.deepEqual(wrapped.lines('0.blocks.0'), ['self.blocks = nn.Sequential(*['], 'in an nn.Sequential');
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

test('of classes of one name, the one that the file imports is followed', async () => {
  const block = (width: string) => `import torch.nn as nn
class Block(nn.Module):
    def __init__(self):
        self.proj = nn.Linear(${width}, ${width})
`;
  const net = (from: string) => `import torch.nn as nn
from ${from} import Block
class Net(nn.Module):
    def __init__(self):
        self.blocks = nn.ModuleList([Block() for _ in range(2)])
`;
  const parts = { 'lib/small/parts.py': block('8'), 'lib/large/parts.py': block('64') };
  const layers = ['blocks.0.proj', 'blocks.1.proj'];
  const line = async (file: string, from: string) => {
    const { lines } = await workspace({ ...parts, [file]: net(from) }, layers);
    return lines('blocks.0.proj');
  };
  const [small, large] = [['self.proj = nn.Linear(8, 8)'], ['self.proj = nn.Linear(64, 64)']];
  assert.deepEqual(await line('lib/large/net.py', '.parts'), large);
  assert.deepEqual(await line('lib/small/net.py', '..large.parts'), large);
  assert.deepEqual(await line('net.py', 'lib.small.parts'), small);
  assert.deepEqual(await line('net.py', 'lib.small'), small, 'a package may hand it on');
});

test('an instance somewhere in the code does not make a class the model that has less of it', async () => {
  const text = `import torch.nn as nn
class Head(nn.Module):
    def __init__(self):
        self.blocks = nn.ModuleList([nn.Linear(2, 2) for _ in range(9)])
class Net(nn.Module):
    def __init__(self):
        self.blocks = nn.Sequential(*[nn.Linear(3, 3) for _ in range(9)])
        self.norm = nn.LayerNorm(3)
head = Head()
`;
  const { lines } = await workspace({ 'a.py': text }, ['blocks.0', 'blocks.1', 'norm']);
  assert.deepEqual(lines('blocks.0'), ['self.blocks = nn.Sequential(*[nn.Linear(3, 3) for _ in range(9)])']);
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
