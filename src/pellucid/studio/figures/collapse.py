"""Is there still a world in the states? The collapse report, over training and at its end."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from matplotlib.figure import Figure

from pellucid.studio.figures import style
from pellucid.studio.figures.curves import Curves


@dataclass(frozen=True)
class Collapse:
    """What the report measured."""

    curves: Curves
    """Of which effective rank, inverse and probe R2 are drawn."""
    deviations: tuple[float, ...]
    """The standard deviation of each feature at the end, (D,)."""
    effective_rank: float
    """At the end."""


@style.styled
def draw(collapse: Collapse) -> Figure:
    """Effective rank, what states tell, and how far each feature moves."""
    figure, (rank, tells, bars) = style.panels(3, height=3.2)
    dimension = len(collapse.deviations)
    steps, values = collapse.curves.series("effective_rank")
    rank.plot(steps, values, color=style.INK, marker="o", markersize=3.5)
    rank.axhline(dimension, color=style.FAINT, linestyle="--", linewidth=1.2)
    rank.annotate(
        f"all {dimension} dimensions",
        (0, dimension),
        xycoords=("axes fraction", "data"),
        xytext=(3, -10),
        textcoords="offset points",
        color="#666c78",
        fontsize=8.5,
    )
    rank.set_ylim(0, 1.06 * dimension)
    rank.set_title(f"States fill {collapse.effective_rank:.1f} of {dimension} dimensions")
    rank.set_ylabel("effective rank")
    looks = (
        ("probe_r2", "where it is", style.REAL, "-"),
        ("inverse_r2", "what it did", style.FAILED, "--"),
    )
    for name, label, colour, dash in looks:
        steps, values = collapse.curves.series(name)
        if len(steps):
            tells.plot(
                steps, values, color=colour, linestyle=dash, marker="o", markersize=3.5, label=label
            )
    tells.axhline(0, color=style.FAINT, linewidth=0.8)
    low = min([0.0, *(v for n, *_ in looks for v in collapse.curves.series(n)[1])])
    tells.set_ylim(max(low, -1.0) - 0.03, 1.03)
    tells.set_title("What states tell (linear map)")
    tells.set_ylabel("R² on held-out episodes")
    tells.legend(loc="best")
    for panel in (rank, tells):
        panel.set_xlabel("training step")
    order = np.sort(np.array(collapse.deviations))[::-1]
    bars.bar(np.arange(1, dimension + 1), order, color=style.REAL, width=0.8)
    bars.set_title("No feature is dead" if order[-1] > 0.05 else "Some features are dead")
    bars.set_xlabel("feature, sorted")
    bars.set_ylabel("standard deviation")
    bars.grid(False, axis="x")
    return figure
