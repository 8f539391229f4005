"""What was measured, with its 95 % interval."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from pellucid.statistics import Interval, mean_interval, wilson


@dataclass(frozen=True)
class Measured:
    """A measured value. Without a known interval, `low` and `high` are infinite."""

    value: float
    low: float
    """The lower end of the 95 % interval."""
    high: float
    """The upper end of the 95 % interval."""
    n: int
    """How many independent values it rests on: seeds, or episodes."""

    @property
    def has_interval(self) -> bool:
        """Whether the interval is known."""
        return math.isfinite(self.low) and math.isfinite(self.high)

    def times(self, factor: float) -> Measured:
        """The same in another unit, such as percent; `factor` is positive."""
        assert factor > 0, f"{factor} would turn the interval around"
        return Measured(self.value * factor, self.low * factor, self.high * factor, self.n)


def exact(value: float, n: int = 1) -> Measured:
    """A value without an interval: a count, a fit, or a single measurement."""
    return Measured(value, -math.inf, math.inf, n)


def share(successes: int, trials: int) -> Measured:
    """A share of successes, 0 to 1, with Wilson's interval (Wilson 1927)."""
    assert trials > 0, "a share of nothing"
    return _measured(successes / trials, wilson(successes, trials), trials)


def mean(values: Sequence[float]) -> Measured:
    """The mean over seeds with Student's t interval; infinite for one seed."""
    assert len(values) > 0, "a mean of nothing"
    return _measured(math.fsum(values) / len(values), mean_interval(values), len(values))


def bootstrap(
    values: Sequence[float],
    generator: np.random.Generator,
    *,
    statistic: Callable[[np.ndarray], np.ndarray] | None = None,
    draws: int = 10_000,
) -> Measured:
    """A statistic with its percentile bootstrap interval (Efron 1979), for many values.

    `statistic` maps (draws, N) to (draws,); the median where it is not given. With fewer than some
    twenty values the interval is too narrow: use `mean` there.
    """
    data = np.asarray(values, dtype=float)
    assert data.ndim == 1, "one row of values"
    assert len(data) > 0, "a statistic of nothing"
    apply = statistic if statistic is not None else lambda rows: np.median(rows, axis=-1)
    drawn = apply(generator.choice(data, size=(draws, len(data))))
    low, high = np.quantile(drawn, [0.025, 0.975])
    return Measured(float(apply(data[None])[0]), float(low), float(high), len(data))


def _measured(value: float, interval: Interval, n: int) -> Measured:
    return Measured(value, interval.low, interval.high, n)
