"""ReduNet for signals on a circle or a torus: what it decides does not depend on shifts.

Take all shifts of every sample as samples. Their second moments are circulant, and so are the
operators E and C_k of the layer: they are circular convolutions, which act on each frequency alone,
by a matrix (C, C) over the channels (Chan et al. 2022, section 3.3). Nothing is designed: this is
the plain ReduNet of the larger data, at the cost of one inverse (C, C) for each frequency instead
of one (C T, C T).

A shift of the input shifts the features, and leaves the memberships as they are. Lift first
(`Lift`), or there is nothing to tell apart: the shifts of one channel span all signals.

The rates are those of all N T shifted samples, so that alpha = C / (N eps^2) acts on the transform
without normalisation. (The published code has the orthonormal one: its eps^2 is ours over T.)
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from pellucid.errors import ConfigError, DataError


@dataclass(frozen=True)
class Circular:
    """Signals (B, C, T) on a circle, `grid=(T,)`, or pictures (B, C, H, W) on a torus.

    The parts of a real signal are its frequencies; those that are the complex conjugate of another
    are left out, and their partners count twice.
    """

    grid: tuple[int, ...]

    def __post_init__(self) -> None:
        if len(self.grid) not in (1, 2) or min(self.grid) < 1:
            raise ConfigError(f"Circular: the grid is {self.grid}: give (T,) or (H, W)")

    @property
    def places(self) -> int:
        """The number of shifts."""
        return math.prod(self.grid)

    @property
    def _half(self) -> tuple[int, ...]:
        return (*self.grid[:-1], self.grid[-1] // 2 + 1)

    @property
    def _axes(self) -> tuple[int, ...]:
        return tuple(range(-len(self.grid), 0))

    def rows(self, z: Tensor) -> Tensor:
        """The frequencies (F, B, C), complex, of signals (B, C, *grid)."""
        if z.dim() != 2 + len(self.grid) or z.shape[2:] != self.grid or 0 in z.shape:
            wanted = ", ".join(map(str, self.grid))
            raise DataError(
                f"ReduNet: features have shape {tuple(z.shape)}: give (B, C, {wanted}), not empty"
            )
        return torch.fft.rfftn(z, dim=self._axes).flatten(2).permute(2, 0, 1)

    def features(self, rows_FBC: Tensor) -> Tensor:
        """The signals (B, C, *grid)."""
        rows = rows_FBC.permute(1, 2, 0).unflatten(2, self._half)
        return torch.fft.irfftn(rows, s=self.grid, dim=self._axes)

    def multiplicity(self, like: Tensor) -> Tensor:
        """Two for frequencies whose conjugate is left out, one for the others; (F,)."""
        column = torch.full(self._half, 2.0, dtype=like.real.dtype, device=like.device)
        column[..., 0] = 1.0
        if self.grid[-1] % 2 == 0:
            column[..., -1] = 1.0
        return column.flatten()

    def to_kernel(self, operator: Tensor) -> Tensor:
        """The filters (..., C, C, *grid), real: to, from, and place."""
        spectrum = operator.movedim(-3, -1).unflatten(-1, self._half)
        return torch.fft.irfftn(spectrum, s=self.grid, dim=self._axes)

    def to_operator(self, kernel: Tensor) -> Tensor:
        """A complex matrix for each frequency, (..., F, C, C)."""
        spectrum = torch.fft.rfftn(kernel, dim=self._axes)
        return spectrum.flatten(-len(self.grid)).movedim(-1, -3)
