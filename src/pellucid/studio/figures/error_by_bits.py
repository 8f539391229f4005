"""Errors against the bits that a community has said: what it costs to know what others know."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.figure import Figure

from pellucid.studio.figures import style


@dataclass(frozen=True)
class Curve:
    """One way to keep together."""

    name: str
    bits: Sequence[float]
    """That all have said, at some moments."""
    errors: Sequence[Sequence[float]]
    """Percent at these moments, for each seed."""


@style.styled
def draw(curves: Sequence[Curve]) -> Figure:
    """One line for each way, the mean over seeds; both axes are logarithmic."""
    figure, (panel,) = style.panels(1, width=7.2, height=4.2)
    for curve, colour, dash in zip(curves, style.SERIES, style.DASHES, strict=False):
        middle = np.mean(curve.errors, axis=0)
        panel.plot(curve.bits, middle, color=colour, linestyle=dash, label=curve.name)
        panel.plot(curve.bits[-1], middle[-1], marker="o", markersize=5, color=colour)
    panel.set_xscale("log")
    panel.set_yscale("log")
    ticks = [1, 2, 5, 10, 20, 50, 100]
    low, high = panel.get_ylim()
    panel.set_yticks([t for t in ticks if low <= t <= high])
    panel.set_yticklabels([str(t) for t in ticks if low <= t <= high])
    panel.minorticks_off()
    panel.set_xlabel("bits that all members have said")
    panel.set_ylabel("test pictures read wrong (%)")
    panel.set_title("What it takes to know what others have learned")
    panel.legend(loc="best")
    return figure
