/** Code as people write it: each in the manner of one library. */

/** As timm writes a vision transformer. */
export const timmStyle = `from functools import partial
from typing import Callable, Optional, Type

import torch
import torch.nn as nn

class Attention(nn.Module):
    def __init__(self, dim: int, num_heads: int = 8) -> None:
        super().__init__()
        self.head_dim = dim // num_heads
        self.scale = self.head_dim ** -0.5
        self.qkv = nn.Linear(dim, dim * 3)
        self.norm = nn.Identity()
        self.proj = nn.Linear(dim, dim)

class Block(nn.Module):
    def __init__(self, dim: int, attn_layer: Type[nn.Module] = Attention) -> None:
        super().__init__()
        self.norm1 = nn.LayerNorm(dim)
        self.attn = attn_layer(dim)
        self.mlp = nn.Sequential(nn.Linear(dim, 4 * dim), nn.GELU(), nn.Linear(4 * dim, dim))

    def forward(self, x):
        x = x + self.attn(self.norm1(x))
        return x + self.mlp(x)

class ResPostBlock(Block):
    pass

class VisionTransformer(nn.Module):
    def __init__(self, depth: int = 12, block_fn: Type[nn.Module] = Block, final_norm: bool = True):
        super().__init__()
        self.patch_embed = nn.Conv2d(3, 192, 16, 16)
        self.cls_token = nn.Parameter(torch.zeros(1, 1, 192))
        self.blocks = nn.Sequential(*[
            block_fn(
                dim=192,
            )
            for i in range(depth)])
        self.norm = nn.LayerNorm(192) if final_norm else nn.Identity()
        self.head = nn.Linear(192, 10)

    def forward(self, x):
        return self.head(self.norm(self.blocks(self.patch_embed(x))))

def vit_post(**kwargs):
    return VisionTransformer(block_fn=ResPostBlock, **kwargs)
`;

/** As transformers writes a model. */
export const transformersStyle = `from torch import nn
from ...modeling_utils import PreTrainedModel

class ViTConfig:
    pass

class ViTSelfAttention(nn.Module):
    def __init__(self, config: ViTConfig):
        super().__init__()
        self.query = nn.Linear(config.hidden_size, config.hidden_size)

class ViTLayer(nn.Module):
    def __init__(self, config: ViTConfig):
        super().__init__()
        self.attention = ViTSelfAttention(config)

class ViTEncoder(nn.Module):
    def __init__(self, config: ViTConfig):
        super().__init__()
        self.config = config
        self.layer = nn.ModuleList([ViTLayer(config) for _ in range(config.num_hidden_layers)])

class ViTPreTrainedModel(PreTrainedModel):
    config_class = ViTConfig

class ViTModel(ViTPreTrainedModel):
    def __init__(self, config: ViTConfig):
        super().__init__(config)
        self.encoder = ViTEncoder(config)
        self.layernorm = nn.LayerNorm(config.hidden_size)

class ViTForImageClassification(ViTPreTrainedModel):
    def __init__(self, config: ViTConfig):
        super().__init__(config)
        self.vit = ViTModel(config)
        self.classifier = nn.Linear(config.hidden_size, 10)

    def forward(self, pixel_values):
        return self.classifier(self.vit(pixel_values))
`;

/** As torchvision writes a ResNet. */
export const torchvisionStyle = `from typing import Type, Union
import torch.nn as nn

class BasicBlock(nn.Module):
    def __init__(self, planes, norm_layer=None):
        super().__init__()
        if norm_layer is None:
            norm_layer = nn.BatchNorm2d
        self.conv1 = nn.Conv2d(planes, planes, 3)
        self.bn1 = norm_layer(planes)

class Bottleneck(nn.Module):
    def __init__(self, planes):
        super().__init__()
        self.conv1 = nn.Conv2d(planes, planes, 1)
        self.conv3 = nn.Conv2d(planes, planes, 1)

class ResNet(nn.Module):
    def __init__(self, block: Type[Union[BasicBlock, Bottleneck]], layers):
        super().__init__()
        self.conv1 = nn.Conv2d(3, 64, 7)
        self.layer1 = self._make_layer(block, 64, layers[0])
        self.layer2 = self._make_layer(block, 128, layers[1], stride=2)
        self.fc = nn.Linear(512, 1000)

    def _make_layer(self, block: Type[Union[BasicBlock, Bottleneck]], planes, blocks, stride=1):
        layers = []
        layers.append(block(planes))
        for _ in range(1, blocks):
            layers.append(block(planes))
        return nn.Sequential(*layers)

    def forward(self, x):
        return self.fc(self.layer2(self.layer1(self.conv1(x))))
`;

