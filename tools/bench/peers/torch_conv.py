#!/usr/bin/env python3
"""Times PyTorch's convolutions, forward and both ways backward, channels first and last; JSON lines on standard output.

usage: torch_conv.py --shapes conv_shapes.txt --images 1,32 --threads 1 --seconds 0.3
Needs Debian's python3-torch.
"""
import argparse

import torch

from torch_nets import conv_shapes, set_up
from torch_timing import emit, time_of


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--shapes", required=True)
    parser.add_argument("--images", default="1")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--seconds", type=float, default=0.3)
    args = parser.parse_args()
    set_up(args.threads)
    layouts = {"torch": torch.contiguous_format, "torch channels-last": torch.channels_last}
    for name, channels, out, h, w, kernel, stride, padding, groups in conv_shapes(args.shapes):
        for images in map(int, args.images.split(",")):
            for peer, layout in layouts.items():
                x = torch.randn(images, channels, h, w).contiguous(memory_format=layout)
                weight = torch.randn(out, channels // groups, kernel, kernel).contiguous(memory_format=layout)
                with torch.no_grad():
                    def forward():
                        return torch.conv2d(x, weight, None, stride, padding, 1, groups)

                    dy = torch.randn_like(forward())

                    def backward(of_input, of_weight):
                        torch.ops.aten.convolution_backward(dy, x, weight, None, [stride] * 2, [padding] * 2, [1, 1], False,
                                                            [0, 0], groups, [of_input, of_weight, False])

                    for bench, work in (("conv forward", forward), ("conv backward data", lambda: backward(True, False)),
                                        ("conv backward weights", lambda: backward(False, True))):
                        emit(peer, bench, name, images, args.threads, time_of(args.seconds, work))


if __name__ == "__main__":
    main()
