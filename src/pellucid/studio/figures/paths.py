"""Where episodes went, drawn on the picture of their room."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from pellucid.studio.figures import style

SHOWN = 12
"""Rooms drawn where every task has its own."""


@dataclass(frozen=True, eq=False)
class Journey:
    """One episode."""

    index: int
    """The number of its task."""
    room: np.ndarray
    """The picture of the walls, (H, W, 3) uint8."""
    path: np.ndarray
    """Positions, (steps + 1, 2) pixels."""
    goal: np.ndarray
    """(2,) pixels."""
    solved: bool


@style.styled
def draw(journeys: Sequence[Journey]) -> Figure:
    """Solved and failed side by side in one room, or a room for each task, the failed first."""
    same = all(np.array_equal(j.room, journeys[0].room) for j in journeys)
    return _one_room(journeys) if same else _many_rooms(journeys)


def _one_room(journeys: Sequence[Journey]) -> Figure:
    figure, axes = style.panels(2, height=4.9)
    for panel, solved in zip(axes, (True, False), strict=True):
        chosen = [j for j in journeys if j.solved == solved]
        style.show_room(panel, journeys[0].room)
        word = "Solved" if solved else "Not solved"
        panel.set_title(f"{word}: {len(chosen)} of {len(journeys)} episodes")
        for journey in chosen:
            draw_journey(panel, journey, thin=len(chosen) > 12)
    _key(figure)
    return figure


def _many_rooms(journeys: Sequence[Journey]) -> Figure:
    order = sorted(journeys, key=lambda j: (j.solved, j.index))
    failed = [j for j in order if not j.solved]
    shown = failed[: SHOWN // 2] + [j for j in order if j.solved]
    shown = (shown if len(shown) >= SHOWN else [*shown, *failed[SHOWN // 2 :]])[:SHOWN]
    columns = min(4, len(shown))
    figure, axes = style.panels(columns, -(-len(shown) // columns), height=2.6)
    for panel in axes:
        panel.set_axis_off()
    for panel, journey in zip(axes, shown, strict=False):
        panel.set_axis_on()
        style.show_room(panel, journey.room, ticks=False)
        steps = len(journey.path) - 1
        word = f"solved in {steps} steps" if journey.solved else f"not solved in {steps}"
        panel.set_title(f"Task {journey.index}: {word}", fontsize=8.5)
        draw_journey(panel, journey)
    _key(figure)
    return figure


def draw_journey(axes: Axes, journey: Journey, *, thin: bool = False) -> None:
    """The line of one episode with its start and goal."""
    colour = style.SOLVED if journey.solved else style.FAILED
    axes.plot(
        *journey.path.T,
        color=colour,
        linestyle="-" if journey.solved else (0, (4, 1)),
        linewidth=1.0 if thin else 1.8,
        alpha=0.65 if thin else 1.0,
        label=f"task {journey.index}",
    )
    style.mark_start(axes, journey.path[0], size=12 if thin else 34)
    style.mark_goal(axes, journey.goal, size=40 if thin else 130)


def _key(figure: Figure) -> None:
    style.key(
        figure,
        [
            ("solved", {"color": style.SOLVED}),
            ("not solved", {"color": style.FAILED, "linestyle": (0, (4, 1))}),
            ("start", style.START_LOOK),
            ("goal", style.GOAL_LOOK),
        ],
    )
