#!/usr/bin/env python3
"""ResNet-18, ResNet-50 and MobileNetV2 of torchvision with random weights, in PyTorch and imported into slimsplit.

usage: torchvision_nets.py SLIMSPLIT RUN_MODEL [SIZE]

SLIMSPLIT and RUN_MODEL are the binaries of //tools:slimsplit and //tools/parity:run_model; SIZE is the side of the images,
224 if not given. Fails where logits differ by more than 1e-4 of the largest one.
"""

import pathlib
import subprocess
import sys
import tempfile

import numpy
import torch
import torchvision

import safetensors_io

NETS = {"resnet18": "resnet18", "resnet50": "resnet50", "mobilenetv2": "mobilenet_v2"}
MEAN, STD = torch.tensor((0.485, 0.456, 0.406)), torch.tensor((0.229, 0.224, 0.225))


def make(name, images):
    """A network whose statistics are those of the images, a little disturbed: every number of it matters."""
    net = getattr(torchvision.models, NETS[name])(weights=None)
    with torch.no_grad():
        for module in net.modules():
            if isinstance(module, torch.nn.BatchNorm2d):
                module.momentum = None  # the exact average over the passes below
                module.weight.uniform_(0.5, 1.5)
                module.bias.normal_(0, 0.2)
        net.train()
        net(images)
        for module in net.modules():
            if isinstance(module, torch.nn.BatchNorm2d):
                module.running_mean += 0.1 * torch.randn_like(module.running_mean) * module.running_var.sqrt()
                module.running_var *= torch.empty_like(module.running_var).uniform_(0.8, 1.25)
    return net.eval()


def main(slimsplit, run_model, size="224"):
    torch.manual_seed(1)
    pixels = numpy.random.default_rng(1).integers(0, 256, (4, int(size), int(size), 3), numpy.uint8)
    images = ((torch.from_numpy(pixels).float() / 255 - MEAN) / STD).permute(0, 3, 1, 2)
    fine = True
    with tempfile.TemporaryDirectory() as folder:
        weights, model, pictures, out = (str(pathlib.Path(folder) / name) for name in ("weights", "model", "images", "logits"))
        safetensors_io.save(pictures, {"images": pixels})
        for name in NETS:
            net = make(name, images)
            safetensors_io.save(weights, {key: value.numpy() for key, value in net.state_dict().items()})
            command = [slimsplit, "import", "--net", name, "--weights", weights, "--out", model, "--image-size", size]
            subprocess.run(command, check=True)
            subprocess.run([run_model, model, pictures, out], check=True)
            ours = safetensors_io.load(out)[0]["logits"]
            with torch.no_grad():
                theirs = net(images).numpy()
            relative = numpy.abs(ours - theirs).max() / numpy.abs(theirs).max()
            fine &= bool(relative <= 1e-4)
            print(f"{name}: {size}x{size}, largest difference {relative:.2e} of the largest logit {numpy.abs(theirs).max():.2f}, "
                  f"spread over images {theirs.std(0).mean():.3f}")
    return 0 if fine else 5


if __name__ == "__main__":
    if len(sys.argv) not in (3, 4):
        sys.exit(__doc__)
    sys.exit(main(*sys.argv[1:]))
