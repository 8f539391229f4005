"""The energy of being anywhere in the room, beside the true walking distance."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from matplotlib.figure import Figure

from pellucid.studio.figures import style


@dataclass(frozen=True, eq=False)
class Landscape:
    """Fields over the pixels of a room, NaN where a body cannot be."""

    room: np.ndarray
    """(H, W, 3) uint8."""
    energy: np.ndarray
    """Distance in state space from each place to the goal, (H, W)."""
    way: np.ndarray
    """Walking distance in pixels, (H, W)."""
    goal: np.ndarray
    """(2,) pixels."""

    def agreement(self) -> float:
        """Rank correlation of energy and walking distance over all places."""
        return _rank_correlation(self.energy, self.way)

    def straight(self) -> float:
        """The null: that of the straight distance, which sees no walls, and walking distance."""
        y, x = np.indices(self.way.shape) + 0.5
        return _rank_correlation(np.hypot(x - self.goal[0], y - self.goal[1]), self.way)

    def pits(self, *, reach: int = 4) -> np.ndarray:
        """Places (M, 2) away from the goal with nothing lower within `reach` pixels: traps."""
        energy = np.where(np.isnan(self.energy), np.inf, self.energy)
        padded = np.pad(energy, reach, constant_values=np.inf)
        height, width = energy.shape
        around = [
            padded[reach + dy : reach + dy + height, reach + dx : reach + dx + width]
            for dy in range(-reach, reach + 1)
            for dx in range(-reach, reach + 1)
            if 0 < np.hypot(dx, dy) <= reach
        ]
        lowest = np.isfinite(energy) & (energy < np.min(around, axis=0))
        y, x = np.nonzero(lowest & (np.nan_to_num(self.way, nan=0.0) > 6))
        return np.stack([x, y], -1) + 0.5


def _rank_correlation(first: np.ndarray, second: np.ndarray) -> float:
    known = np.isfinite(first) & np.isfinite(second)
    ranks = [values[known].argsort().argsort() for values in (first, second)]
    return float(np.corrcoef(*ranks)[0, 1])


@style.styled
def draw(landscape: Landscape) -> Figure:
    """Two heat maps with contours; the same colours mean near and far."""
    figure, axes = style.panels(2, height=4.7)
    fields = (
        (
            landscape.energy,
            "Energy in the agent's eyes",
            "energy (mean squared distance of states)",
        ),
        (landscape.way, "Distance on foot, for comparison", "walking distance (pixels)"),
    )
    height, width = landscape.way.shape
    for panel, (field, title, unit) in zip(axes, fields, strict=True):
        style.show_room(panel, landscape.room)
        shown = np.ma.masked_invalid(field)
        image = panel.imshow(shown, extent=(0, width, height, 0), cmap="viridis")
        x, y = np.arange(width) + 0.5, np.arange(height) + 0.5
        panel.contour(x, y, shown, levels=12, colors="white", linewidths=0.6, alpha=0.75)
        style.mark_goal(panel, landscape.goal, size=170)
        panel.set_title(title)
        figure.colorbar(image, ax=panel, label=unit, shrink=0.85, pad=0.02)
    pits = landscape.pits()
    axes[0].scatter(
        pits[:, 0], pits[:, 1], s=44, marker="X", color="white", edgecolors=style.FAILED, zorder=6
    )
    trap = {"marker": "X", "markersize": 7, "linestyle": ""}
    entries = [("goal", style.GOAL_LOOK)]
    if len(pits):
        look = {**trap, "markerfacecolor": "white", "markeredgecolor": style.FAILED}
        entries.append(("trap: nothing within 4 px has a lower energy", look))
    style.key(figure, entries)
    return figure
