#!/usr/bin/env python3
"""Times PyTorch's training step of the CIFAR ResNet-20 (option-A shortcuts); one JSON line on standard output.

usage: torch_train_step.py --batch 128 --threads 2 --seconds 5 [--channels-last] [--widths 0.25,0.5,0.75,1]
With several widths a step runs a plain network of each width, one after the other. Needs Debian's python3-torch.
"""
import argparse
import json
import resource
import statistics
import time

import torch
from torch import nn
from torch.nn import functional as F


class Block(nn.Module):
    def __init__(self, channels_in, channels_out, stride):
        super().__init__()
        self.conv1 = nn.Conv2d(channels_in, channels_out, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(channels_out)
        self.conv2 = nn.Conv2d(channels_out, channels_out, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(channels_out)
        self.stride = stride
        self.missing = channels_out - channels_in

    def forward(self, x):
        y = F.relu(self.bn1(self.conv1(x)), inplace=True)
        y = self.bn2(self.conv2(y))
        if self.missing:
            before = self.missing // 2
            x = F.pad(x[:, :, ::self.stride, ::self.stride], (0, 0, 0, 0, before, self.missing - before))
        return F.relu(y.add_(x), inplace=True)


def resnet20(width):
    stages = [max(1, round(full * width)) for full in (16, 32, 64)]
    layers = [nn.Conv2d(3, stages[0], 3, 1, 1, bias=False), nn.BatchNorm2d(stages[0]), nn.ReLU(inplace=True)]
    channels = stages[0]
    for stage, out in enumerate(stages):
        for block in range(3):
            layers.append(Block(channels, out, 2 if stage and not block else 1))
            channels = out
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(channels, 10))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--batch", type=int, default=128)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--seconds", type=float, default=5)
    parser.add_argument("--channels-last", action="store_true")
    parser.add_argument("--widths", default="1")
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    torch.manual_seed(0)
    images = torch.randn(args.batch, 3, 32, 32)
    labels = torch.randint(0, 10, (args.batch,))
    nets = [resnet20(float(width)).train() for width in args.widths.split(",")]
    if args.channels_last:
        images = images.contiguous(memory_format=torch.channels_last)
        nets = [net.to(memory_format=torch.channels_last) for net in nets]
    parameters = [p for net in nets for p in net.parameters()]
    optimizer = torch.optim.SGD(parameters, lr=0.1, momentum=0.9, weight_decay=1e-4)

    def step():
        optimizer.zero_grad(set_to_none=True)
        for net in nets:
            F.cross_entropy(net(images), labels).backward()
        optimizer.step()

    for _ in range(3):
        step()
    times = []
    end = time.perf_counter() + args.seconds
    while time.perf_counter() < end or len(times) < 20:
        start = time.perf_counter()
        step()
        times.append(time.perf_counter() - start)
    print(json.dumps({
        "peer": "torch " + torch.__version__ + (" channels-last" if args.channels_last else ""),
        "bench": "train_step", "net": "resnet20", "widths": [float(w) for w in args.widths.split(",")],
        "batch": args.batch, "threads": args.threads, "steps": len(times),
        "ms": statistics.median(times) * 1e3, "best_ms": min(times) * 1e3,
        "process_peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024}))


if __name__ == "__main__":
    main()
