"""A failed episode in one small picture."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from matplotlib.figure import Figure

from pellucid.studio.figures import style
from pellucid.studio.figures.paths import Journey


@dataclass(frozen=True, eq=False)
class Failure:
    """Where it went, what it imagined in the decision that was looked at, and the right way."""

    journey: Journey
    imagined: np.ndarray | None
    """(H + 1, 2) pixels."""
    shortest: np.ndarray | None
    """From the place of that decision, (H + 1, 2) pixels."""


@style.styled
def draw(failure: Failure) -> Figure:
    """A room without axes; the page explains the colours once."""
    figure = Figure(figsize=(1.5, 1.5))
    axes = figure.add_axes((0.0, 0.0, 1.0, 1.0))
    journey = failure.journey
    style.show_room(axes, journey.room, ticks=False)
    axes.plot(*journey.path.T, color=style.FAILED, linewidth=1.6)
    if failure.shortest is not None:
        axes.plot(*failure.shortest.T, color=style.SHORTEST, linestyle=":", linewidth=1.8)
    if failure.imagined is not None:
        axes.plot(*failure.imagined.T, color=style.IMAGINED, linestyle=(0, (2, 1)), linewidth=1.5)
    style.mark_start(axes, journey.path[0], size=16)
    style.mark_goal(axes, journey.goal, size=60)
    return figure
