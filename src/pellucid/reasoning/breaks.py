"""Is there a break in a curve against scale, or is it smooth?

Smooth is a polynomial in the logarithm of scale; a break is one step added to it, at any of the
scales but the outermost. The statistic is the greatest F over the places of the step (Andrews
1993). Were the curve such a polynomial with normal errors of one size, its distribution would
depend neither on the curve nor on that size, so it is simulated: for a given degree the p-value is
exact (a Monte Carlo test, Dwass 1957). Where no degree is given, it is the one of `DEGREES` that
best foretells each point from the others; then the p-value is near exact only. What a curve has
beside the smooth one is taken as noise, also where it is none: few points can show what is large,
and no more, so `power` says what would be found.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from pellucid.config import check
from pellucid.errors import DataError

DEGREES = (2, 3, 4, 5)
"""Of polynomials, where the curve is to choose among them."""


@dataclass(frozen=True)
class Break:
    """What the test found."""

    p: float
    """How often a smooth curve would look as broken as this one, or more."""
    degree: int
    """Of the smooth curve."""
    place: int
    """The first scale behind the likeliest step."""
    step: float
    """Its height, in the unit of the curve."""


def find_break(
    scales: Sequence[float],
    values: Sequence[float],
    *,
    random: np.random.Generator,
    degree: int | None = None,
    draws: int = 2000,
) -> Break:
    """Test values at growing positive scales for one step.

    Raises
    ------
    DataError
        For scales that do not grow, or too few of them to tell a step from a polynomial.
    """
    y = np.asarray(values, float)
    if y.shape != (len(scales),) or not np.isfinite(y).all():
        raise DataError(f"{len(scales)} scales need as many finite values, not {y.tolist()}")
    designs = [_Design.of(scales, d) for d in _degrees(degree)]
    design = designs[int(_choice(designs, y[None])[0])]
    found = design.statistic(y[None])
    null = design.statistic(random.standard_normal((draws, len(y))))
    p = (1 + (null.largest >= found.largest[0]).sum()) / (1 + draws)
    place = int(found.place[0])
    return Break(float(p), design.degree, design.places[place], float(found.step[0]))


def power(
    scales: Sequence[float],
    values: Sequence[float],
    step: float,
    *,
    random: np.random.Generator,
    degree: int | None = None,
    draws: int = 2000,
    level: float = 0.05,
) -> float:
    """How often a step of this height would be found at `level`, were the curve smooth but for it.

    The curve and the size of its errors are those of `values`; the step is planted at each place
    in turn.
    """
    check(0 < level < 1, f"level is {level}: give a probability")
    y = np.asarray(values, float)
    designs = [_Design.of(scales, d) for d in _degrees(degree)]
    design = designs[int(_choice(designs, y[None])[0])]
    smooth, residual = design.smooth(y)
    size = np.sqrt((residual**2).sum() / design.freedom)
    where = np.array(design.places)[np.arange(draws) % len(design.places)]
    planted = step * (np.arange(len(y)) >= where[:, None])
    noisy = smooth + planted + size * random.standard_normal((draws, len(y)))
    chosen, found = _choice(designs, noisy), np.zeros(draws, bool)
    for k, own in enumerate(designs):
        null = own.statistic(random.standard_normal((draws, len(y)))).largest
        limit = np.quantile(null, 1 - level)
        found |= (chosen == k) & (own.statistic(noisy).largest > limit)
    return float(found.mean())


def _degrees(degree: int | None) -> tuple[int, ...]:
    return DEGREES if degree is None else (degree,)


def _choice(designs: Sequence[_Design], y: np.ndarray) -> np.ndarray:
    """For each row of y (draws, n) the design that best foretells points left out."""
    return np.stack([design.left_out(y) for design in designs]).argmin(0)


@dataclass(frozen=True)
class _Statistic:
    largest: np.ndarray
    place: np.ndarray
    step: np.ndarray


@dataclass(frozen=True)
class _Design:
    """The polynomial's orthonormal columns, and what each possible step has beside them."""

    degree: int
    columns: np.ndarray
    """(n, degree + 1)"""
    steps: np.ndarray
    """(places, n), each orthogonal to the columns; of length `lengths` before it was made unit."""
    lengths: np.ndarray
    places: tuple[int, ...]

    @classmethod
    def of(cls, scales: Sequence[float], degree: int) -> _Design:
        x = np.asarray(scales, float)
        check(degree >= 0, f"degree is {degree}: give 0 or more")
        if len(x) < degree + 5 or (x <= 0).any() or (np.diff(x) <= 0).any():
            raise DataError(
                f"{len(x)} scales {x.tolist()}: give {degree + 5} or more, positive and growing, "
                f"to tell a step from a polynomial of degree {degree}"
            )
        log = np.log(x)
        log = (log - log.mean()) / log.std()
        columns, _ = np.linalg.qr(np.vander(log, degree + 1))
        places = tuple(range(2, len(x) - 1))
        steps = (np.arange(len(x)) >= np.array(places)[:, None]).astype(float)
        steps -= steps @ columns @ columns.T
        lengths = np.linalg.norm(steps, axis=1)
        return cls(degree, columns, steps / lengths[:, None], lengths, places)

    @property
    def freedom(self) -> int:
        """Degrees of freedom of the smooth curve's errors."""
        return self.columns.shape[0] - self.columns.shape[1]

    def smooth(self, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The polynomial at the scales, and what is left of y (..., n)."""
        fitted = y @ self.columns @ self.columns.T
        return fitted, y - fitted

    def left_out(self, y: np.ndarray) -> np.ndarray:
        """The mean square error of points foretold from the others, (draws,) of y (draws, n)."""
        weight = (self.columns**2).sum(1)
        error: np.ndarray = ((self.smooth(y)[1] / (1 - weight)) ** 2).mean(1)
        return error

    def statistic(self, y: np.ndarray) -> _Statistic:
        """The greatest F of one step, for each row of y (draws, n)."""
        _, residual = self.smooth(y)
        along = residual @ self.steps.T
        place = np.abs(along).argmax(1)
        best = along[np.arange(len(y)), place]
        total = (residual**2).sum(1)
        # Rounding must not make a perfect fit better than perfect.
        rest = np.maximum(total - best**2, 1e-12 * np.maximum(total, 1e-300))
        largest = best**2 / rest * (self.freedom - 1)
        return _Statistic(largest, place, best / self.lengths[place])
