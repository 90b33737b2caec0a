"""The PyTorch side of bench/step: the same network, loss and optimiser; runs as many steps as each line of stdin asks for.

Its options are those of bench/stepConfig.ts as one JSON object. Attention uses scaled_dot_product_attention where it exists.
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
D, H, P = int(o["width"]), int(o["heads"]), int(o["patch"])
tokens = 1 + (int(o["image"]) // P) ** 2


class Block(nn.Module):
    def __init__(self):
        super().__init__()
        self.norm1, self.norm2 = nn.LayerNorm(D, eps=1e-6), nn.LayerNorm(D, eps=1e-6)
        self.qkv, self.output = nn.Linear(D, 3 * D), nn.Linear(D, D)
        self.fc1, self.fc2 = nn.Linear(D, 4 * D), nn.Linear(4 * D, D)

    def forward(self, x):
        n, t, _ = x.shape
        q, k, v = self.qkv(self.norm1(x)).reshape(n, t, 3, H, D // H).permute(2, 0, 3, 1, 4).unbind(0)
        if hasattr(F, "scaled_dot_product_attention"):
            mixed = F.scaled_dot_product_attention(q, k, v)
        else:
            mixed = ((q * (D // H) ** -0.5) @ k.transpose(-1, -2)).softmax(-1) @ v
        x = x + self.output(mixed.transpose(1, 2).reshape(n, t, D))
        return x + self.fc2(F.gelu(self.fc1(self.norm2(x))))


class Vit(nn.Module):
    def __init__(self):
        super().__init__()
        self.patch = nn.Conv2d(3, D, P, stride=P)
        self.cls = nn.Parameter(torch.zeros(1, 1, D))
        self.position = nn.Parameter(torch.randn(1, tokens, D) * 0.02)
        self.blocks = nn.ModuleList([Block() for _ in range(int(o["depth"]))])
        self.norm, self.head = nn.LayerNorm(D, eps=1e-6), nn.Linear(D, int(o["classes"]))

    def forward(self, images):
        x = self.patch(images).flatten(2).transpose(1, 2)
        x = torch.cat([self.cls.expand(len(x), -1, -1), x], 1) + self.position
        for block in self.blocks:
            x = block(x)
        return self.head(self.norm(x[:, 0]))


model = Vit()
images = torch.randn(int(o["batch"]), 3, int(o["image"]), int(o["image"]))
labels = torch.arange(int(o["batch"])) % int(o["classes"])
optimizer = torch.optim.AdamW(model.parameters(), 1e-3, weight_decay=0.01)


def step():
    optimizer.zero_grad()
    loss = F.cross_entropy(model(images), labels)
    loss.backward()
    if o["clip"] > 0:
        nn.utils.clip_grad_norm_(model.parameters(), o["clip"])
    optimizer.step()
    return loss.item()


def report(**line):
    print(json.dumps(line), flush=True)


report(ready=f"PyTorch {torch.__version__}, {torch.get_num_threads()} threads", compileMs=0)
for line in sys.stdin:
    times = []
    loss = 0.0
    cpu = time.process_time()
    for _ in range(int(line)):
        begin = time.perf_counter()
        loss = step()
        times.append(1000 * (time.perf_counter() - begin))
    cpu = 1000 * (time.process_time() - cpu)
    report(times=times, loss=loss, cpuMs=cpu, peakMegabytes=resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
