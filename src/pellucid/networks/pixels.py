"""From stored observations to what a network reads: the mean of the experience is taken away.

What is always there carries no information, yet a large constant would dominate every filter's
response and with it the first hundreds of training steps.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn


class PixelInput(nn.Module):
    """Pictures (B, H, W, C) uint8 as (B, C, H, W) floats about zero, in channels-last memory.

    The permuted bytes already lie channels-last, the layout in which CPU convolutions are fast, so
    nothing but the conversion to float is paid for.
    """

    mean: Tensor

    def __init__(self, shape: tuple[int, ...]) -> None:
        super().__init__()
        self.register_buffer("mean", torch.full(tuple(shape), 127.5))

    @torch.no_grad()
    def fit(self, observations: Tensor) -> None:
        """Take the mean of pictures (N, H, W, C), pixel by pixel."""
        self.mean.copy_(observations.float().mean(0))

    def forward(self, observation: Tensor) -> Tensor:
        """Differences from the mean, in units of half the range of a pixel."""
        return (observation - self.mean).mul_(2 / 255).permute(0, 3, 1, 2)


class VectorInput(nn.Module):
    """Vectors (B, F) brought to mean zero and deviation one."""

    mean: Tensor
    deviation: Tensor

    def __init__(self, features: int) -> None:
        super().__init__()
        self.register_buffer("mean", torch.zeros(features))
        self.register_buffer("deviation", torch.ones(features))

    @torch.no_grad()
    def fit(self, observations: Tensor) -> None:
        """Take mean and deviation of vectors (N, F); a constant feature keeps its unit."""
        deviation, mean = torch.std_mean(observations.float(), dim=0)
        self.mean.copy_(mean)
        self.deviation.copy_(torch.where(deviation > 1e-6, deviation, 1.0))

    def forward(self, observation: Tensor) -> Tensor:
        """Standard scores."""
        return (observation.float() - self.mean) / self.deviation
