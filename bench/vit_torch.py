"""The PyTorch side of the vision transformer's benches: the same network, loss and optimiser; does the work as often as each line of stdin asks for.

Its options are those of bench/vitConfig.ts as one JSON object. Attention uses scaled_dot_product_attention where it exists.
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
device = torch.device("cpu" if o["device"] == "cpu" else "cuda")
# "cuda-tf32" lets products round their factors to 10 bits; without it they are float32, which newer versions also say by a precision.
torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = o["device"] == "cuda-tf32"
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


images = torch.randn(int(o["batch"]), 3, int(o["image"]), int(o["image"]))
labels = (torch.arange(int(o["batch"])) % int(o["classes"])).to(device)


def prepare_step():
    model = Vit().to(device)
    optimizer = torch.optim.AdamW(model.parameters(), 1e-3, weight_decay=0.01)

    def step():
        optimizer.zero_grad()
        loss = F.cross_entropy(model(images.to(device)), labels)
        loss.backward()
        if o["clip"] > 0:
            nn.utils.clip_grad_norm_(model.parameters(), o["clip"])
        optimizer.step()
        return loss.item()

    return step


def prepare_forward():
    model = Vit().to(device).eval()
    return torch.no_grad()(lambda: model(images.to(device)).cpu()[0, 0].item())


def prepare_point():
    model = Vit().to(device).eval()
    weights = {name: value.detach() for name, value in model.named_parameters()}
    first, second = ({name: 0.01 * torch.randn_like(value) for name, value in weights.items()} for _ in range(2))
    held = images.to(device)

    @torch.no_grad()
    def point():
        x, y = (torch.rand(2) - 0.5).tolist()
        moved = {name: value + x * first[name] + y * second[name] for name, value in weights.items()}
        logits = torch.func.functional_call(model, moved, (held,))
        accuracy = (logits.argmax(1) == labels).float().mean()
        return F.cross_entropy(logits, labels).item() + 0 * accuracy.item()

    return point


def prepare_product():
    a, b = (torch.randn(int(o["side"]), int(o["side"]), device=device) for _ in range(2))
    return lambda: (a @ b)[0, 0].item()


run = {"step": prepare_step, "forward": prepare_forward, "point": prepare_point, "product": prepare_product}[o["work"]]()


def peak_megabytes():
    if device.type == "cuda":
        return torch.cuda.max_memory_reserved() / 2**20
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def report(**line):
    print(json.dumps(line), flush=True)


where = f"{torch.get_num_threads()} threads" if device.type == "cpu" else f"{torch.cuda.get_device_name()}, {'TF32' if 'tf32' in o['device'] else 'float32'}"
report(ready=f"PyTorch {torch.__version__}, {where}", compileMs=0)
for line in sys.stdin:
    times = []
    loss = 0.0
    cpu = time.process_time()
    for _ in range(int(line)):
        begin = time.perf_counter()
        # Every run ends with a number on the CPU, so all of it is done.
        loss = run()
        times.append(1000 * (time.perf_counter() - begin))
    cpu = 1000 * (time.process_time() - cpu)
    report(times=times, loss=loss, cpuMs=cpu, peakMegabytes=peak_megabytes())
