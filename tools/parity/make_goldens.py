#!/usr/bin/env python3
"""Writes tests/golden/parity: what PyTorch computes for every layer, loss and optimizer.

usage: /usr/bin/python3 tools/parity/make_goldens.py [FOLDER]

The same PyTorch writes the same bytes again; goldens change only when a case is added or changed here.
"""

import os
import pathlib
import sys

import torch

import layer_goldens
import loss_goldens
import optimizer_goldens


def main():
    default = pathlib.Path(__file__).resolve().parents[2] / "tests" / "golden" / "parity"
    folder = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else default
    os.makedirs(folder, exist_ok=True)
    torch.set_num_threads(1)
    for old in folder.glob("*.safetensors"):
        old.unlink()
    layer_goldens.write(folder)
    loss_goldens.write(folder)
    optimizer_goldens.write(folder)
    files = sorted(folder.glob("*.safetensors"))
    print(f"{len(files)} files, {sum(f.stat().st_size for f in files)} bytes in {folder}, by PyTorch {torch.__version__}")


if __name__ == "__main__":
    main()
