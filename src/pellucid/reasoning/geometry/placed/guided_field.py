"""Floats that follow a given figure: parameters are what they are there, roots have its signs.

It leaves the figure's parameters and signs behind, in order, as a `diagram.Diagram` has them, for
the exact field to follow in its turn.
"""

from __future__ import annotations

import math
import random
from collections.abc import Sequence

from pellucid.reasoning.geometry.fields import Unlucky
from pellucid.reasoning.geometry.float_field import FloatField
from pellucid.reasoning.geometry.loci import Circle, Locus
from pellucid.reasoning.geometry.vectors import Vector


class GuidedField(FloatField):
    """Floats whose next parameters and signs were told before they are asked for."""

    def __init__(self) -> None:
        super().__init__(random.Random(0))
        self._told: list[float] = []

    def tell(self, values: Sequence[float]) -> None:
        """What the next parameters are, in units of what they multiply."""
        self._told = list(values)

    def follow(self, signs: Sequence[int]) -> None:
        """The signs of the roots that come next."""
        self.signs[self._next_sign :] = signs

    def mark(self) -> tuple[int, int]:
        """Where it stands, to return to."""
        return self._next_parameter, self._next_sign

    def rewind(self, mark: tuple[int, int]) -> None:
        """Forget the parameters and signs that came since."""
        self._next_parameter, self._next_sign = mark
        del self.parameters[mark[0] :], self.signs[mark[1] :]

    def parameter(self, kind: str, *, along: Vector | None = None) -> float:
        """The next that was told; remembered by the way that it goes."""
        value = self._told.pop(0)
        length = math.hypot(along.x, along.y) if along else 1.0
        self.parameters.append(value * length)
        self._next_parameter += 1
        return value

    def root(self, square: float, *, either: bool = False) -> float:
        """The root of the sign that was told, or the positive one; of what rounding left, zero."""
        if self._next_sign == len(self.signs):
            self.signs.append(1)
        return super().root(0.0 if -1e-9 < square < 0 else square)


def position(locus: Locus, target: Vector) -> float:
    """The parameter by which `loci.somewhere` arrives at a place on a locus.

    Raises
    ------
    Unlucky
        Where it would be infinite, at the end of a circle's diameter.
    """
    if not isinstance(locus, Circle):
        return float((target - locus.point).dot(locus.along) / locus.along.square())
    arm = locus.arm or Vector(math.sqrt(max(locus.square, 0.0)), 0.0)
    turn = (target - locus.centre).times(arm.conjugate())
    length = math.hypot(turn.x, turn.y)
    if length + turn.x < 1e-6 * length or not length:
        raise Unlucky("a point at the end of a diameter, which no parameter reaches")
    return float(turn.y / (length + turn.x))
