"""Accuracy against the number of labels a class."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.figure import Figure

from pellucid.studio.figures import style


@dataclass(frozen=True)
class Curve:
    """The accuracies of one method in %, with their intervals; infinite where unknown."""

    values: Sequence[float]
    low: Sequence[float]
    high: Sequence[float]


@style.styled
def draw(labels: Sequence[int], curves: Mapping[str, Curve]) -> Figure:
    """One line for each method."""
    figure, (panel,) = style.panels(1, width=6.4, height=3.8)
    for (name, curve), colour, dash in zip(
        curves.items(), style.SERIES, style.DASHES, strict=False
    ):
        panel.plot(
            labels, curve.values, color=colour, linestyle=dash, marker="o", markersize=4, label=name
        )
        low, high = np.clip(curve.low, 0, 100), np.clip(curve.high, 0, 100)
        if np.isfinite(curve.low).all():
            panel.fill_between(labels, low, high, color=colour, alpha=0.15, linewidth=0)
    panel.set_xscale("log")
    panel.set_xticks(list(labels), [str(n) for n in labels])
    panel.minorticks_off()
    panel.set_xlabel("labels a class")
    panel.set_ylabel("test pictures read right (%)")
    panel.set_ylim(top=100)
    panel.set_title("What labels are needed for")
    panel.legend(loc="best")
    return figure