/** Stages that are gathered in lists, and names that are made in loops. */
export const gatheredStyle = `import collections
from torch import nn as layers
from torch.nn import Module, ModuleDict, ModuleList, Sequential

class Unit(Module):
    def __init__(self, width):
        super().__init__()
        self.conv = layers.Conv2d(width, width, 3)

class Stage(Module):
    def __init__(self, depth):
        super().__init__()
        units = []
        for i in range(depth):
            units.append(Unit(i))
        self.blocks = Sequential(*units)

class Net(Module):
    def __init__(self):
        super().__init__()
        stages = []
        stages += [Stage(2)]
        stages += [Stage(3)]
        self.stem = Sequential(collections.OrderedDict([
            ('conv', layers.Conv2d(3, 8, 3)),
            ('norm', layers.BatchNorm2d(8)),
        ]))
        self.stages = ModuleList(stages)
        self.heads = ModuleDict({'a': layers.Linear(8, 2), 'b': layers.Linear(8, 3)})
        self.tail = ModuleList()
        for i in range(3):
            self.tail.append(Unit(8))
        for i in range(2):
            setattr(self, f'branch{i}', Unit(8))
            self.add_module('leaf%d' % i, Unit(8))

    def forward(self, x):
        return x
`;

/** Modules that functions build, and that are handed on under names. */
export const factoryStyle = `from collections import OrderedDict
from functools import partial
from typing import Tuple, Type
from torch import nn

class Unit(nn.Module):
    def __init__(self, width, drop_path: float = 0.):
        super().__init__()
        self.conv = nn.Conv2d(width, width, 3, bias=0. > 1.)

class Layer(nn.Module):
    def __init__(self, drop=0., norm=partial(nn.LayerNorm, eps=1.)):
        super().__init__()
        self.proj = nn.Linear(8, 8)

def make_stages(units: Tuple[Type[Unit], ...], depths):
    stages = []
    for i, (unit, depth) in enumerate(zip(units, depths)):
        name = f'layer{i + 1}'
        blocks = []
        for j in range(depth):
            blocks.append(unit(8, drop_path=0. if j == 0 else 1.))
        stages.append((name, nn.Sequential(*blocks)))
    return stages, len(depths)

def make_features(widths, unit):
    layers = []
    for width in widths:
        layers += [unit(width), nn.ReLU()]
    return nn.Sequential(*layers)

class Net(nn.Module):
    def __init__(self, stem: nn.Module, deep=False):
        super().__init__()
        self.stem = stem
        if deep:
            units = (Unit, Unit)
        else:
            units = (Unit,)
        stages, count = make_stages(units, [2, 4])
        for stage in stages:
            self.add_module(*stage)
        self.features = make_features([8, 16], Unit)
        layers = OrderedDict()
        for i in range(3):
            layers[f"encoder_layer_{i}"] = Layer(drop=0.)
        self.encoder = nn.Sequential(layers)

    def forward(self, x):
        return self.encoder(self.features(self.stem(x)))
`;

export const kerasStyle = `import tensorflow as tf
from tensorflow import keras
from tensorflow.keras import layers

def build(width):
    inputs = keras.Input((32, 32, 3))
    x = layers.Conv2D(width, 3, name="stem")(inputs)
    for i in range(3):
        x = layers.Dense(width, name=f"stage1/block{i}")(x)
    outputs = tf.keras.layers.Dense(10, name="head")(x)
    return keras.Model(inputs, outputs)

backbone = tf.keras.applications.ResNet50(weights="imagenet")
saved = keras.models.load_model("models/saved.keras")
`;

export const tfjsStyle = `import * as tf from '@tensorflow/tfjs';
import { loadGraphModel as load } from '@tensorflow/tfjs-converter';

const model: tf.Sequential = tf.sequential({
  layers: [
    tf.layers.dense({ units: 8, name: 'hidden' }),
    tf.layers.dense({ 'name': \`block_\${1}\`, units: 2 }),
  ],
});
export const trained = await tf.loadLayersModel('file://models/digits/model.json');
const graph = load('https://example.org/model.json');
const other = fetch.loadLayersModel('no');
`;
