"""What comes before a ReduNet: random filters that lift an image, and its principal components.

A rate sees second moments alone, so classes must lie near subspaces to be told apart. Random
filters with a rectifier make features for which that holds better than for pixels; nothing in them
is learned from labels.
"""

from __future__ import annotations

from collections.abc import Iterable

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from pellucid.errors import ConfigError, DataError


class Lift(nn.Module):
    """Random filters, a rectifier, and a mean over cells: (B, C, *grid) to (B, M, *grid / pool).

    Filters are Gaussian, of zero mean and unit norm. With `signs` the positive and the negative
    part of each response are two channels. `circular` wraps the borders, so that a shifted input
    has a shifted output (where `pool` is 1); otherwise zeros surround it. Signals have one place
    axis, pictures two. Source: Chan et al. 2022, section 3.4 (there 9 x 9, circular, without pool).
    """

    kernels: Tensor

    def __init__(
        self,
        channels: int,
        filters: int,
        *,
        kernel: int,
        axes: int = 2,
        pool: int = 1,
        signs: bool = False,
        circular: bool = False,
        generator: torch.Generator | None = None,
    ) -> None:
        super().__init__()
        if axes not in (1, 2) or min(channels, filters, pool) < 1:
            raise ConfigError(
                f"Lift: {channels} channels, {filters} filters, {axes} axes, pool {pool}: give "
                "positive numbers, and 1 or 2 axes"
            )
        if kernel % 2 == 0 or kernel < 1:
            raise ConfigError(f"Lift: kernels of side {kernel}: give an odd number")
        self.axes, self.pool, self.signs, self.circular = axes, pool, signs, circular
        drawn = torch.randn(filters, channels * kernel**axes, generator=generator)
        if drawn.shape[1] > 1:
            drawn = drawn - drawn.mean(1, keepdim=True)
        drawn = F.normalize(drawn, dim=1)
        self.register_buffer("kernels", drawn.view(filters, channels, *[kernel] * axes))

    def forward(self, x: Tensor) -> Tensor:
        """The lifted features of x (B, C, *grid)."""
        if x.dim() != 2 + self.axes or x.shape[1] != self.kernels.shape[1]:
            raise DataError(
                f"Lift: the input has shape {tuple(x.shape)}: give (B, {self.kernels.shape[1]}) "
                f"and {self.axes} axes of places"
            )
        reach = self.kernels.shape[-1] // 2
        if self.circular and reach > min(x.shape[2:]):
            raise DataError(
                f"Lift: kernels reach {reach} places: give a grid of at least that side"
            )
        mode = "circular" if self.circular else "constant"
        padded = F.pad(x, [reach] * (2 * self.axes), mode=mode)
        convolve = F.conv1d if self.axes == 1 else F.conv2d
        response = convolve(padded, self.kernels.to(x.dtype))
        parts = (response, -response) if self.signs else (response,)
        lifted = torch.cat([F.relu(part) for part in parts], dim=1)
        if self.pool == 1:
            return lifted
        return (F.avg_pool1d if self.axes == 1 else F.avg_pool2d)(lifted, self.pool)


class PrincipalComponents(nn.Module):
    """The directions of most variance: (B, D) to (B, count), the mean taken away first."""

    mean: Tensor
    axes: Tensor

    def __init__(self, mean: Tensor, axes: Tensor) -> None:
        super().__init__()
        self.register_buffer("mean", mean)
        self.register_buffer("axes", axes)

    @classmethod
    def fit(cls, batches: Iterable[Tensor], count: int) -> PrincipalComponents:
        """Those of all rows (B, D) of the `batches`, which are gone through once."""
        total, samples = None, 0
        for batch in batches:
            if total is None:
                total = torch.zeros(batch.shape[1], dtype=torch.float64)
                square = torch.zeros(batch.shape[1], batch.shape[1], dtype=torch.float64)
            total += batch.sum(0, dtype=torch.float64)
            square += (batch.mT @ batch).double()
            samples += len(batch)
        if total is None:
            raise DataError(
                "principal components: the data hold no sample: give at least one batch"
            )
        if not 1 <= count <= len(total):
            raise ConfigError(
                f"{count} principal components of {len(total)}: give 1 to {len(total)}"
            )
        mean = total / samples
        axes = torch.linalg.eigh(square / samples - torch.outer(mean, mean)).eigenvectors
        return cls(mean.to(batch.dtype), axes[:, -count:].flip(1).to(batch.dtype))

    def forward(self, x: Tensor) -> Tensor:
        """The coordinates of x (B, D) along the axes, most variance first."""
        return (x - self.mean) @ self.axes
