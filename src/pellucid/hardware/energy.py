"""What an operation costs on hardware that was published, in joules, each with its source.

    digital_joules(macs=784 * 256, precision="int8")
    adc_joules(8)

Figures mix nodes (45, 32 and 14 nm) and leave out what chips have besides: read them as orders of
magnitude, and their ratios with care.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from pellucid.errors import ConfigError, nearest


@dataclass(frozen=True)
class Cost:
    """Joules of one operation, and where that is from."""

    joules: float
    source: str
    node: int
    """Of the process, in nanometres."""


HOROWITZ = "Horowitz, ISSCC 2014, Figure 1.1.9, as quoted in PMC8934428"
ADC_SURVEY = "hwcomponents-adc 1.0.21 on Murmann's survey, at most 100 MS/s: an optimistic bound"

MACS = {
    "int8": Cost(0.23e-12, HOROWITZ, 45),
    "fp16": Cost(1.5e-12, HOROWITZ, 45),
    "fp32": Cost(4.6e-12, HOROWITZ, 45),
}
"""A multiplication and an addition."""

BITS = {"int8": 8, "fp16": 16, "fp32": 32}

MEMORY = {
    "sram 8 kB": Cost(10e-12 / 64, HOROWITZ, 45),
    "sram 32 kB": Cost(20e-12 / 64, HOROWITZ, 45),
    "sram 1 MB": Cost(100e-12 / 64, HOROWITZ, 45),
    "dram": Cost(1300e-12 / 64, HOROWITZ, 45),
}
"""Reading one bit; of dram the lower of the two figures."""

ADC = {
    4: Cost(0.74e-12, ADC_SURVEY, 32),
    6: Cost(0.85e-12, ADC_SURVEY, 32),
    8: Cost(1.37e-12, ADC_SURVEY, 32),
    9: Cost(1.87e-12, ADC_SURVEY, 32),
    10: Cost(2.65e-12, ADC_SURVEY, 32),
    12: Cost(5.7e-12, ADC_SURVEY, 32),
}
"""One conversion of so many effective bits."""


def digital_joules(macs: float, precision: str, *, weights_in: str | None = None) -> float:
    """What so many products and sums cost; with `weights_in`, reading each weight once too."""
    cost = _known(MACS, precision).joules
    if weights_in is not None:
        cost += BITS[precision] * _known(MEMORY, weights_in).joules
    return macs * cost


def adc_joules(bits: float) -> float:
    """What one conversion costs, between the published points by a straight line of its logarithm.

    ConfigError outside of 4 to 12 bits, where nothing was published.
    """
    points = sorted(ADC)
    if not points[0] <= bits <= points[-1]:
        raise ConfigError(f"no figure for a converter of {bits} bits: give 4 to 12")
    return math.exp(np.interp(bits, points, [math.log(ADC[b].joules) for b in points]))


def _known(table: dict[str, Cost], name: str) -> Cost:
    if name not in table:
        raise ConfigError(f"no energy is known for '{name}': {nearest(name, table)}")
    return table[name]
