"""A device that holds weights, cannot be read or copied, grows old, and dies.

    device = MortalDevice(784, 128, seed=7)
    device.write(weights)                # (784, 128), from -w_max to w_max
    y = device.forward(x)                # (B, 784) -> (B, 128): nearly x @ weights
    device.age(86_400)                   # a day passes
    device.joules                        # what all of it has cost

Its identity, drawn from `seed`, is which cells are stuck, how strong each one is, and how each
column is amplified, shifted and bent. No method tells any of it. A weight is the difference of two
conductances, each of which is written, ages and trembles by itself (`pellucid.hardware.cells`).
What knows a device can only learn by using it; so what its weights know dies with it, unless it is
taught to another one (Hinton 2022, section 8: mortal computation).

Units inside are those of the largest conductance and the largest input; so a weight of w_max times
an input of x_max is a current of 1.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor

from pellucid.config import check
from pellucid.errors import DataError, PellucidError, nearest
from pellucid.hardware.cells import CELLS
from pellucid.hardware.crossbar import seen_through_wires
from pellucid.hardware.energy import adc_joules
from pellucid.hardware.ledger import spend


class DeadDeviceError(PellucidError):
    """A device was used after it had died: nothing can be had from it any more."""


@dataclass(frozen=True)
class DeviceConfig:
    """What a device is made of, and how well it is made."""

    cells: str = "pcm"
    """kind of the cells: pcm, pcm-hermes, reram or ideal"""
    spread: float = 0.1
    """deviation of the logarithm of cells' strengths"""
    stuck: float = 0.01
    """share of cells that hold 0 or the largest conductance whatever is written"""
    column_gain: float = 0.05
    """deviation of columns' amplification from 1"""
    column_offset: float = 0.05
    """deviation of what columns say to an input of zero"""
    bend: float = 0.02
    """mean of how strongly columns saturate: y becomes tanh(b y) / b"""
    wire: float = 0.35
    """ohms between two cells of a column"""
    output_noise: float = 0.04
    """deviation of the noise of a column's electronics"""
    read_noise: Literal["columns", "cells"] = "columns"
    """how cells' noise adds up: cells, each with its own variance, which takes a second product of
    matrices; or columns, with that of the row's and the column's mean cells, right on average"""
    dac_bits: int = 7
    adc_bits: int = 9
    output_range: float = 12.0
    """the largest output that is converted"""
    w_max: float = 1.0
    """the largest weight"""
    x_max: float = 1.0
    """the largest input"""
    volts: float = 0.4
    """of the largest input"""
    read_seconds: float = 250e-9
    """for which the voltage is on"""
    write_joules: float = 1e-10
    """of writing one cell, with its checks: an order of magnitude, which no table here is from"""
    endurance: int | None = None
    """how often it can be written before it dies; None: for ever"""

    def __post_init__(self) -> None:
        check(self.cells in CELLS, f"cells='{self.cells}': {nearest(self.cells, CELLS)}")
        check(0 <= self.stuck < 1, f"stuck={self.stuck} must be from 0 to below 1")
        for name in ("spread", "column_gain", "column_offset", "bend", "wire", "output_noise"):
            value = getattr(self, name)
            check(value >= 0, f"{name}={value} must not be negative")
        for name in ("output_range", "w_max", "x_max", "volts", "read_seconds", "write_joules"):
            value = getattr(self, name)
            check(value > 0, f"{name}={value} must be positive")
        for name in ("dac_bits", "adc_bits"):
            value = getattr(self, name)
            check(4 <= value <= 12, f"{name}={value} must be from 4 to 12")
        check(
            self.read_noise in ("columns", "cells"),
            f"read_noise='{self.read_noise}': give 'columns' or 'cells'",
        )
        check(
            self.endurance is None or self.endurance > 0,
            f"endurance={self.endurance} must be positive, or None",
        )


