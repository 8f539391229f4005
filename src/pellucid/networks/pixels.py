"""From stored pictures to what a convolution reads."""

from __future__ import annotations

from torch import Tensor


def to_input(observation: Tensor) -> Tensor:
    """Pictures (B, H, W, C) uint8 as (B, C, H, W) floats in [-1, 1], in channels-last memory.

    The permuted bytes already lie channels-last, the layout in which CPU convolutions are fast, so
    nothing but the conversion to float is paid for.
    """
    return observation.permute(0, 3, 1, 2).float().mul_(2 / 255).sub_(1)
