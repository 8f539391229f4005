"""What the agent imagined, beside what happened when the same actions were executed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.figure import Figure

from pellucid.studio.figures import style


@dataclass(frozen=True, eq=False)
class Imagination:
    """One plan: H actions imagined and executed in the true world."""

    index: int
    """The number of the task."""
    room: np.ndarray
    """(H, W, 3) uint8."""
    imagined: np.ndarray
    """Positions read out of the imagined states, (H + 1, 2) pixels."""
    real: np.ndarray
    """Positions that the actions lead to, (H + 1, 2) pixels."""
    goal: np.ndarray
    """(2,) pixels."""

    @property
    def error(self) -> np.ndarray:
        """Pixels between the two by steps ahead, (H + 1,)."""
        return np.linalg.norm(self.imagined - self.real, axis=-1)


@style.styled
def draw(plans: Sequence[Imagination]) -> Figure:
    """One room for each plan, three in a row."""
    columns = min(3, len(plans))
    figure, axes = style.panels(columns, -(-len(plans) // columns), height=3.45)
    for panel in axes[len(plans) :]:
        panel.set_axis_off()
    for panel, plan in zip(axes, plans, strict=False):
        style.show_room(panel, plan.room, ticks=False)
        panel.set_title(
            f"Task {plan.index}: median {np.median(plan.error):.1f} px apart", fontsize=9.5
        )
        panel.plot(*plan.real.T, color=style.REAL, linewidth=3.2, alpha=0.9)
        panel.plot(
            *plan.imagined.T,
            color=style.IMAGINED,
            linestyle=(0, (2, 1)),
            marker="o",
            markersize=2.6,
            linewidth=1.2,
        )
        style.mark_start(panel, plan.real[0])
        style.mark_goal(panel, plan.goal)
    look = {"linestyle": (0, (2, 1)), "marker": "o", "markersize": 2.6, "linewidth": 1.2}
    style.key(
        figure,
        [
            ("imagined", {"color": style.IMAGINED, **look}),
            ("what the same actions led to", {"color": style.REAL, "linewidth": 3.2}),
            ("start", style.START_LOOK),
            ("goal", style.GOAL_LOOK),
        ],
    )
    return figure
