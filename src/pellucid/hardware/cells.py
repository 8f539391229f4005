"""Cells that hold a weight as a conductance: how they are written, how they age, how they tremble.

    cells = CELLS["pcm"].program(target, generator)      # microsiemens
    CELLS["pcm"].conductance(cells, seconds)             # what is left of them by then
    CELLS["pcm"].read_noise(cells, seconds)              # deviation of one read

A cell's fate is drawn once, when it is written, and stays with it: the cell that drifts fast in the
first hour drifts fast in the first year.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass(frozen=True)
class Cells:
    """Cells as they were written, all tensors of one shape."""

    target: Tensor
    """What was asked for, microsiemens."""
    written: Tensor
    """What they got."""
    fate: Tensor
    """What decides how they age; its meaning is the model's."""

    def replaced(self, where: Tensor, other: Cells) -> Cells:
        """These cells, and the other ones where the mask is true."""
        return Cells(
            torch.where(where, other.target, self.target),
            torch.where(where, other.written, self.written),
            torch.where(where, other.fate, self.fate),
        )


@dataclass(frozen=True)
class CellModel(ABC):
    """The statistics of one kind of cell; conductances are in microsiemens, times in seconds."""

    g_max: float

    def program(self, target: Tensor, generator: torch.Generator) -> Cells:
        """Write conductances from 0 to g_max, and draw what will become of them."""
        noise, fate = (_normal(target, generator) for _ in range(2))
        written = (target + self.write_noise(target) * noise).clamp_min(0)
        return Cells(target, written, self.fate(target, fate))

    @abstractmethod
    def write_noise(self, target: Tensor) -> Tensor:
        """Deviation of what is written from what was asked for."""

    @abstractmethod
    def fate(self, target: Tensor, draw: Tensor) -> Tensor:
        """What decides how cells age, from standard normal draws."""

    @abstractmethod
    def conductance(self, cells: Cells, seconds: Tensor | float) -> Tensor:
        """What cells have come to so many seconds after they were written."""

    @abstractmethod
    def read_noise(self, cells: Cells, seconds: Tensor | float) -> Tensor:
        """Deviation of one read from `conductance`, for each cell."""


@dataclass(frozen=True)
class PhaseChange(CellModel):
    """Phase-change memory: g(t) = g (t / t0)^-nu (Nandakumar et al. 2019; Joshi et al. 2020).

    With r = g / g_max: write noise is a polynomial of r; nu has mean -0.0155 ln r + 0.0244 within
    [0.049, 0.1] and deviation -0.0125 ln r - 0.0059 within [0.008, 0.045]; a read at time t is off
    by g min(0.0088 r^-0.65, 0.2) sqrt(ln((t + t_read) / (2 t_read))), noise of 1/f.
    """

    coefficients: tuple[float, ...] = (0.26348, 1.9650, -1.1731)
    """Of r^0, r^1, ..., microsiemens."""
    t0: float = 20.0
    """When drift begins."""
    t_read: float = 250e-9

    def write_noise(self, target: Tensor) -> Tensor:
        """See the class."""
        return _polynomial(self.coefficients, target / self.g_max)

    def fate(self, target: Tensor, draw: Tensor) -> Tensor:
        """The exponent nu."""
        r = torch.log((target / self.g_max).clamp_min(1e-7))
        mean = (-0.0155 * r + 0.0244).clamp(0.049, 0.1)
        deviation = (-0.0125 * r - 0.0059).clamp(0.008, 0.045)
        return (mean + deviation * draw).abs()

    def conductance(self, cells: Cells, seconds: Tensor | float) -> Tensor:
        """See the class."""
        passed = torch.as_tensor(seconds, dtype=cells.fate.dtype) / self.t0
        return cells.written * (1 + passed) ** -cells.fate

    def read_noise(self, cells: Cells, seconds: Tensor | float) -> Tensor:
        """See the class."""
        g = self.conductance(cells, seconds)
        share = (0.0088 * (cells.written / self.g_max).clamp_min(1e-5) ** -0.65).clamp_max(0.2)
        t = torch.as_tensor(seconds, dtype=g.dtype) + self.t0
        return g * share * torch.sqrt(torch.log((t + self.t_read) / (2 * self.t_read)))


