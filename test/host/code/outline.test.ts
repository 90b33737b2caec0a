/** Which models a file defines, builds and loads. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { CodeFile } from '../../../src/host/code/codeFile';
import { emptyOutline, longestText, nameMatches } from '../../../src/host/code/outline';
import { modelsOf, read } from './read';
import {
  gatheredStyle,
  kerasStyle,
  tfjsStyle,
  timmStyle,
  torchvisionStyle,
  transformersStyle,
} from './samples';

test('of the classes of a file, those are models that are no parts of others', async () => {
  assert.deepEqual(await modelsOf('timm.py', timmStyle), ['30: class VisionTransformer']);
  assert.deepEqual(await modelsOf('hf.py', transformersStyle), ['32: class ViTForImageClassification']);
  assert.deepEqual(await modelsOf('resnet.py', torchvisionStyle), ['18: class ResNet']);
  assert.deepEqual(await modelsOf('net.py', gatheredStyle), ['18: class Net']);
});

test('calls that load or build a model are found by what their names were imported as', async () => {
  const text = `import timm as t
from timm import create_model as make
import torchvision.models as models
from torchvision import models as tvm
from transformers import AutoModel, ViTForImageClassification as V, AutoImageProcessor
import safetensors.torch

PLACE = "./checkpoints/vit"
a = t.create_model("vit_tiny_patch16_224", pretrained=True)
b = make(model_name='resnet18', checkpoint_path="weights/r18.safetensors")
c = models.resnet50(weights=None)
d = tvm.get_model("convnext_tiny")
e = V.from_pretrained(PLACE)
f = AutoModel.from_pretrained(pretrained_model_name_or_path="google/vit-base")
g = AutoImageProcessor.from_pretrained("google/vit-base")
h = make(f"vit_{size}")
state = safetensors.torch.load_file("vit/model.safetensors")
unrelated.create_model("x")
models.list_models()
import torch
e.load_state_dict(torch.load("weights/vit.pth", map_location="cpu"))
batch = torch.load("cache/batch.npy")
resumed = torch.load(args.resume)
tuned = Classifier.load_from_checkpoint("logs/epoch=1.ckpt")
`;
  assert.deepEqual(await modelsOf('train.py', text), [
    '9: loaded a <- vit_tiny_patch16_224',
    '10: loaded b <- weights/r18.safetensors',
    '11: loaded c',
    '12: loaded d <- convnext_tiny',
    '13: loaded e <- ./checkpoints/vit',
    '14: loaded f <- google/vit-base',
    '16: loaded h',
    '17: loaded state <- vit/model.safetensors',
    '21: loaded torch.load <- weights/vit.pth',
    '24: loaded tuned <- logs/epoch=1.ckpt',
  ]);
  const { models } = await read('train.py', text);
  assert.equal(models[4]!.className, 'ViTForImageClassification');
});

test('Keras and TensorFlow.js', async () => {
  assert.deepEqual(await modelsOf('build.py', kerasStyle), [
    '11: built keras.Model',
    '13: loaded backbone',
    '14: loaded saved <- models/saved.keras',
  ]);
  assert.deepEqual(await modelsOf('build.ts', tfjsStyle), [
    '4: built model',
    '10: loaded trained <- models/digits/model.json',
    '11: loaded graph <- https://example.org/model.json',
  ]);
  const required = "const tf = require('@tensorflow/tfjs-node');\nconst m = tf.model({});\n";
  assert.deepEqual(await modelsOf('build.js', required), ['2: built m']);
  const constants = `const size = 3, model: string = 'file://models/model.json';
let changed = 'no';
function other() { const size = 'no'; }
const a = await tf.loadLayersModel(model);
const b = await tf.loadLayersModel(changed);
const c = await tf.loadLayersModel(size);
`;
  assert.deepEqual(await modelsOf('load.ts', constants), [
    '4: loaded a <- models/model.json',
    '5: loaded b',
    '6: loaded c',
  ]);
});

test('a class is a module by its bases, under whatever name they were imported', async () => {
  const text = `from torch.nn import Module as M
import pytorch_lightning as pl
import torch.utils.data
from timm.models.vision_transformer import VisionTransformer
class A(M):
    def forward(self, x): return self.given(x)
class B(pl.LightningModule):
    def forward(self, x): return self.given(x)
class C(torch.utils.data.Dataset):
    def forward(self, x): return x
class D(VisionTransformer):
    def forward(self, x): return x
@register
class F(M):
    def forward(self, x): return self.given(x)
class E:
    def forward(self, x): return x
`;
  assert.deepEqual(await modelsOf('a.py', text), ['5: class A', '7: class B', '11: class D', '13: class F']);
});

test('parts, layers and functions in the form of a class are no models; what uses them or derives from a model is', async () => {
  const text = `import torch
from torch import nn
from tensorflow.keras import layers, Model
from .base import Backbone, Checkpointed
class Swish(nn.Module):
    def forward(self, x): return x * x.sigmoid()
class FocalLoss(nn.Module):
    def forward(self, x, y): return self.weigh(x - y)
    def weigh(self, x): return x.mean()
class Attention(nn.Module):
    def __init__(self):
        self.qkv = nn.Linear(8, 24)
class PreNorm(nn.Module):
    def __init__(self, inner):
        self.norm = nn.LayerNorm(8)
class FeedForward(nn.Sequential):
    pass
class Net(nn.Module):
    def __init__(self):
        self.layers = nn.ModuleList([])
        for _ in range(3):
            self.layers.append(nn.ModuleList([PreNorm(Attention()), PreNorm(FeedForward())]))
    def forward(self, x): return x
class DistilledNet(Net):
    def __init__(self):
        super().__init__()
        self.head = nn.Linear(8, 2)
class Far(Backbone):
    def __init__(self):
        super().__init__()
        self.head = nn.Linear(8, 2)
    def forward(self, x): return self.head(super().forward(x))
class Layer(nn.Module):
    def __init__(self):
        self.proj = nn.Linear(8, 8)
class Stage(Checkpointed):
    def __init__(self):
        self.blocks = nn.ModuleList([Layer() for _ in range(3)])
    def forward(self, x): return x
class Staged(nn.Module):
    def __init__(self):
        self.stage = Stage()
class Patches(layers.Layer):
    def __init__(self):
        self.proj = layers.Dense(8)
    def call(self, x): return self.proj(x)
class KerasNet(Model):
    def __init__(self):
        self.patches = Patches()
    def call(self, x): return self.patches(x)
class Trainer:
    def __init__(self):
        self.model = Net()
        assert isinstance(self.model, Net)
`;
  const models = (await modelsOf('a.py', text)).map((model) => model.replace(/^\d+: class /, ''));
  assert.deepEqual(models, ['Net', 'DistilledNet', 'Far', 'Staged', 'KerasNet']);
});

test('JSON files that stand for a model', async () => {
  const config = '{\n  "architectures": ["ViTModel"],\n  "model_type": "vit"\n}';
  assert.deepEqual(await modelsOf('/x/config.json', config), ['3: file config.json <- .']);
  assert.deepEqual(await modelsOf('/x/config.json', '{"port": 80}'), []);
  const alone = new CodeFile('/x/config.json', 'json', async () => false);
  assert.deepEqual(await alone.outline(config, () => false), emptyOutline, 'without weights beside it');
  const layers = '{"format": "layers-model", "modelTopology": {}, "weightsManifest": []}';
  assert.deepEqual(await modelsOf('/x/model.json', layers), ['1: file model.json <- .']);
  assert.deepEqual(await modelsOf('/x/model.json', '{"format": "3mf", "weightsManifest": []}'), []);
  const settings = '{\n  // the start\n  "checkpoint": "vit/base",\n  "data": "d.npz",\n}';
  assert.deepEqual(await modelsOf('/x/repsim.json', settings), ['3: file repsim.json <- vit/base']);
  assert.deepEqual(await modelsOf('/x/config.json', '['.repeat(100_000)), []);
  const hidden = `["${']'.repeat(100_000)}", ${'['.repeat(100_000)}`;
  assert.deepEqual(await modelsOf('/x/config.json', hidden), []);
});

test('nothing is found in a file that says nothing of models, nor in one that nobody wrote', async () => {
  assert.deepEqual(await read('a.py', 'class A:\n  pass\n'), emptyOutline);
  assert.deepEqual(await read('a.ts', 'export const a = 1;'), emptyOutline);
  assert.deepEqual(await read('a.py', `import torch.nn as nn\n${'#'.repeat(longestText)}`), emptyOutline);
});

test('code that is broken or being written is read as far as it goes', async () => {
  for (let end = 0; end <= timmStyle.length; end += 97) await read('a.py', timmStyle.slice(0, end));
  const broken = timmStyle.replace('self.patch_embed = nn.Conv2d(3,', 'self.patch_embed = nn.Conv2d((3,');
  assert.deepEqual(await modelsOf('a.py', broken), ['30: class VisionTransformer']);
});

test('hostile text ends in time', async () => {
  const depth = 20_000;
  for (const [name, part] of [
    ['a.py', '('],
    ['a.py', 'if nn:\n '],
    ['a.py', `class A(nn.Module):\n def f(self):\n  a = nn.A()\n${'  a = [a, a, *a]\n'.repeat(60)}`],
    ['a.py', 'nn.Sequential('],
    ['a.py', `x = timm.create_model(${"'a' + ".repeat(30_000)}'b')\n`],
    ['a.py', `x = ${'A('.repeat(5000)}${')'.repeat(5000)}\n`],
    ['a.py', 'class A(nn.Module):\n'],
    ['a.py', 'x = nn.A() if nn else '],
    [
      'a.py',
      `class A(nn.Module):\n def f(self):\n  self.a = ${'nn.Sequential('.repeat(38)}nn.A()${')'.repeat(38)}\n`,
    ],
    [
      'a.py',
      `class A(nn.Module):\n def f(self):\n  x = [nn.A()]\n${'  for a, b in zip(x, x): x = [a, b, *x]\n'.repeat(900)}`,
    ],
    [
      'a.py',
      `${Array.from({ length: 900 }, (_, i) => `def f${i}(a):\n return [f${i + 1}(a), f${i + 1}(a)]\n`).join('')}class A(nn.Module):\n def f(self):\n  self.a = f0(B)\n`,
    ],
    ['a.js', 'f"{'],
    ['a.js', 'tf.model(['],
    ['a.tsx', '<a>'],
    ['a.js', 'class A{'],
  ] as const) {
    const language = name.endsWith('py') ? 'python' : 'script';
    const text = `import torch.nn as nn, tf\n${part.repeat(Math.min(depth, 100_000 / part.length))}`;
    const begun = performance.now();
    await new CodeFile(name, language).outline(text, () => false);
    assert.ok(performance.now() - begun < 20_000, `${part} took ${performance.now() - begun} ms`);
  }
});

test('names that are known in part match what can come of them', () => {
  assert.ok(nameMatches('layer*', 'layer3'));
  assert.ok(nameMatches('stage*_block*', 'stage1_block12'));
  assert.ok(!nameMatches('layer*', 'layers'), 'another word');
  assert.ok(!nameMatches('layer*', 'layer'));
  assert.ok(!nameMatches('layer*', 'mylayer3'));
  assert.ok(!nameMatches('a*a', 'a'));
  assert.ok(!nameMatches('*', 'anything'), 'a name that is not known at all says nothing');
});
