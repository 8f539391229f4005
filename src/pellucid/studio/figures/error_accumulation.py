"""Errors along a chain: simulated and foretold, and of a trained model."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from matplotlib.figure import Figure

from pellucid.studio.figures import style


@dataclass(frozen=True)
class Accumulation:
    """Shares of chains that are right, from 0 to 1."""

    simulated: Mapping[str, Mapping[int, float]]
    """Of each way to generate, by the number of steps."""
    foretold: Sequence[Callable[[int], float]]
    """Of each of these ways, the formula."""
    trained: Mapping[int, float]
    """Of a trained model alone: chains whose first so many steps are right."""
    error: float
    """How often a step of the trained model is wrong."""
    verified: float
    """Answers of the trained model that are right, with a verifier."""


@style.styled
def draw(found: Accumulation) -> Figure:
    """Two panels: points are measured, lines are formulas."""
    figure, (simulated, trained) = style.panels(2, height=3.8)
    for (name, shares), formula, colour in zip(
        found.simulated.items(), found.foretold, style.SERIES, strict=False
    ):
        along = range(1, max(shares) + 1)
        simulated.plot(along, [100 * formula(n) for n in along], color=colour, linewidth=1.2)
        percent = [100 * share for share in shares.values()]
        simulated.plot(list(shares), percent, "o", color=colour, markersize=5, label=name)
    simulated.set_title("Simulated: points; foretold: lines")
    simulated.set_ylabel("chains without an error (%)")
    steps = list(found.trained)
    trained.plot(
        steps,
        [100 * (1 - found.error) ** n for n in steps],
        color=style.SERIES[0],
        linewidth=1.2,
        label=f"$(1 - e)^n$, e = {found.error:.3f}",
    )
    trained.plot(
        steps,
        [100 * share for share in found.trained.values()],
        "o",
        color=style.SERIES[0],
        markersize=4,
        label="alone",
    )
    trained.plot(
        steps[-1], 100 * found.verified, "s", color=style.SERIES[2], label="each step verified"
    )
    trained.set_title("A transformer that learned half")
    for panel in (simulated, trained):
        panel.set_xlabel("steps")
        panel.set_ylim(0, 104)
        panel.legend(loc="lower left")
    return figure
