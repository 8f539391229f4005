"""Intervals: no share and no mean is shown without one."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Interval:
    """A 95 % interval."""

    low: float
    high: float


def wilson(successes: int, trials: int) -> Interval:
    """The 95 % interval of a share (Wilson 1927): sound near 0 and 1, where shares often are."""
    assert 0 <= successes <= trials, f"{successes} successes in {trials} trials"
    if trials == 0:
        return Interval(0.0, 1.0)
    z, share = 1.959964, successes / trials
    centre = share + z * z / (2 * trials)
    reach = z * math.sqrt(share * (1 - share) / trials + z * z / (4 * trials * trials))
    scale = 1 + z * z / trials
    low, high = (centre - reach) / scale, (centre + reach) / scale
    # Rounding leaves 1e-17 where the exact bound is 0 or 1.
    return Interval(
        0.0 if successes == 0 else max(low, 0.0), 1.0 if successes == trials else min(high, 1.0)
    )


def mean_interval(values: Sequence[float]) -> Interval:
    """The 95 % interval of a mean over few independent values (Student's t); needs two."""
    count = len(values)
    if count < 2:
        return Interval(-math.inf, math.inf)
    from scipy.stats import t

    mean = sum(values) / count
    deviation = math.sqrt(sum((value - mean) ** 2 for value in values) / (count - 1))
    reach = float(t.ppf(0.975, count - 1)) * deviation / math.sqrt(count)
    return Interval(mean - reach, mean + reach)
