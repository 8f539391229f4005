"""Residues modulo a prime: figures at random points, to learn at once what is true of them.

An identity between rational functions that holds at a random point of a field with 2^61 elements
holds, but for a chance of (its degree) / 2^61 (Schwartz 1980; Zippel 1979).
"""

from __future__ import annotations

import random
from fractions import Fraction

from pellucid.errors import DataError
from pellucid.reasoning.geometry.fields import Scalar, Unlucky
from pellucid.reasoning.geometry.vectors import Vector

PRIMES = (2305843009213690799, 2305843009213650479)
"""The largest primes of the form 5040 k - 1 below 2^61. Minus one has no root there, so a root is
one power; and turns by 1/5040 of the full circle exist, quarter degrees of lines among them."""
_TURNS = 5040


class Residue:
    """An integer modulo a prime."""

    __slots__ = ("prime", "value")

    def __init__(self, value: int, prime: int) -> None:
        self.value = value % prime
        self.prime = prime

    def __add__(self, other: Residue | int) -> Residue:
        return Residue(self.value + _integer(other), self.prime)

    def __sub__(self, other: Residue | int) -> Residue:
        return Residue(self.value - _integer(other), self.prime)

    def __mul__(self, other: Residue | int) -> Residue:
        return Residue(self.value * _integer(other), self.prime)

    __radd__ = __add__
    __rmul__ = __mul__

    def __rsub__(self, other: int) -> Residue:
        return Residue(other - self.value, self.prime)

    def __neg__(self) -> Residue:
        return Residue(-self.value, self.prime)

    def __truediv__(self, other: Residue | int) -> Residue:
        divisor = _integer(other) % self.prime
        if divisor == 0:
            raise Unlucky("a division by zero modulo the prime")
        return Residue(self.value * pow(divisor, -1, self.prime), self.prime)

    def __rtruediv__(self, other: int) -> Residue:
        return Residue(other, self.prime) / self

    def __repr__(self) -> str:
        return str(self.value)


def _integer(value: Residue | int) -> int:
    return value.value if isinstance(value, Residue) else value


class PrimeField:
    """Random parameters and random signs of roots modulo a prime.

    A square without a root raises `Unlucky`: draw the figure again.
    """

    def __init__(self, rng: random.Random, prime: int = PRIMES[0]) -> None:
        self.prime = prime
        self.rng = rng
        self.squares: list[int] = []
        """The squares of which roots were taken, in their order."""

    def constant(self, value: int | Fraction) -> Residue:
        """A rational number modulo the prime."""
        value = Fraction(value)
        return Residue(value.numerator * pow(value.denominator, -1, self.prime), self.prime)

    def parameter(self, kind: str, *, along: Vector | None = None) -> Residue:
        """A random residue, whatever the kind."""
        return Residue(self.rng.randrange(2, self.prime), self.prime)

    def root(self, square: Residue, *, either: bool = False) -> Residue:
        """One of both roots by chance: there is no order among residues."""
        self.squares.append(square.value)
        root = pow(square.value, (self.prime + 1) // 4, self.prime)
        if root * root % self.prime != square.value:
            raise Unlucky("a square without a root modulo the prime")
        return Residue(root if self.rng.random() < 0.5 else -root, self.prime)

    def turn(self, angle: Fraction) -> Vector:
        """The power of one root of unity, of order 5040, that stands for this angle."""
        steps = angle * _TURNS / 2
        if steps.denominator != 1:
            raise DataError(
                f"an angle of {angle} pi: only multiples of 1/{_TURNS // 2} pi are known"
            )
        return self._power(self._generator(), steps.numerator % _TURNS)

    def _generator(self) -> Vector:
        for x in range(2, 1000):
            unit = Vector(self.constant(x), self.constant(1))
            unit = unit.times(unit).over(unit.square())
            root = self._power(unit, (self.prime + 1) // _TURNS)
            if all(self._power(root, _TURNS // factor).x.value != 1 for factor in (2, 3, 5, 7)):
                return root
        raise AssertionError("one in five units is a generator")

    def _power(self, base: Vector, exponent: int) -> Vector:
        result = Vector(self.constant(1), self.constant(0))
        while exponent:
            if exponent & 1:
                result = result.times(base)
            base = base.times(base)
            exponent >>= 1
        return result

    def is_zero(self, value: Residue) -> bool:
        """Whether it is zero here, hence almost surely everywhere."""
        return value.value == 0

    def require(self, value: Scalar) -> None:
        """Nothing is positive modulo a prime."""

    def direction(self, vector: Vector) -> Vector:
        """The vector itself."""
        return vector

    def oriented(self, along: Vector, difference: Vector) -> Vector:
        """The direction itself."""
        return along
