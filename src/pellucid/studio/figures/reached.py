"""Goal pictures beside where the agent got to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.figure import Figure

from pellucid.studio.figures import style


@dataclass(frozen=True, eq=False)
class Reached:
    """The end of one episode."""

    index: int
    """The number of its task."""
    goal: np.ndarray
    """The goal's picture, (H, W, 3) uint8."""
    reached: np.ndarray
    """A picture of the last true state, (H, W, 3) uint8."""
    solved: bool


@style.styled
def draw(ends: Sequence[Reached]) -> Figure:
    """Goals above, ends below; the frame's colour says whether the task was solved."""
    figure, axes = style.panels(len(ends), 2, height=min(2.2, 1.1 * style.WIDTH / len(ends)))
    for column, end in enumerate(ends):
        for row, picture in enumerate((end.goal, end.reached)):
            panel = axes[row * len(ends) + column]
            style.show_room(panel, picture, ticks=False)
            if row == 0:
                panel.set_title(f"Task {end.index}: goal", fontsize=9)
                continue
            panel.set_title("reached" if end.solved else "got to", fontsize=9)
            panel.spines[:].set_visible(True)
            panel.spines[:].set_color(style.SOLVED if end.solved else style.FAILED)
            panel.spines[:].set_linewidth(3)
    return figure
