"""Transformers as circuits: how deep, how large, and what they answer, by the length."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from pellucid.studio.figures import style


@dataclass(frozen=True)
class Counted:
    """What a circuit consists of."""

    depth: int
    size: int
    wires: int


@style.styled
def draw(
    counted: Mapping[str, Mapping[int, Counted]],
    right: Mapping[str, Sequence[Mapping[str, float]]],
    *,
    chance: float,
) -> Figure:
    """Three panels: `counted` by kind and length, `right` by kind, seed and length (shares)."""
    figure, (depth, size, answers) = style.panels(3, height=3.4)
    for k, (kind, by_length) in enumerate(counted.items()):
        lengths = list(by_length)
        look: dict[str, Any] = {
            "color": style.SERIES[k],
            "linestyle": style.DASHES[k],
            "marker": "o",
        }
        depth.plot(lengths, [c.depth for c in by_length.values()], label=kind, **look)
        size.plot(lengths, [c.size for c in by_length.values()], label=kind, **look)
    for panel, title, unit in ((depth, "Depth", "gates in a row"), (size, "Size", "gates")):
        panel.set_xscale("log", base=2)
        panel.set_yscale("log")
        panel.set_title(title)
        panel.set_xlabel("tokens of the question")
        panel.set_ylabel(unit)
    size.legend()  # the colours are those of the first panel, where lines leave no room
    _answers(answers, right, chance)
    return figure


def _answers(
    panel: Axes, right: Mapping[str, Sequence[Mapping[str, float]]], chance: float
) -> None:
    for k, (kind, seeds) in enumerate(right.items()):
        lengths = [int(n) for n in seeds[0]]
        percent = np.array([[100 * share for share in seed.values()] for seed in seeds])
        colour, dash = style.SERIES[k], style.DASHES[k]
        panel.plot(lengths, percent.mean(0), color=colour, linestyle=dash, label=kind)
        for values in percent:
            panel.plot(lengths, values, ".", color=colour, markersize=4)
    panel.axhline(100 * chance, color=style.FAINT, linewidth=1, label="chance")
    panel.set_ylim(-2, 104)
    panel.set_title("Trained, on every question")
    panel.set_xlabel("tokens of the question")
    panel.set_ylabel("answers right (%)")
    panel.legend()
