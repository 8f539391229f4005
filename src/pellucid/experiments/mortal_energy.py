"""Part of `mortal`: what a product of a matrix and a vector costs, in analog and in digits.

A crossbar of N x N cells holds weights of a trained layer's spread and is read by inputs between 0
and 1; its ledger counts G V^2 t cell by cell, and each conversion. Beside it are N^2 products and
sums in int8 and fp32. Nodes differ (45, 32 nm), so that the crossing is an order of magnitude.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import torch

from pellucid.experiments.mortal_ground import size
from pellucid.experiments.rows import Null, Published, Row, Settings
from pellucid.experiments.statistics import exact
from pellucid.hardware import DeviceConfig, Ledger, MortalDevice, adc_joules, digital_joules

SIZES = (2, 4, 8, 16, 32, 64, 128, 256, 512, 1024)
READS = 64


@dataclass(frozen=True)
class Costs:
    """Joules of one product."""

    size: int
    cells: float
    converters: float
    int8: float
    fp32: float

    @property
    def analog(self) -> float:
        """All of the crossbar."""
        return self.cells + self.converters


def costs(side: int, *, seed: int = 0) -> Costs:
    """Of a crossbar of that side, counted."""
    draw = torch.Generator().manual_seed(seed)
    config = DeviceConfig(dac_bits=8, adc_bits=8)
    device = MortalDevice(side, side, config, seed=seed)
    device.write((torch.randn(side, side, generator=draw) / 3).clamp(-1, 1))
    x = torch.rand(READS, side, generator=draw)
    with Ledger() as book:
        device.forward(x)
    spent = {kind: joules / READS for kind, joules in book.by_kind("joules").items()}
    converters = spent["dac"] + spent["adc"]
    assert math.isclose(converters, 2 * side * adc_joules(8), rel_tol=1e-9)
    return Costs(
        side,
        spent["cells"],
        converters,
        digital_joules(side**2, "int8"),
        digital_joules(side**2, "fp32"),
    )


def crossing(analog: list[float], digital: list[float], sizes: list[int]) -> float:
    """The size from which analog costs less, on straight lines of logarithms; NaN if nowhere."""
    ratio = np.log(np.array(analog) / np.array(digital))
    for number in range(1, len(sizes)):
        if ratio[number - 1] >= 0 > ratio[number]:
            share = ratio[number - 1] / (ratio[number - 1] - ratio[number])
            low, high = math.log(sizes[number - 1]), math.log(sizes[number])
            return math.exp(low + share * (high - low))
    return float(sizes[0]) if ratio[0] < 0 else math.nan


def rows(settings: Settings) -> list[Row]:
    """The table."""
    sides = list(SIZES[:7] if size(settings) == "quick" else SIZES)
    found = [costs(side) for side in sides]
    largest = found[-1]
    shown = [
        Row(
            f"side of the crossbar from which it costs less than {name}",
            exact(crossing([f.analog for f in found], [getattr(f, name) for f in found], sides)),
            null=Null(
                "without its converters",
                crossing([f.cells for f in found], [getattr(f, name) for f in found], sides),
            ),
            note="both sides of the array alike; memory reads of the digital side not counted",
        )
        for name in ("int8", "fp32")
    ]
    shown.append(
        Row(
            f"femtojoules a product and sum in a crossbar of {largest.size}",
            exact(1e15 * largest.analog / largest.size**2),
            unit="fJ",
            null=Null("int8", 1e15 * largest.int8 / largest.size**2),
            published=(
                Published(
                    205.0,
                    "Le Gallo et al. 2023 (Nature Electronics), 14 nm",
                    "a whole chip with 8-bit converters, 9.76 TOPS/W, two operations a product",
                ),
            ),
            note=f"cells {1e15 * largest.cells / largest.size**2:.1f} fJ, the rest converters of "
            "an optimistic survey; chips have much besides",
        )
    )
    return shown
