#!/usr/bin/env python3
"""Times PyTorch's inference: eager, channels-last, and traced and frozen; one JSON line each on standard output.

usage: torch_inference.py --net resnet20|resnet50|mobilenetv2 --images 1 --threads 1 --seconds 3
Needs Debian's python3-torch, and python3-torchvision for networks of 224x224 images.
"""
import argparse
import json
import statistics
import time

import torch

from torch_train_step import resnet20


def network(name):
    if name == "resnet20":
        return resnet20(1), 32
    import torchvision
    return {"resnet50": torchvision.models.resnet50, "mobilenetv2": torchvision.models.mobilenet_v2}[name](), 224


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--net", default="resnet20")
    parser.add_argument("--images", type=int, default=1)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--seconds", type=float, default=3)
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    torch.manual_seed(1)
    net, side = network(args.net)
    net.eval()
    x = torch.randn(args.images, 3, side, side)
    last = x.to(memory_format=torch.channels_last)
    with torch.no_grad():
        frozen = torch.jit.optimize_for_inference(torch.jit.freeze(torch.jit.trace(net, x)))
        variants = {"torch eager": (net, x), "torch channels-last": (net.to(memory_format=torch.channels_last), last),
                    "torch frozen": (frozen, x)}
        for name, (module, image) in variants.items():
            for _ in range(5):
                module(image)
            times, end = [], time.perf_counter() + args.seconds
            while time.perf_counter() < end or len(times) < 20:
                start = time.perf_counter()
                module(image)
                times.append(time.perf_counter() - start)
            print(json.dumps({"peer": name, "bench": "inference", "net": args.net, "width": "1", "images": args.images,
                              "threads": args.threads, "runs": len(times), "ms": statistics.median(times) * 1e3,
                              "best_ms": min(times) * 1e3}))


if __name__ == "__main__":
    main()
