#!/usr/bin/env python3
"""Times PyTorch's inference: eager, channels-last, and traced and frozen; JSON lines on standard output.

usage: torch_inference.py --net resnet20|resnet50|mobilenetv2|slimmable-encoder --images 1 --threads 1 --seconds 3
Needs Debian's python3-torch, and python3-torchvision for networks of 224x224 images. The encoder runs with 1 to 4 members.
"""
import argparse

import torch

from torch_nets import MEMBERS, network, set_up
from torch_timing import emit, time_of


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--net", default="resnet20")
    parser.add_argument("--images", type=int, default=1)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--seconds", type=float, default=3)
    args = parser.parse_args()
    set_up(args.threads)
    for width in MEMBERS if args.net == "slimmable-encoder" else ["1"]:
        net, shape = network(args.net, width)
        net.eval()
        x = torch.randn(args.images, *shape)
        last = x.to(memory_format=torch.channels_last)
        with torch.no_grad():
            frozen = torch.jit.optimize_for_inference(torch.jit.freeze(torch.jit.trace(net, x)))
            variants = {"torch": (net, x), "torch frozen": (frozen, x), "torch channels-last": (None, last)}
            for peer, (module, image) in variants.items():
                if module is None:
                    module = net.to(memory_format=torch.channels_last)
                timing = time_of(args.seconds, lambda: module(image))
                emit(peer, "inference", args.net, args.images, args.threads, timing, width=width)


if __name__ == "__main__":
    main()
