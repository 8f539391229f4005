"""Learned large, kept small: success against size, by how the small ones were taught."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.figure import Figure

from pellucid.statistics import mean_interval
from pellucid.studio.figures import style


@style.styled
def draw(
    small: Mapping[str, Mapping[int, Sequence[float]]], *, large: tuple[int, Sequence[float]]
) -> Figure:
    """Means over seeds with their intervals, each seed as a point; percent right by units."""
    figure, (panel,) = style.panels(1, width=7.2, height=4)
    for (way, shares), colour, dash in zip(small.items(), style.SERIES, style.DASHES, strict=False):
        units = np.array(list(shares))
        middle = [float(np.mean(shares[u])) for u in shares]
        panel.plot(units, middle, color=colour, linestyle=dash, label=way)
        ends = [mean_interval(list(shares[u])) for u in shares]
        panel.fill_between(
            units,
            [max(e.low, 0.0) for e in ends],
            [min(e.high, 100.0) for e in ends],
            color=colour,
            alpha=0.15,
            linewidth=0,
        )
        for u in shares:
            panel.plot([u] * len(shares[u]), shares[u], ".", color=colour, markersize=4)
    size, right = large
    panel.plot([size] * len(right), right, "D", color=style.INK, markersize=4, label="the large")
    panel.axhline(50, color=style.FAINT, linewidth=1)
    panel.set_xscale("log", base=2)
    panel.set_ylim(40, 102)
    panel.set_title("Parity, learned large and kept small")
    panel.set_xlabel("hidden units")
    panel.set_ylabel("answers right (%)")
    panel.legend(loc="center right")
    return figure