@dataclass(frozen=True, eq=False)
class _Now:
    """A device as it is now, in the units in which a pass computes: steps of its converters."""

    seen: Tensor
    """What columns say, amplified, to one step of each row's input, (rows, columns)."""
    tremble: Tensor | tuple[Tensor, Tensor]
    """The variance of that from read to read, (rows, columns); or its two factors, (rows,) and
    (columns,)."""
    noise: Tensor
    """The variance of columns' electronics, (columns,)."""
    joules: Tensor
    """What one step of a row's input costs, squared steps being what counts, (rows,)."""
    dac_steps: int
    adc_scale: Tensor
    """Steps for each unit of what has been bent, (columns,)."""
    adc_steps: int
    step: float
    """The unit of what the device says."""

    def variance(self, square: Tensor) -> Tensor:
        """Of what columns say to inputs whose squares (B, rows) these are, (B, columns)."""
        if isinstance(self.tremble, Tensor):
            return (square @ self.tremble).add_(self.noise)
        rows, columns = self.tremble
        return torch.outer(square @ rows, columns).add_(self.noise)


class MortalDevice:
    """One crossbar with its converters; see the module.

    `forward`, `write`, `read`, `age` and `die` are all that can be done with it, and `joules`,
    `seconds` (its age) and `writes` all that it tells of itself. Devices of one configuration and
    seed are the same body; nothing else is.
    """

    def __init__(
        self, rows: int, columns: int, config: DeviceConfig | None = None, *, seed: int
    ) -> None:
        check(rows > 0 and columns > 0, f"a device of {rows} x {columns} cells: give 1 at least")
        self.config = config if config is not None else DeviceConfig()
        self.shape = (rows, columns)
        self.joules = self.seconds = 0.0
        self.writes = 0
        self._dead = ""
        self._model = CELLS[self.config.cells]
        self._random = torch.Generator().manual_seed(seed)
        self._be_born()
        self._born = torch.zeros(2, rows, columns)
        self._cells = self._model.program(torch.zeros(2, rows, columns), self._random)
        self._now: _Now | None = None

    @torch.no_grad()
    def write(self, weights: Tensor, where: Tensor | None = None) -> None:
        """Write weights (rows, columns), or those `where` (rows, columns) of bool only.

        Weights beyond w_max are written as w_max. DataError for another shape or what is not
        finite; DeadDeviceError where the device is dead, or dies of it.
        """
        self._live()
        wanted = self._checked(weights, self.shape, "weights").clamp(
            -self.config.w_max, self.config.w_max
        )
        mask = torch.ones(self.shape, dtype=torch.bool) if where is None else where.cpu()
        if mask.shape != self.shape or mask.dtype != torch.bool:
            raise DataError(
                f"where is {mask.dtype} of shape {tuple(mask.shape)}: give bool of {self.shape}"
            )
        self.writes += 1
        if self.config.endurance is not None and self.writes > self.config.endurance:
            self.die(f"it was written more than {self.config.endurance} times")
            self._live()
        target = wanted / self.config.w_max * self._model.g_max
        pair = torch.stack([target.clamp_min(0), (-target).clamp_min(0)])
        self._cells = self._cells.replaced(mask, self._model.program(pair, self._random))
        self._born = torch.where(mask, self.seconds, self._born)
        self._pay("write", 2 * int(mask.sum()) * self.config.write_joules)
        self._now = None

    @torch.no_grad()
    def forward(self, x: Tensor) -> Tensor:
        """What the columns say to inputs (B, rows): (B, columns), in x's type and place.

        Inputs beyond x_max are taken as x_max. DataError for another shape or what is not finite.
        """
        self._live()
        config, now = self.config, self._present()
        volts = self._checked(x, (len(x), self.shape[0]), "inputs")
        volts = _rounded(volts * (now.dac_steps / config.x_max), now.dac_steps)
        square = volts.square()
        y = volts @ now.seen
        variance = now.variance(square)
        y.addcmul_(variance.sqrt_(), variance.new_empty(y.shape).normal_(generator=self._random))
        y.add_(self._offset)
        if config.bend:
            y.mul_(self._bend).tanh_()
        y = _rounded(y.mul_(now.adc_scale), now.adc_steps)
        spend("reads", "forward", len(x))
        spend("seconds", "device", len(x) * config.read_seconds)
        self._pay("cells", float(square.sum(0) @ now.joules))
        self._pay("dac", len(x) * self.shape[0] * adc_joules(config.dac_bits))
        self._pay("adc", len(x) * self.shape[1] * adc_joules(config.adc_bits))
        return y.mul_(now.step).to(x)

    def read(self) -> Tensor:
        """The weights (rows, columns) as the device shows them: one forward pass for each row.

        Through its converters, with its noise; so it shows what the device does and not what its
        cells are, and costs what `rows` forward passes cost.
        """
        return self.forward(self.config.x_max * torch.eye(self.shape[0])) / self.config.x_max

    def age(self, seconds: float) -> None:
        """Let time pass."""
        self._live()
        check(0 <= seconds < float("inf"), f"{seconds} seconds cannot pass: give a number from 0")
        self.seconds += seconds
        self._now = None

    def die(self, cause: str = "it was put to death") -> None:
        """The end: all that it knew is gone, and every later call raises DeadDeviceError."""
        self._dead = cause
        del self._cells, self._born, self._strength, self._fixed
        self._now = None

    def _be_born(self) -> None:
        """Draw the identity."""
        config, cells, columns = self.config, (2, *self.shape), self.shape[1]
        normal = lambda *size: torch.randn(*size, generator=self._random)  # noqa: E731
        self._strength = torch.exp(config.spread * normal(*cells))
        fixed = torch.rand(*cells, generator=self._random) < config.stuck
        full = torch.rand(*cells, generator=self._random) < 0.5
        self._fixed = torch.where(fixed, full.float(), torch.nan)
        self._gain = (1 + config.column_gain * normal(columns)).clamp_min(0.1)
        self._offset = config.column_offset * normal(columns)
        # A column that hardly bends is straight to the last bit: none has to be asked for.
        self._bend = config.bend * (1 + 0.3 * normal(columns)).clamp_min(1e-3)

    def _present(self) -> _Now:
        """What the device is like until it is written or ages."""
        if self._now is None:
            passed, g_max = self.seconds - self._born, self._model.g_max
            g = self._model.conductance(self._cells, passed) * self._strength
            g = torch.where(self._fixed.isnan(), g, self._fixed * g_max)
            noise = self._model.read_noise(self._cells, passed) * self._strength
            noise = torch.where(self._fixed.isnan(), noise, 0.0)
            config = self.config
            through = seen_through_wires(1e-6 * g, config.wire) * (1e6 / g_max)
            dac, adc = _steps(config.dac_bits), _steps(config.adc_bits)
            straight = torch.ones_like(self._bend)
            tremble = (noise / g_max).square().sum(0) * (self._gain / dac).square()
            by_columns = (tremble.mean(1), tremble.mean(0) / tremble.mean().clamp_min(1e-30))
            self._now = _Now(
                seen=(through[0] - through[1]) * self._gain / dac,
                tremble=by_columns if config.read_noise == "columns" else tremble,
                noise=(self._gain * config.output_noise).square(),
                joules=1e-6 * g.sum((0, 2)) * ((config.volts / dac) ** 2 * config.read_seconds),
                dac_steps=dac,
                adc_scale=adc / (config.output_range * (self._bend if config.bend else straight)),
                adc_steps=adc,
                step=config.output_range / adc * config.w_max * config.x_max,
            )
        return self._now

    def _pay(self, kind: str, joules: float) -> None:
        self.joules += joules
        spend("joules", kind, joules)

    def _live(self) -> None:
        if self._dead:
            raise DeadDeviceError(
                f"this device is dead: {self._dead}; teach a new one what can still be taught"
            )

    def _checked(self, values: Tensor, shape: tuple[int, ...], name: str) -> Tensor:
        if tuple(values.shape) != shape:
            raise DataError(f"{name} of shape {tuple(values.shape)} do not fit {shape}")
        values = values.detach().to("cpu", torch.float32)
        if values.numel() and not all(map(math.isfinite, map(float, values.aminmax()))):
            raise DataError(f"{name} hold numbers that are not finite")
        return values


def _steps(bits: int) -> int:
    """How many steps a converter has on each side of zero: 2^bits - 1 values in all."""
    return 2 ** (bits - 1) - 1


def _rounded(values: Tensor, most: int) -> Tensor:
    """Values brought within -most and most, and to whole numbers, in place."""
    return values.clamp_(-most, most).round_()
