"""One decision: how the search went, and what the plan costs step by step."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from pellucid.studio.figures import style


@dataclass(frozen=True, eq=False)
class Decision:
    """A plan's energy and the trace of its search."""

    index: int
    """The number of the task."""
    step: int
    """Steps after which it was taken."""
    energy: np.ndarray
    """Energy of each planned step, (H,)."""
    best: np.ndarray
    """The lowest energy found up to each round, (I,)."""
    mean: np.ndarray
    """The mean energy of the candidates of each round, (I,)."""
    spread: np.ndarray
    """Their standard deviation, (I,)."""


@style.styled
def draw(decision: Decision) -> Figure:
    """The search on the left, the plan on the right."""
    figure, (search, plan) = style.panels(2, height=3.2)
    rounds = np.arange(1, len(decision.best) + 1)
    low, high = decision.mean - decision.spread, decision.mean + decision.spread
    search.fill_between(
        rounds,
        low,
        high,
        color=style.FAINT,
        alpha=0.25,
        linewidth=0,
        label="± one deviation of them",
    )
    search.plot(
        rounds, decision.mean, color=style.FAINT, linestyle="--", label="mean of the plans tried"
    )
    search.plot(rounds, decision.best, color=style.REAL, marker="o", label="best plan so far")
    search.set_xlabel("round of the search")
    search.set_ylabel("energy of the whole plan")
    search.xaxis.set_major_locator(MaxNLocator(integer=True))
    search.set_title(f"Search: best energy {decision.best[0]:.3g}, then {decision.best[-1]:.3g}")
    search.legend()
    steps = np.arange(1, len(decision.energy) + 1)
    plan.plot(steps, decision.energy, color=style.IMAGINED)
    plan.fill_between(steps, decision.energy, color=style.IMAGINED, alpha=0.15, linewidth=0)
    plan.set_xlim(1, max(len(steps), 2))
    plan.set_ylim(min(0.0, float(decision.energy.min())))
    plan.set_xlabel("steps ahead")
    plan.set_ylabel("energy of the imagined step")
    plan.set_title("The best plan, step by step")
    return figure
