"""Errors along a chain: simulated and foretold, of a trained model, and of whole answers."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from matplotlib.figure import Figure

from pellucid.studio.figures import style


@dataclass(frozen=True)
class Trained:
    """A trained model."""

    alone: Mapping[int, float]
    """Chains whose first so many steps are right."""
    error: float
    """How often a step is wrong."""
    verified: float
    """Answers that are right, with a verifier, at the greatest number of steps."""


@dataclass(frozen=True)
class Accumulation:
    """Shares of chains that are right, from 0 to 1."""

    simulated: Mapping[str, Mapping[int, float]]
    """Of each way to generate, by the number of steps."""
    foretold: Sequence[Callable[[int], float]]
    """Of each of these ways, the formula."""
    trained: Sequence[Trained]
    whole: Mapping[str, Mapping[int, float]]
    """Percent right of answers found as a whole and of such as were written, by passes."""


@style.styled
def draw(found: Accumulation) -> Figure:
    """Three panels: points are measured, lines of the first two are formulas."""
    figure, (simulated, trained, whole) = style.panels(3, height=3.6)
    for (name, shares), formula, colour in zip(
        found.simulated.items(), found.foretold, style.SERIES, strict=False
    ):
        along = range(1, max(shares) + 1)
        simulated.plot(along, [100 * formula(n) for n in along], color=colour, linewidth=1.2)
        percent = [100 * share for share in shares.values()]
        simulated.plot(list(shares), percent, "o", color=colour, markersize=5, label=name)
    simulated.set_title("Simulated, and formulas")
    simulated.set_ylabel("chains without an error (%)")
    for model, colour in zip(found.trained, style.SERIES, strict=False):
        steps = list(model.alone)
        foretold = [100 * (1 - model.error) ** n for n in steps]
        label = f"$(1 - e)^n$, e = {model.error:.3f}"
        trained.plot(steps, foretold, color=colour, linewidth=1.2, label=label)
        alone = [100 * share for share in model.alone.values()]
        trained.plot(steps, alone, "o", color=colour, markersize=4)
    lowest = min(model.verified for model in found.trained)
    last = max(max(model.alone) for model in found.trained)
    trained.plot(last, 100 * lowest, "s", color=style.INK, label="verified, least of all")
    trained.set_title("A hot transformer")
    for (name, shares), colour in zip(found.whole.items(), style.SERIES, strict=False):
        whole.plot(list(shares), list(shares.values()), "o-", color=colour, label=name)
    whole.set_xscale("log", base=2)
    whole.xaxis.set_major_formatter("{x:g}")
    whole.set_title("Latin squares, two ways")
    whole.set_ylabel("squares right (%)")
    for panel in (simulated, trained, whole):
        panel.set_xlabel("passes over an answer" if panel is whole else "steps")
        panel.set_ylim(0, 104)
        panel.legend(loc="lower right" if panel is whole else "lower left")
    return figure
