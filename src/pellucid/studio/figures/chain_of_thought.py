"""Steps against answers alone: by length and depth, beyond the lengths learned, and by task."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from pellucid.studio.figures import style


@dataclass(frozen=True)
class Chains:
    """What was measured, in percent right."""

    chained: Mapping[int, float]
    """By the number of terms."""
    direct: Mapping[int, Mapping[int, float]]
    """By the number of layers, and of terms."""
    learned: int
    """The greatest number of terms that was learned from, where longer ones are asked."""
    far: Mapping[str, Mapping[int, float]]
    """Of each kind of places, by the number of terms asked."""
    tasks: Mapping[str, tuple[float, float]]
    """Of other tasks, chained and directly."""
    chance: float


@style.styled
def draw(found: Chains) -> Figure:
    """Three panels."""
    figure, (sweep, far, tasks) = style.panels(3, height=3.4)
    lines = {"chained": found.chained} | {
        f"directly, {depth} layer{'s' * (depth > 1)}": shares
        for depth, shares in found.direct.items()
    }
    _lines(sweep, lines, found.chance)
    sweep.set_title("Arithmetic, by length")
    _lines(far, found.far, found.chance)
    far.axvline(found.learned, color=style.FAINT, linewidth=1, linestyle=":")
    far.annotate(
        "learned up to here", (found.learned, 4), xytext=(4, 0), textcoords="offset points"
    )
    far.set_title("Chains longer than learned")
    _bars(tasks, found.tasks)
    sweep.set_ylabel("answers right (%)")
    return figure


def _lines(panel: Axes, lines: Mapping[str, Mapping[int, float]], chance: float) -> None:
    for (name, shares), colour, dash in zip(
        lines.items(), style.SERIES, style.DASHES, strict=False
    ):
        panel.plot(
            list(shares),
            list(shares.values()),
            color=colour,
            linestyle=dash,
            marker="o",
            markersize=4,
            label=name,
        )
    panel.axhline(chance, color=style.FAINT, linewidth=1)
    panel.set_ylim(0, 104)
    panel.set_xlabel("terms")
    panel.legend(loc="center right")


def _bars(panel: Axes, tasks: Mapping[str, tuple[float, float]]) -> None:
    at = np.arange(len(tasks))
    for k, name in enumerate(("chained", "directly")):
        heights = [pair[k] for pair in tasks.values()]
        panel.bar(at + 0.38 * (k - 0.5), heights, 0.36, color=style.SERIES[k], label=name)
    panel.set_xticks(at, list(tasks))
    panel.set_ylim(0, 128)  # room for the legend above the bars
    panel.set_yticks(range(0, 101, 20))
    panel.set_title("Other tasks")
    panel.legend(loc="upper right", ncols=2)
