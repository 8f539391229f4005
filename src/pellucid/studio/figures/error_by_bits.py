"""Errors against bits or joules: what it costs to know what others know."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.figure import Figure

from pellucid.studio.figures import style


@dataclass(frozen=True)
class Curve:
    """One way to learn from others."""

    name: str
    spent: Mapping[str, Sequence[float]]
    """What was spent by some moments, by its name on the axis."""
    errors: Sequence[Sequence[float]]
    """Percent at these moments, for each seed."""


@style.styled
def draw(curves: Sequence[Curve], *, title: str) -> Figure:
    """A panel for each thing that is spent, a line for each way: the mean over seeds.

    All axes are logarithmic.
    """
    axes = list(curves[0].spent)
    figure, panels = style.panels(len(axes), width=7.2 if len(axes) == 1 else style.WIDTH, height=4)
    for panel, name in zip(panels, axes, strict=True):
        for curve, colour, dash in zip(curves, style.SERIES, style.DASHES, strict=False):
            middle, spent = np.mean(curve.errors, axis=0), curve.spent[name]
            panel.plot(spent, middle, color=colour, linestyle=dash, label=curve.name)
            panel.plot(spent[-1], middle[-1], marker="o", markersize=5, color=colour)
        panel.set_xscale("log")
        panel.set_yscale("log")
        low, high = panel.get_ylim()
        ticks = [t for t in (1, 2, 5, 10, 20, 50, 100) if low <= t <= high]
        panel.set_yticks(ticks, [str(t) for t in ticks])
        panel.minorticks_off()
        panel.set_xlabel(name)
    panels[0].set_ylabel("test pictures read wrong (%)")
    panels[0].set_title(title)
    panels[0].legend(loc="best")
    return figure
