"""Another figure of the same family, to show that a goal does not hold in all of them."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from fractions import Fraction

from pellucid.reasoning.geometry.exact_field import ExactField
from pellucid.reasoning.geometry.figure import Figure
from pellucid.reasoning.geometry.placed.equations import At, Equation, off, refined

ATTEMPTS = 20
EXACT = 1e-12
"""How well equations hold in another figure. Where curves touch, points are off by the root."""


def elsewhere(
    figure: Figure,
    every: Sequence[Equation],
    at: At,
    first: tuple[str, str],
    rng: random.Random,
) -> Mapping[str, tuple[float, float]] | None:
    """All points of another figure in which all that is assumed holds; None if none was found.

    Parameters
    ----------
    figure
        The family, over exact functions, with `first` at 0 and 1.
    every
        What is assumed, of points that the family leaves out as well.
    at
        The given figure, from which those points are followed.
    """
    a, b = (at[point] for point in first)
    for attempt in range(ATTEMPTS):
        made = _moved(figure, rng, 0.1 * 0.8**attempt)
        if made is None:
            continue
        moved = {**at, **{point: a + place * (b - a) for point, place in made.items()}}
        left = [point for point in at if point not in made]
        found = refined(every, moved, left, rounds=30)
        if all(abs(off(equation, found)) < EXACT for equation in every):
            return {point: (place.real, place.imag) for point, place in found.items()}
    return None


def _moved(figure: Figure, rng: random.Random, part: float) -> dict[str, complex] | None:
    """The family's points at other parameters, on the same branch of its roots."""
    field = figure.field
    assert isinstance(field, ExactField)
    tower = field.tower
    guide, roots = list(tower.guide), list(tower.approximate)
    try:
        for k, value in enumerate(guide):
            # Not in proportion alone: one that is zero in the given figure moves as well.
            shift = part * (abs(float(value)) + 0.3) * rng.uniform(-1, 1)
            tower.guide[k] = Fraction(float(value) + shift)
        for k, radicand in enumerate(tower.radicands):
            square = tower.evaluate(radicand)
            if square <= 0:
                return None
            tower.approximate[k] = square**0.5 if roots[k] > 0 else -(square**0.5)
        return {
            point: complex(*(tower.evaluate(c.num) / tower.evaluate(c.den) for c in (v.x, v.y)))
            for point, v in figure.places.items()
        }
    except ZeroDivisionError:
        return None
    finally:
        tower.guide[:], tower.approximate[:] = guide, roots