@dataclass(frozen=True)
class Resistive(CellModel):
    """Resistive memory: the spread around the target grows with time (Wan et al. 2022).

    g(t) = target + s(r, t) xi with a xi that stays; s is a polynomial of r = target / g_max at each
    published time, and between these a straight line in ln t. A read trembles by 1 % of g_max. The
    polynomials are aihwkit's fits to the paper's figures.
    """

    times: tuple[float, ...] = (1.0, 86_400.0, 172_800.0)
    coefficients: tuple[tuple[float, ...], ...] = (
        (0.348, 16.030, -43.853, 45.393, -16.815),
        (0.701, 22.086, -50.773, 47.095, -16.458),
        (0.782, 20.274, -43.507, 37.062, -11.934),
    )
    """Of r^0, r^1, ... at each time, microsiemens."""
    tremble: float = 0.01

    def write_noise(self, target: Tensor) -> Tensor:
        """None of its own: the spread of the first second is the fate's."""
        return torch.zeros_like(target)

    def fate(self, target: Tensor, draw: Tensor) -> Tensor:
        """The number xi."""
        return draw

    def conductance(self, cells: Cells, seconds: Tensor | float) -> Tensor:
        """See the class; beyond the last published time nothing changes."""
        r = cells.target / self.g_max
        spread = torch.stack([_polynomial(c, r) for c in self.coefficients]).clamp_min(0)
        clock = torch.as_tensor(seconds, dtype=r.dtype).clamp(self.times[0], self.times[-1]).log()
        clock = clock.expand_as(r)
        marks = [math.log(t) for t in self.times]
        result = spread[0]
        for k in range(len(marks) - 1):
            share = ((clock - marks[k]) / (marks[k + 1] - marks[k])).clamp(0, 1)
            result = torch.where(
                clock > marks[k], torch.lerp(spread[k], spread[k + 1], share), result
            )
        return (cells.target + result * cells.fate).clamp_min(0)

    def read_noise(self, cells: Cells, seconds: Tensor | float) -> Tensor:
        """See the class."""
        return torch.full_like(cells.target, self.tremble * self.g_max)


@dataclass(frozen=True)
class Ideal(CellModel):
    """Cells that get what was asked for and keep it: to tell a device's faults from its cells'."""

    def write_noise(self, target: Tensor) -> Tensor:
        """None."""
        return torch.zeros_like(target)

    def fate(self, target: Tensor, draw: Tensor) -> Tensor:
        """None."""
        return torch.zeros_like(target)

    def conductance(self, cells: Cells, seconds: Tensor | float) -> Tensor:
        """As it was written."""
        return cells.written

    def read_noise(self, cells: Cells, seconds: Tensor | float) -> Tensor:
        """None."""
        return torch.zeros_like(cells.written)


CELLS: dict[str, CellModel] = {
    "pcm": PhaseChange(25.0),
    "pcm-hermes": PhaseChange(20.7, coefficients=(0.16603, 4.71806, -8.48101, 4.68961), t0=300.0),
    "reram": Resistive(40.0),
    "ideal": Ideal(25.0),
}
"""Presets: doped Ge2Sb2Te5 in 90 nm; the two-device cells of the 14 nm Hermes chip; NeuRRAM."""


def _normal(like: Tensor, generator: torch.Generator) -> Tensor:
    return torch.randn(like.shape, generator=generator, dtype=like.dtype)


def _polynomial(coefficients: tuple[float, ...], r: Tensor) -> Tensor:
    """Horner's rule; negative values, of fits outside of their range, are zero."""
    value = torch.zeros_like(r)
    for coefficient in reversed(coefficients):
        value = value * r + coefficient
    return value.clamp_min(0)
