#!/usr/bin/env python3
"""Times PyTorch's training step of the CIFAR ResNet-20 (option-A shortcuts); one JSON line on standard output.

usage: torch_train_step.py --batch 128 --threads 2 --seconds 5 [--channels-last] [--widths 0.25,0.5,0.75,1]
                           [--precision bf16]
With several widths a step runs a plain network of each width, one after the other. bf16 is autocast, with the AVX-512 loops
that this PyTorch has but does not choose by itself. Needs Debian's python3-torch.
"""
import argparse
import os
import resource
import sys

if "bf16" in sys.argv and "avx512bw" in open("/proc/cpuinfo").read():
    os.environ["ATEN_CPU_CAPABILITY"] = "avx512"

import torch
from torch.nn import functional as F

from torch_nets import resnet20, set_up
from torch_timing import emit, time_of


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--batch", type=int, default=128)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--seconds", type=float, default=5)
    parser.add_argument("--channels-last", action="store_true")
    parser.add_argument("--widths", default="1")
    parser.add_argument("--precision", default="fp32", choices=["fp32", "bf16"])
    args = parser.parse_args()
    set_up(args.threads)
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
            with torch.autocast("cpu", torch.bfloat16, enabled=args.precision == "bf16"):
                loss = F.cross_entropy(net(images), labels)
            loss.backward()
        optimizer.step()

    emit("torch channels-last" if args.channels_last else "torch", "train step" + (", bf16" if args.precision == "bf16" else ""), "resnet20", args.batch, args.threads,
         time_of(args.seconds, step), widths=args.widths,
         process_peak_mb=resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)


if __name__ == "__main__":
    main()
