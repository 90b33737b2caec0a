"""Debiased linear CKA of all pairs of layers as it is usually written: two centred Gram matrices a pair. For bench/similarity.ts."""

import json
import sys
import time

import torch


def hsic1(k, l):
    n = k.shape[0]
    k = k.clone().fill_diagonal_(0)
    l = l.clone().fill_diagonal_(0)
    trace = (k * l).sum()
    sums = k.sum() * l.sum() / ((n - 1) * (n - 2))
    rows = 2 * (k.sum(0) * l.sum(0)).sum() / (n - 2)
    return (trace + sums - rows) / (n * (n - 3))


def debiased_cka(x, y):
    k, l = x @ x.T, y @ y.T
    return hsic1(k, l) / torch.sqrt(hsic1(k, k) * hsic1(l, l))


def main():
    options = json.loads(sys.argv[1])
    torch.set_num_threads(options["threads"])
    n, d, pairs = options["n"], options["d"], options["pairs"]
    file = options["file"]
    x = torch.frombuffer(bytearray(open(file, "rb").read()), dtype=torch.float32).reshape(-1, n, d).to(options["device"])
    debiased_cka(x[0, :256], x[1, :256]).item()
    seconds, cpu, values = [], [], []
    for pair in range(pairs):
        start, before = time.perf_counter(), time.process_time()
        values.append(debiased_cka(x[0] - x[0].mean(0), x[1 + pair] - x[1 + pair].mean(0)).item())
        seconds.append(time.perf_counter() - start)
        cpu.append(time.process_time() - before)
    print(json.dumps({"version": torch.__version__, "seconds": seconds, "cpu": cpu, "values": values}))


main()
