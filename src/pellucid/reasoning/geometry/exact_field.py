"""Exact functions of the parameters, guided by a diagram: a zero here is a theorem.

No radicand of the tower is a square of an element that was there before it, so the tower is a
field: N = 0 is the only zero, and what has no zero value in the diagram is no zero anywhere but on
a lower-dimensional set of figures. Each element knows its value in the diagram. So a root that
turns out to be an element already gets the sign that it has there, and what is proved is about the
branch that was drawn: about all figures of the irreducible family that the diagram is one of.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction

from pellucid.errors import DataError
from pellucid.reasoning.geometry.exact_roots import find_root, new_root
from pellucid.reasoning.geometry.fields import Scalar
from pellucid.reasoning.geometry.functions import Function, Tower
from pellucid.reasoning.geometry.vectors import Vector


class ExactField:
    """Parameters are variables, roots are radicals or what they are found to be.

    `guide` are the parameters of a diagram and `signs` those of its roots, both in order.
    """

    def __init__(self, guide: Sequence[float], signs: Sequence[int], *, radicals: int) -> None:
        self.tower = Tower([Fraction(value) for value in guide], radicals)
        self.signs = tuple(signs)
        self.kinds: list[str] = []
        """What each parameter is, in order."""
        self.merged: list[int] = []
        """Which roots, in order, were elements already; their signs are branches of their own."""
        self._taken = 0
        self._turns: dict[Fraction, Vector] = {}

    def constant(self, value: int | Fraction) -> Function:
        """A rational number."""
        value, tower = Fraction(value), self.tower
        num, den = tower.ring.constant(value.numerator), tower.ring.constant(value.denominator)
        return Function(num, den, float(value), tower)

    def parameter(self, kind: str, *, along: Vector | None = None) -> Function:
        """The next variable."""
        k = len(self.kinds)
        if along:
            self.tower.guide[k] /= Fraction(math.hypot(along.x.approx, along.y.approx))
        self.kinds.append(kind)
        variable = self.tower.parameter(k)
        return Function(variable, self.tower.one, float(self.tower.guide[k]), self.tower)

    def root(self, square: Function, *, either: bool = False) -> Function:
        """The root with the sign of the diagram."""
        sign = self.signs[self._taken] if self._taken < len(self.signs) else 1
        found = find_root(square)
        if found is not None:
            self.merged.append(self._taken)
        self._taken += 1
        root = new_root(square) if found is None else found
        return -root if root.approx * sign < 0 else root

    def turn(self, angle: Fraction) -> Vector:
        """The cosine and the sine of an angle that a compass can construct.

        Raises
        ------
        DataError
            For an angle that takes more than square roots, such as pi / 9.
        """
        angle %= 2
        if angle not in self._turns:
            self._turns[angle] = self._turn(angle)
        return self._turns[angle]

    def _turn(self, angle: Fraction) -> Vector:
        if angle in (0, Fraction(1, 2)):
            one, zero = self.constant(1), self.constant(0)
            return Vector(one, zero) if angle == 0 else Vector(zero, one)
        if angle >= Fraction(1, 2):
            return self.turn(angle - Fraction(1, 2)).turned()
        if angle == Fraction(1, 3):
            return Vector(self.constant(Fraction(1, 2)), self.positive(self.constant(3)) / 2)
        if angle == Fraction(2, 5):
            cosine = (self.positive(self.constant(5)) - 1) / 4
            return Vector(cosine, self.positive(1 - cosine * cosine))
        if angle.denominator % 2 == 0:
            twice = self.turn(2 * angle)
            cosine = self.positive((twice.x + 1) / 2)
            return Vector(cosine, twice.y / (cosine * 2))
        if angle.denominator not in (3, 5, 15):
            raise DataError(f"an angle of {angle} pi has no cosine by square roots; none is proved")
        # Of thirds and double fifths: angle = m / 3 + 2 n / 5, up to whole turns.
        thirds, fifths = next(
            (m, n)
            for m in range(6)
            for n in range(5)
            if (Fraction(m, 3) + Fraction(2 * n, 5) - angle) % 2 == 0
        )
        third, fifth = Fraction(1, 3), Fraction(2, 5)
        return self._multiple(third, thirds).times(self._multiple(fifth, fifths))

    def _multiple(self, angle: Fraction, times: int) -> Vector:
        product = self.turn(Fraction(0))
        for _ in range(times):
            product = product.times(self.turn(angle))
        return product

    def positive(self, square: Function) -> Function:
        """The root that is positive in the diagram, whatever its signs say."""
        root = find_root(square) or new_root(square)
        return -root if root.approx < 0 else root

    def is_zero(self, value: Function) -> bool:
        """Whether it is zero in every figure of the family."""
        return bool(value.num == 0)

    def require(self, value: Scalar) -> None:
        """What the diagram obeys, its family obeys near it."""

    def direction(self, vector: Vector) -> Vector:
        """The vector without its denominators, and without what both coordinates share."""
        x, y, tower = vector.x, vector.y, self.tower
        ring = tower.ring
        if x.num == 0:
            return Vector(x, self.constant(1 if y.approx > 0 else -1))
        if y.num == 0:
            return Vector(self.constant(1 if x.approx > 0 else -1), y)
        dens, nums = ring.gcd(x.den, y.den), ring.gcd(x.num, y.num)
        new_x = ring.divide(x.num, nums) * ring.divide(y.den, dens)
        new_y = ring.divide(y.num, nums) * ring.divide(x.den, dens)
        # Radicals may have come to be squared where a factor with radicals was divided by.
        new_x, new_y = tower.reduced(new_x), tower.reduced(new_y)
        first, second = tower.evaluate(new_x), tower.evaluate(new_y)
        if first * x.approx + second * y.approx < 0:
            new_x, new_y, first, second = -new_x, -new_y, -first, -second
        return Vector(
            Function(new_x, tower.one, first, tower), Function(new_y, tower.one, second, tower)
        )

    def oriented(self, along: Vector, difference: Vector) -> Vector:
        """Plus or minus `along`, as in the diagram."""
        dot = along.x.approx * difference.x.approx + along.y.approx * difference.y.approx
        return along if dot >= 0 else -along
