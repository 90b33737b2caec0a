"""The PyTorch side of bench/convStep: the same networks, loss and optimiser; takes as many steps as each line of stdin asks for.

Its options are those of bench/convConfig.ts as one JSON object.
"""
import json
import resource
import sys
import time

import torch
from torch import nn
from torch.nn import functional as F

o = json.loads(sys.argv[1])
torch.set_num_threads(int(o["threads"]))
torch.manual_seed(0)
classes = int(o["classes"])


def conv(into, out, size=3, stride=1, groups=1):
    return nn.Sequential(nn.Conv2d(into, out, size, stride, size // 2, groups=groups, bias=False), nn.BatchNorm2d(out))


class Small(nn.Module):
    def __init__(self, w=32):
        super().__init__()
        self.stem, self.a1, self.a2 = conv(3, w), conv(w, w), conv(w, w)
        self.b1, self.b2, self.b3 = conv(w, 2 * w, stride=2), conv(2 * w, 2 * w), conv(w, 2 * w, 1, 2)
        self.i1, self.i2, self.i3 = conv(2 * w, 4 * w, 1), conv(4 * w, 4 * w, groups=4 * w), conv(4 * w, 2 * w, 1)
        self.head = nn.Linear(2 * w, classes, bias=False)

    def forward(self, x):
        x = F.max_pool2d(self.stem(x).relu(), 3, 2, 1)
        x = (self.a2(self.a1(x).relu()) + x).relu()
        x = (self.b2(self.b1(x).relu()) + self.b3(x)).relu()
        x = x + self.i3(F.relu6(self.i2(F.relu6(self.i1(x)))))
        return self.head(x.mean((2, 3)))


class Bottleneck(nn.Module):
    def __init__(self, into, inner, stride):
        super().__init__()
        out = 4 * inner
        self.one, self.two, self.three = conv(into, inner, 1), conv(inner, inner, 3, stride), conv(inner, out, 1)
        self.shortcut = conv(into, out, 1, stride) if into != out or stride > 1 else nn.Identity()

    def forward(self, x):
        return F.relu(self.three(F.relu(self.two(F.relu(self.one(x))), inplace=True)) + self.shortcut(x), inplace=True)


class ResNet50(nn.Module):
    def __init__(self):
        super().__init__()
        self.stem = nn.Sequential(nn.Conv2d(3, 64, 7, 2, 3, bias=False), nn.BatchNorm2d(64), nn.ReLU(inplace=True), nn.MaxPool2d(3, 2, 1))
        blocks, into = [], 64
        for stage, depth in enumerate((3, 4, 6, 3)):
            for i in range(depth):
                blocks.append(Bottleneck(into, 64 << stage, 2 if stage and not i else 1))
                into = 256 << stage
        self.blocks, self.head = nn.Sequential(*blocks), nn.Linear(into, classes)

    def forward(self, x):
        return self.head(self.blocks(self.stem(x)).mean((2, 3)))


class ConvNextBlock(nn.Module):
    def __init__(self, d):
        super().__init__()
        self.depthwise, self.norm = nn.Conv2d(d, d, 7, padding=3, groups=d), nn.LayerNorm(d, eps=1e-6)
        self.fc1, self.fc2, self.scale = nn.Linear(d, 4 * d), nn.Linear(4 * d, d), nn.Parameter(torch.ones(d))

    def forward(self, x):
        y = self.norm(self.depthwise(x).permute(0, 2, 3, 1))
        return x + (self.scale * self.fc2(F.gelu(self.fc1(y)))).permute(0, 3, 1, 2)


class Norm(nn.LayerNorm):
    def forward(self, x):
        return super().forward(x.permute(0, 2, 3, 1)).permute(0, 3, 1, 2)


class ConvNextTiny(nn.Module):
    def __init__(self):
        super().__init__()
        layers = [nn.Conv2d(3, 96, 4, 4), Norm(96, eps=1e-6)]
        for stage, depth in enumerate((3, 3, 9, 3)):
            d = 96 << stage
            if stage:
                layers += [Norm(d // 2, eps=1e-6), nn.Conv2d(d // 2, d, 2, 2)]
            layers += [ConvNextBlock(d) for _ in range(depth)]
        self.layers, self.norm, self.head = nn.Sequential(*layers), nn.LayerNorm(768, eps=1e-6), nn.Linear(768, classes)

    def forward(self, x):
        return self.head(self.norm(self.layers(x).mean((2, 3))))


model = {"small": Small, "resnet50": ResNet50, "convnext-tiny": ConvNextTiny}[o["net"]]()
images = torch.randn(int(o["batch"]), 3, int(o["image"]), int(o["image"]))
labels = torch.arange(int(o["batch"])) % classes
optimizer = torch.optim.SGD(model.parameters(), 0.05, momentum=0.9)


def step():
    optimizer.zero_grad()
    loss = F.cross_entropy(model(images), labels)
    loss.backward()
    optimizer.step()
    return loss.item()


def report(**line):
    print(json.dumps(line), flush=True)


report(ready=f"PyTorch {torch.__version__}, {torch.get_num_threads()} threads", compileMs=0)
for line in sys.stdin:
    times, loss, cpu = [], 0.0, time.process_time()
    for _ in range(int(line)):
        begin = time.perf_counter()
        loss = step()
        times.append(1000 * (time.perf_counter() - begin))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    report(times=times, loss=loss, cpuMs=1000 * (time.process_time() - cpu), peakMegabytes=peak)
