"""The curves of a training: the terms of its loss, success while it learned, and its speed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from pellucid.studio.figures import style

NOT_TERMS = {
    *("step", "seconds", "learning_rate", "loss", "gradient_norm", "frames_per_second"),
    *("success", "effective_rank", "deviation", "inverse_r2", "prediction_ratio", "probe_r2"),
}
"""Names in the log that are no term of the loss."""


@dataclass(frozen=True)
class Curves:
    """The lines of `metrics.jsonl`."""

    rows: Sequence[Mapping[str, float | None]]

    def series(self, name: str) -> tuple[np.ndarray, np.ndarray]:
        """Steps and values of one number, where it was logged."""
        points = [(row["step"], row[name]) for row in self.rows if row.get(name) is not None]
        steps, values = np.array(points, dtype=float).reshape(-1, 2).T
        return steps, values

    def terms(self) -> list[str]:
        """The names of the loss's terms, the largest at the end first."""
        names = {name for row in self.rows for name in row} - NOT_TERMS
        last = {name: self.series(name)[1] for name in names}
        return sorted((n for n in names if len(last[n])), key=lambda n: -last[n][-1])


@style.styled
def draw(curves: Curves) -> Figure:
    """Loss, success where it was measured, and throughput."""
    steps, success = curves.series("success")
    figure, axes = style.panels(3 if len(steps) else 2, height=3.2)
    _loss(axes[0], curves)
    if len(steps):
        axes[1].plot(steps, 100 * success, color=style.SOLVED, marker="o")
        axes[1].set_ylim(0, 103)
        axes[1].set_title(f"Solved in validation: {100 * success[-1]:.0f} %")
        axes[1].set_ylabel("solved (%)")
    steps, speed = curves.series("frames_per_second")
    axes[-1].plot(steps, speed, color=style.INK, linewidth=1.2)
    axes[-1].set_ylim(0)
    middle = float(np.median(speed)) if len(speed) else 0.0
    axes[-1].set_title(f"Speed: {middle:,.0f} frames a second")
    axes[-1].set_ylabel("frames per second")
    for panel in axes:
        panel.set_xlabel("training step")
    return figure


def _loss(panel: Axes, curves: Curves) -> None:
    names = ["loss", *curves.terms()]
    positive = True
    for name, colour, dash in zip(names, (style.INK, *style.SERIES), style.DASHES, strict=False):
        steps, values = curves.series(name)
        positive &= bool((values > 0).all())
        width = 2.2 if name == "loss" else 1.5
        label = "total" if name == "loss" else name.replace("_", " ")
        panel.plot(steps, values, color=colour, linestyle=dash, linewidth=width, label=label)
    if positive:
        panel.set_yscale("log")
    panel.set_title("Loss and its weighted terms")
    panel.set_ylabel("loss (weighted)")
    panel.legend()
