"""How imagination drifts from reality, by steps ahead."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from matplotlib.figure import Figure

from pellucid.studio.figures import style


@dataclass(frozen=True, eq=False)
class Drift:
    """Errors of many plans."""

    error: np.ndarray
    """Pixels between imagined and real places, (plans, H + 1)."""
    still: np.ndarray
    """The null: pixels from the first place to the real ones, (plans, H + 1)."""
    radius: float
    """Pixels from the goal that count as there."""

    def within(self) -> int:
        """The last step ahead up to which the median error stays within the radius."""
        wrong = np.median(self.error, axis=0) > self.radius
        return int(wrong.argmax()) - 1 if wrong.any() else self.error.shape[1] - 1


@style.styled
def draw(drift: Drift) -> Figure:
    """Median and 90 % band, with the null and the radius that counts."""
    figure, (panel,) = style.panels(1, height=3.3)
    steps = np.arange(drift.error.shape[1])
    low, middle, high = np.quantile(drift.error, (0.05, 0.5, 0.95), axis=0)
    panel.fill_between(
        steps, low, high, color=style.IMAGINED, alpha=0.18, linewidth=0, label="90 % of plans"
    )
    panel.plot(steps, middle, color=style.IMAGINED, label="median error")
    panel.plot(
        steps,
        np.median(drift.still, axis=0),
        color=style.FAINT,
        linestyle="--",
        label='null: "it stays where it is"',
    )
    panel.axhline(
        drift.radius, color=style.SHORTEST, linestyle=":", linewidth=1.5, label="goal radius"
    )
    panel.set_xlim(0, steps[-1])
    panel.set_ylim(0)
    panel.set_xlabel("steps ahead")
    panel.set_ylabel("imagined to real place (pixels)")
    ahead = drift.within()
    panel.set_title(
        f"Imagination stays within {drift.radius:g} px of reality for {ahead} of {steps[-1]} steps "
        f"(median of {len(drift.error)} plans)"
        if ahead >= 0
        else f"States do not say where the body is within {drift.radius:g} px, even now"
    )
    panel.legend(loc="upper left")
    return figure
