"""Cost against length, on logarithmic axes, with the fitted exponents."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from pellucid.studio.figures import style


@dataclass(frozen=True)
class Scaling:
    """The cost of one method at several lengths."""

    lengths: Sequence[int]
    seconds: Sequence[float]
    megabytes: Sequence[float]


def exponent(lengths: Sequence[int], costs: Sequence[float]) -> float:
    """The slope of a straight line through log cost over log length."""
    slope, _ = np.polyfit(np.log(lengths), np.log(costs), 1)
    return float(slope)


@style.styled
def draw(methods: Mapping[str, Scaling]) -> Figure:
    """Time and memory of each method against the number of tokens."""
    figure, (time, memory) = style.panels(2, height=3.8)
    for (name, cost), colour, dash in zip(
        methods.items(), style.SERIES, style.DASHES, strict=False
    ):
        look: dict[str, Any] = {"color": colour, "linestyle": dash, "marker": "o", "markersize": 4}
        for panel, values in ((time, cost.seconds), (memory, cost.megabytes)):
            slope = exponent(cost.lengths, values)
            panel.plot(cost.lengths, values, label=f"{name}: length^{slope:.2f}", **look)
    _axes(time, "Time of one layer", "seconds")
    _axes(memory, "Memory at its peak, beyond the input", "MB")
    return figure


def _axes(panel: Axes, title: str, unit: str) -> None:
    panel.set_xscale("log", base=2)
    panel.set_yscale("log")
    panel.set_title(title)
    panel.set_ylabel(unit)
    panel.set_xlabel("tokens")
    panel.legend()
