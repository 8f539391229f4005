"""Depth against width: pieces by units, what narrowness costs, and what training finds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from pellucid.studio.figures import style


@dataclass(frozen=True)
class DepthWidth:
    """What was counted and measured."""

    teeth: Mapping[int, int]
    """Linear pieces of the sawtooth by its number of units."""
    weights: Mapping[str, Mapping[int, float]]
    """Of each kind of narrow network, its non-zero weights over those of the wide one, by units."""
    errors: Mapping[str, Mapping[int, Sequence[float]]]
    """Of each target, the error of trained networks by their depth, for each seed."""
    units: int
    """Hidden units of every trained network."""


@style.styled
def draw(found: DepthWidth) -> Figure:
    """Three panels."""
    figure, (counts, cost, trained) = style.panels(3, height=3.4)
    _pieces(counts, found.teeth)
    for (name, ratios), colour, dash in zip(
        found.weights.items(), style.SERIES, style.DASHES, strict=False
    ):
        cost.plot(list(ratios), list(ratios.values()), color=colour, linestyle=dash, label=name)
    cost.set_ylim(bottom=0)
    cost.set_title("Weights of the narrow one, 5 inputs")
    cost.set_xlabel("hidden units of the wide network")
    cost.set_ylabel("non-zero weights, narrow over wide")
    cost.legend()
    _errors(trained, found)
    return figure


def _pieces(panel: Axes, teeth: Mapping[int, int]) -> None:
    units = np.array(list(teeth))
    panel.plot(units, list(teeth.values()), color=style.SERIES[0], marker="o", label="2 a layer")
    panel.plot(
        units,
        units + 1,
        color=style.SERIES[1],
        linestyle=style.DASHES[1],
        label="one layer, at most",
    )
    panel.set_yscale("log", base=2)
    panel.set_title("Linear pieces of a function")
    panel.set_xlabel("hidden units")
    panel.set_ylabel("pieces on [0, 1]")
    panel.legend()


def _errors(panel: Axes, found: DepthWidth) -> None:
    for (name, errors), colour, dash in zip(
        found.errors.items(), style.SERIES[2:], style.DASHES, strict=False
    ):
        depths = list(errors)
        panel.plot(
            depths, [np.mean(errors[d]) for d in depths], color=colour, linestyle=dash, label=name
        )
        for depth in depths:
            panel.plot([depth] * len(errors[depth]), errors[depth], ".", color=colour, markersize=4)
    panel.set_ylim(0, 105)
    panel.set_title(f"Trained, {found.units} hidden units each")
    panel.set_xlabel("hidden layers")
    panel.set_ylabel("error (% of the best constant's)")
    panel.legend()
