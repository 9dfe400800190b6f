#!/usr/bin/env python3
"""Writes what ONNX Runtime times as ONNX files with random weights.

usage: torch_export.py FOLDER --shapes conv_shapes.txt
conv_0.onnx, conv_1.onnx, ... in the order of the shapes; NET.onnx and slimmable-encoder_WIDTH.onnx; tail.onnx.
"""
import argparse
import os

import torch
from torch import nn

from torch_nets import MEMBERS, conv_shapes, network, set_up


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder")
    parser.add_argument("--shapes", required=True)
    args = parser.parse_args()
    set_up(1)
    os.makedirs(args.folder, exist_ok=True)

    def export(module, shape, name):
        torch.onnx.export(module.eval(), torch.randn(1, *shape), os.path.join(args.folder, name + ".onnx"), opset_version=13,
                          input_names=["x"], output_names=["y"], dynamic_axes={"x": {0: "n"}, "y": {0: "n"}})

    for i, (_, channels, out, h, w, kernel, stride, padding, groups) in enumerate(conv_shapes(args.shapes)):
        conv = nn.Conv2d(channels, out, kernel, stride, padding, groups=groups, bias=False)
        export(conv, (channels, h, w), "conv_%d" % i)
    for name in ("resnet20", "resnet50", "mobilenetv2", "tail"):
        export(*network(name), name)
    for width in MEMBERS:
        export(*network("slimmable-encoder", width), "slimmable-encoder_" + width)


if __name__ == "__main__":
    main()
