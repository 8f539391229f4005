"""One family of networks by two measures: one seems to break, the other does not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator

from pellucid.studio.figures import style


@dataclass(frozen=True)
class Emergence:
    """Measures of the networks of each scale."""

    scales: Sequence[int]
    """Parameters."""
    nats: Sequence[Sequence[float]]
    """Of the right step."""
    right: Mapping[int, Sequence[Sequence[float]]]
    """By the number of steps, shares of chains all of whose steps are right."""


@style.styled
def draw(found: Emergence) -> Figure:
    """Two panels: each network is a point, lines are means."""
    figure, (continuous, thresholded) = style.panels(2, height=3.8)
    _points(continuous, found.scales, found.nats, 0, "nats of the right step")
    continuous.set_yscale("log")
    continuous.set_title("Continuous")
    continuous.set_ylabel("nats of a step")
    for k, (steps, shares) in enumerate(found.right.items(), start=1):
        percent = [[100 * share for share in some] for some in shares]
        label = "one step right" if steps == 1 else f"all {steps} steps right"
        _points(thresholded, found.scales, percent, k, label)
    thresholded.set_ylim(-2, 104)
    thresholded.set_title("Thresholded")
    thresholded.set_ylabel("chains (%)")
    thresholded.legend(loc="center right")
    return figure


def _points(
    panel: Axes,
    scales: Sequence[int],
    values: Sequence[Sequence[float]],
    series: int,
    label: str,
) -> None:
    colour, dash = style.SERIES[series], style.DASHES[series]
    panel.plot(scales, [np.mean(v) for v in values], color=colour, linestyle=dash, label=label)
    for scale, some in zip(scales, values, strict=True):
        panel.plot([scale] * len(some), some, ".", color=colour, markersize=3)
    panel.set_xscale("log")
    panel.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    panel.xaxis.set_major_formatter("{x:,.0f}")
    panel.xaxis.set_minor_formatter("")
    panel.set_xlabel("parameters")
