"""The networks that PyTorch runs beside slimsplit, with random weights."""
import torch
from torch import nn
from torch.nn import functional as F


class Block(nn.Module):
    """A block of the CIFAR ResNets, with an option-A shortcut."""

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


def resnet20(width=1.0):
    stages = [max(1, round(full * width)) for full in (16, 32, 64)]
    layers = [nn.Conv2d(3, stages[0], 3, 1, 1, bias=False), nn.BatchNorm2d(stages[0]), nn.ReLU(inplace=True)]
    channels = stages[0]
    for stage, out in enumerate(stages):
        for block in range(3):
            layers.append(Block(channels, out, 2 if stage and not block else 1))
            channels = out
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(channels, 10))


def resnet20_tail():
    """What follows the first stage."""
    return resnet20()[6:]


class FusedBlock(nn.Module):
    """A fused inverted bottleneck of the ensemble encoder (layers/nets/slimmable_encoder_host.cc)."""

    def __init__(self, channels_in, channels_out, expand, stride, residual):
        super().__init__()
        wide, squeezed = expand * channels_in, max(1, channels_in // 4)
        self.expand = nn.Conv2d(channels_in, wide, 3, stride, 1, bias=False)
        self.norm1 = nn.InstanceNorm2d(wide)
        self.squeeze = nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Conv2d(wide, squeezed, 1), nn.ReLU(),
                                     nn.Conv2d(squeezed, wide, 1), nn.Sigmoid())
        self.project = nn.Conv2d(wide, channels_out, 1, bias=False)
        self.norm2 = nn.InstanceNorm2d(channels_out)
        self.residual = residual

    def forward(self, x):
        y = F.silu(self.norm1(self.expand(x)))
        y = self.norm2(self.project(y * self.squeeze(y)))
        return x + y if self.residual else y


class Encoder(nn.Module):
    """The first `members` of the 384x384 ensemble encoder: 2 E_1 + E_2 + E_3 / 2 + E_4 / 4."""

    def __init__(self, members):
        super().__init__()
        self.members = nn.ModuleList(
            nn.Sequential(nn.Conv2d(3, 6, 3, 2, bias=False), nn.BatchNorm2d(6), FusedBlock(6, 4, 1, 1, False),
                          FusedBlock(4, 4, 1, 1, True), FusedBlock(4, 6, 6, 2, False), FusedBlock(6, 6, 6, 1, True),
                          FusedBlock(6, 6, 6, 1, False)) for _ in range(members))

    def forward(self, x):
        return sum(2.0 ** (1 - i) * member(x) for i, member in enumerate(self.members))


MEMBERS = {"0.25": 1, "0.5": 2, "0.75": 3, "1": 4}


def network(name, width="1"):
    """A network by slimsplit's name, and the shape of its input without the batch."""
    if name == "resnet20":
        return resnet20(float(width)), (3, 32, 32)
    if name == "tail":
        return resnet20_tail(), (16, 32, 32)
    if name == "slimmable-encoder":
        return Encoder(MEMBERS[width]), (3, 384, 384)
    import torchvision
    return {"resnet50": torchvision.models.resnet50, "mobilenetv2": torchvision.models.mobilenet_v2}[name](), (3, 224, 224)


def conv_shapes(path):
    """(name, in, out, height, width, kernel, stride, padding, groups) of each line of conv_shapes.txt."""
    with open(path) as file:
        for line in file:
            if line.strip() and not line.startswith("#"):
                channels, out, h, w, kernel, stride, padding, groups = map(int, line.split())
                name = "%dx%d %d%s %dx%d%s" % (kernel, kernel, channels, " dw" if groups > 1 else "-%d" % out, h, w,
                                               " /%d" % stride if stride > 1 else "")
                yield name, channels, out, h, w, kernel, stride, padding, groups


def set_up(threads):
    torch.set_num_threads(threads)
    torch.manual_seed(1)
