#!/usr/bin/env python3
"""Published CIFAR-10 ResNets (akamaster/pytorch_resnet_cifar10, as safetensors) in PyTorch and in slimsplit.

usage: cifar_logits.py golden WEIGHTS_DIR OUT.safetensors
           PyTorch's logits of both networks on eight made images: tests/golden/import/cifar_logits.safetensors
       cifar_logits.py compare WEIGHTS_DIR CIFAR_DIR SLIMSPLIT RUN_MODEL
           logits and accuracy on CIFAR-10's test images; fails where they differ by more than 1e-4, or 0.1 %

WEIGHTS_DIR holds resnet20-*.safetensors and resnet56-*.safetensors, CIFAR_DIR test_batch.bin. SLIMSPLIT and RUN_MODEL are
the binaries of //tools:slimsplit and //tools/parity:run_model.
"""

import pathlib
import subprocess
import sys
import tempfile

import numpy
import torch
from torch import nn
from torch.nn import functional

import safetensors_io

NETS = {"resnet20": 3, "resnet56": 9}
MEAN, STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)


class Block(nn.Module):
    def __init__(self, inputs, outputs):
        super().__init__()
        self.stride = 1 if inputs == outputs else 2
        self.conv1 = nn.Conv2d(inputs, outputs, 3, self.stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(outputs)
        self.conv2 = nn.Conv2d(outputs, outputs, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(outputs)
        self.padding = (outputs - inputs) // 2

    def forward(self, x):
        y = self.bn2(self.conv2(torch.relu(self.bn1(self.conv1(x)))))
        shortcut = functional.pad(x[:, :, :: self.stride, :: self.stride], (0, 0, 0, 0, self.padding, self.padding))
        return torch.relu(y + shortcut)


class ResNet(nn.Module):
    def __init__(self, n):
        super().__init__()
        self.conv1 = nn.Conv2d(3, 16, 3, 1, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(16)
        self.layer1 = nn.Sequential(*[Block(16, 16) for _ in range(n)])
        self.layer2 = nn.Sequential(Block(16, 32), *[Block(32, 32) for _ in range(n - 1)])
        self.layer3 = nn.Sequential(Block(32, 64), *[Block(64, 64) for _ in range(n - 1)])
        self.linear = nn.Linear(64, 10)

    def forward(self, x):
        x = torch.relu(self.bn1(self.conv1(x)))
        return self.linear(self.layer3(self.layer2(self.layer1(x))).mean((2, 3)))


def find_weights(folder, name):
    (path,) = pathlib.Path(folder).glob(name + "-*.safetensors")
    return path


def torch_logits(weights, name, images):
    """images: uint8 [N][H][W][3] -> float32 [N][10]."""
    tensors, _ = safetensors_io.load(weights)
    net = ResNet(NETS[name])
    state = {key.replace("module.", "", 1): torch.from_numpy(value) for key, value in tensors.items()}
    missing, unexpected = net.load_state_dict(state, strict=False)
    assert not unexpected and all(key.endswith("num_batches_tracked") for key in missing), (missing, unexpected)
    net.eval()
    logits = []
    with torch.no_grad():
        for part in numpy.array_split(images, max(1, len(images) // 100)):
            x = (torch.from_numpy(part).float() / 255 - torch.tensor(MEAN)) / torch.tensor(STD)
            logits.append(net(x.permute(0, 3, 1, 2)).numpy())
    return numpy.concatenate(logits)


def made_images():
    """Eight smooth pictures of noise: sums of a few waves per channel, as different as photos are."""
    random = numpy.random.default_rng(1)
    y, x = numpy.mgrid[0:32, 0:32][..., None] / 32
    images = []
    for _ in range(8):
        waves = sum(
            numpy.cos(2 * numpy.pi * (x * random.normal(0, k, 3) + y * random.normal(0, k, 3) + random.random(3))) / k
            for k in (1, 2, 4)
        )
        images.append(numpy.clip(128 + 60 * random.random() * waves + random.normal(0, 8, (32, 32, 3)), 0, 255))
    return numpy.stack(images).astype(numpy.uint8)


def golden(weights_dir, out):
    images = made_images()
    tensors = {name: torch_logits(find_weights(weights_dir, name), name, images) for name in NETS}
    safetensors_io.save(out, {"images": images, **tensors})


def compare(weights_dir, cifar_dir, slimsplit, run_model):
    rows = numpy.fromfile(pathlib.Path(cifar_dir) / "test_batch.bin", numpy.uint8).reshape(-1, 3073)
    labels = rows[:, 0]
    images = numpy.ascontiguousarray(rows[:, 1:].reshape(-1, 3, 32, 32).transpose(0, 2, 3, 1))
    fine = True
    with tempfile.TemporaryDirectory() as folder:
        model, pictures, out = (str(pathlib.Path(folder) / name) for name in ("model", "images", "logits"))
        safetensors_io.save(pictures, {"images": images})
        for name in NETS:
            weights = find_weights(weights_dir, name)
            subprocess.run([slimsplit, "import", "--net", name, "--weights", weights, "--out", model], check=True)
            subprocess.run([run_model, model, pictures, out], check=True)
            ours = safetensors_io.load(out)[0]["logits"]
            theirs = torch_logits(weights, name, images)
            difference = numpy.abs(ours - theirs).max()
            accuracy = [100 * (logits.argmax(1) == labels).mean() for logits in (ours, theirs)]
            fine &= bool(difference <= 1e-4 and abs(accuracy[0] - accuracy[1]) <= 0.1)
            print(f"{name}: {len(images)} images, largest difference of a logit {difference:.2e} "
                  f"(logits up to {numpy.abs(theirs).max():.1f}), accuracy {accuracy[0]:.2f} %, PyTorch {accuracy[1]:.2f} %")
    return 0 if fine else 5


if __name__ == "__main__":
    if len(sys.argv) == 4 and sys.argv[1] == "golden":
        golden(*sys.argv[2:])
    elif len(sys.argv) == 6 and sys.argv[1] == "compare":
        sys.exit(compare(*sys.argv[2:]))
    else:
        sys.exit(__doc__)
