"""Blocks as they are trained, in PyTorch."""

from __future__ import annotations

import torch
from torch import nn


def conv_norm(inputs: int, outputs: int, kernel: tuple[int, int], stride: int = 1, groups: int = 1) -> nn.Sequential:
    padding = (kernel[0] // 2, kernel[1] // 2)
    return nn.Sequential(nn.Conv2d(inputs, outputs, kernel, stride, padding, groups=groups, bias=False), nn.BatchNorm2d(outputs))


class ACBlock(nn.Module):
    """A block of ACNet: 3×3, 1×3 and 3×1."""

    def __init__(self, inputs: int, outputs: int, stride: int = 1) -> None:
        super().__init__()
        self.square = conv_norm(inputs, outputs, (3, 3), stride)
        self.ver = conv_norm(inputs, outputs, (3, 1), stride)
        self.hor = conv_norm(inputs, outputs, (1, 3), stride)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return torch.relu(self.square(x) + self.ver(x) + self.hor(x))


class RepVGGBlock(nn.Module):
    """A block of RepVGG: 3×3, 1×1 and, where sizes allow it, the identity with a batch norm."""

    def __init__(self, inputs: int, outputs: int, stride: int = 1) -> None:
        super().__init__()
        self.dense = conv_norm(inputs, outputs, (3, 3), stride)
        self.one = conv_norm(inputs, outputs, (1, 1), stride)
        self.identity = nn.BatchNorm2d(inputs) if inputs == outputs and stride == 1 else None

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        y = self.dense(x) + self.one(x)
        return torch.relu(y if self.identity is None else y + self.identity(x))


class MobileOneBlock(nn.Module):
    """A block of MobileOne: three depthwise branches beside a scale and a skip, then three pointwise ones and a skip."""

    def __init__(self, inputs: int, outputs: int, stride: int = 1) -> None:
        super().__init__()
        self.depth = nn.ModuleList(conv_norm(inputs, inputs, (3, 3), stride, groups=inputs) for _ in range(3))
        self.scale = conv_norm(inputs, inputs, (1, 1), stride, groups=inputs)
        self.skip = nn.BatchNorm2d(inputs) if stride == 1 else None
        self.point = nn.ModuleList(conv_norm(inputs, outputs, (1, 1)) for _ in range(3))
        self.short = nn.BatchNorm2d(inputs) if inputs == outputs else None

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        y = self.scale(x)
        for branch in self.depth:
            y = y + branch(x)
        y = torch.relu(y if self.skip is None else y + self.skip(x))
        z = torch.zeros(()) if self.short is None else self.short(y)
        for branch in self.point:
            z = z + branch(y)
        return torch.relu(z)


class PlainBlock(nn.Module):
    """What a block of ACNet or RepVGG becomes."""

    def __init__(self, inputs: int, outputs: int, stride: int = 1) -> None:
        super().__init__()
        self.conv = nn.Conv2d(inputs, outputs, 3, stride, 1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return torch.relu(self.conv(x))


class PlainMobileOneBlock(nn.Module):
    """What a block of MobileOne becomes."""

    def __init__(self, inputs: int, outputs: int, stride: int = 1) -> None:
        super().__init__()
        self.depth = nn.Conv2d(inputs, inputs, 3, stride, 1, groups=inputs)
        self.point = nn.Conv2d(inputs, outputs, 1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return torch.relu(self.point(torch.relu(self.depth(x))))


PLAIN = {ACBlock: PlainBlock, RepVGGBlock: PlainBlock, MobileOneBlock: PlainMobileOneBlock}


def network(block: type[nn.Module], seed: int = 1) -> nn.Sequential:
    """Return a small classifier whose batch norms have statistics as after training. It is in training mode."""
    torch.manual_seed(seed)
    net = nn.Sequential(block(3, 8), block(8, 8), block(8, 16, 2), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(16, 10))
    for m in net.modules():
        if isinstance(m, nn.BatchNorm2d) and m.running_mean is not None and m.running_var is not None:
            nn.init.uniform_(m.weight, 0.5, 1.5)
            nn.init.normal_(m.bias, std=0.2)
            nn.init.normal_(m.running_mean, std=0.2)
            nn.init.uniform_(m.running_var, 0.5, 1.5)
    return net.train()
