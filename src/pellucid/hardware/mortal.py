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

from dataclasses import dataclass

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
            self.endurance is None or self.endurance > 0,
            f"endurance={self.endurance} must be positive, or None",
        )


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
        self._now: tuple[Tensor, Tensor, Tensor] | None = None

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
        config = self.config
        volts = self._checked(x, (len(x), self.shape[0]), "inputs") / config.x_max
        volts = _converted(volts, 1.0, config.dac_bits)
        seen, tremble, load = self._present()
        square = volts.square()
        deviation = (square @ tremble + config.output_noise**2).sqrt()
        noise = torch.randn(deviation.shape, generator=self._random)
        y = self._gain * (volts @ seen + deviation * noise) + self._offset
        y = torch.where(self._bend > 0, torch.tanh(self._bend * y) / self._bend.clamp_min(1e-9), y)
        y = _converted(y, config.output_range, config.adc_bits)
        spend("reads", "forward", len(x))
        spend("seconds", "device", len(x) * config.read_seconds)
        self._pay("cells", float((square @ load).sum()) * config.volts**2 * config.read_seconds)
        self._pay("dac", len(x) * self.shape[0] * adc_joules(config.dac_bits))
        self._pay("adc", len(x) * self.shape[1] * adc_joules(config.adc_bits))
        return (y * config.w_max * config.x_max).to(x)

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
        self._bend = config.bend * (1 + 0.3 * normal(columns)).clamp_min(0)

    def _present(self) -> tuple[Tensor, Tensor, Tensor]:
        """What columns see of each cell pair, the variance of a read of it, and each row's load.

        In units of g_max, of its square, and in siemens; they stand until it is written or ages.
        """
        if self._now is None:
            passed, g_max = self.seconds - self._born, self._model.g_max
            g = self._model.conductance(self._cells, passed) * self._strength
            g = torch.where(self._fixed.isnan(), g, self._fixed * g_max)
            noise = self._model.read_noise(self._cells, passed) * self._strength
            noise = torch.where(self._fixed.isnan(), noise, 0.0)
            through = seen_through_wires(1e-6 * g, self.config.wire) * (1e6 / g_max)
            self._now = (
                through[0] - through[1],
                (noise / g_max).square().sum(0),
                1e-6 * g.sum((0, 2)),
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
        if not torch.isfinite(values).all():
            raise DataError(f"{name} hold numbers that are not finite")
        return values


def _converted(values: Tensor, most: float, bits: int) -> Tensor:
    """Values within -most and most in 2^bits - 1 equal steps, zero among them."""
    step = most / (2 ** (bits - 1) - 1)
    return (values.clamp(-most, most) / step).round() * step
