"""The true state over time, for worlds without a room to draw it in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from pellucid.studio.figures import style

COLUMNS = 4
"""Numbers of the state that are drawn; the first ones."""


@dataclass(frozen=True, eq=False)
class LabelPath:
    """One episode."""

    index: int
    """The number of its task."""
    names: tuple[str, ...]
    """Of the L numbers of the true state."""
    path: np.ndarray
    """(steps + 1, L)."""
    goal: np.ndarray
    """(L,)."""
    solved: bool


@style.styled
def draw(episodes: Sequence[LabelPath]) -> Figure:
    """A row for each task, a column for each number; the goal is a dotted line."""
    names = episodes[0].names[:COLUMNS]
    figure, axes = style.panels(len(names), len(episodes), height=1.75)
    for row, episode in enumerate(episodes):
        colour = style.SOLVED if episode.solved else style.FAILED
        for column, name in enumerate(names):
            panel = axes[row * len(names) + column]
            dash = "-" if episode.solved else (0, (4, 1))
            panel.plot(episode.path[:, column], color=colour, linestyle=dash)
            panel.axhline(episode.goal[column], color=style.INK, linestyle=":", linewidth=1.3)
            panel.set_ylabel(name)
            if column == 0:
                word = "solved" if episode.solved else "not solved"
                steps = len(episode.path) - 1
                panel.set_title(f"Task {episode.index}: {word} after step {steps}", fontsize=9)
            if row == len(episodes) - 1:
                panel.set_xlabel("step")
            panel.xaxis.set_major_locator(MaxNLocator(integer=True))
    style.key(
        figure,
        [
            ("solved", {"color": style.SOLVED}),
            ("not solved", {"color": style.FAILED, "linestyle": (0, (4, 1))}),
            ("goal", {"color": style.INK, "linestyle": ":"}),
        ],
    )
    return figure
