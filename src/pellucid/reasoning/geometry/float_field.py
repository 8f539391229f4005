"""Floats: figures that can be drawn, and that know what is between and what is positive.

Parameters are drawn as multiples of 2^-12, so that the same figure can be named exactly.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction

from pellucid.reasoning.geometry.fields import Unlucky
from pellucid.reasoning.geometry.vectors import Vector

DRAWS: Mapping[str, Callable[[random.Random], float]] = {
    "free": lambda rng: rng.uniform(-1.6, 1.6),
    "above": lambda rng: rng.uniform(0.35, 1.7),
    "line": lambda rng: rng.choice((1, 1, -1)) * rng.uniform(0.25, 1.7),
    "part": lambda rng: rng.uniform(0.15, 0.85),
    "scale": lambda rng: rng.uniform(0.3, 1.6),
    "circle": lambda rng: math.tan(rng.uniform(-0.92, 0.92) * math.pi / 2),
    "half": lambda rng: rng.uniform(0.2, 0.75),
}
"""From where a parameter of each kind comes: a coordinate, a height, a place on a line in units of
its length, a part of a segment, a length, half of an angle at a circle, half of a triangle's."""

GRAIN = 4096


class FloatField:
    """Random parameters, positive roots; signs that a figure leaves open by chance.

    Give `parameters` and `signs` to draw one figure again instead.
    """

    def __init__(
        self,
        rng: random.Random,
        *,
        parameters: Sequence[float] = (),
        signs: Sequence[int] = (),
    ) -> None:
        self.rng = rng
        self.parameters = list(parameters)
        """What was drawn, in order."""
        self.signs = list(signs)
        """The sign of each root that was taken, in order; 1 where the figure leaves none open."""
        self._next_parameter = 0
        self._next_sign = 0

    def constant(self, value: int | Fraction) -> float:
        """The nearest float."""
        return float(value)

    def parameter(self, kind: str, *, along: Vector | None = None) -> float:
        """The next given parameter, or a random one of its kind."""
        if self._next_parameter == len(self.parameters):
            self.parameters.append(round(DRAWS[kind](self.rng) * GRAIN) / GRAIN)
        value = self.parameters[self._next_parameter]
        self._next_parameter += 1
        return value / math.hypot(along.x, along.y) if along else value

    def root(self, square: float, *, either: bool = False) -> float:
        """The positive root, or any if `either`."""
        if not square >= 0:
            raise Unlucky("a negative square")
        if self._next_sign == len(self.signs):
            self.signs.append(self.rng.choice((1, -1)) if either else 1)
        sign = self.signs[self._next_sign]
        self._next_sign += 1
        return sign * math.sqrt(square)

    def turn(self, angle: Fraction) -> Vector:
        """The cosine and the sine of an angle in units of pi."""
        return Vector(math.cos(angle * math.pi), math.sin(angle * math.pi))

    def is_zero(self, value: float) -> bool:
        """Whether it is so small that a figure with it cannot be told from a degenerate one."""
        return not abs(value) > 1e-9

    def require(self, value: float) -> None:
        """Draw again unless it is positive."""
        if not value > 1e-9:
            raise Unlucky("a side condition")

    def direction(self, vector: Vector) -> Vector:
        """The unit vector, so that products of many directions keep their precision."""
        length = math.hypot(vector.x, vector.y)
        return vector.over(length) if length else vector

    def oriented(self, along: Vector, difference: Vector) -> Vector:
        """Plus or minus `along`, by the inner product."""
        return along if along.dot(difference) >= 0 else -along
