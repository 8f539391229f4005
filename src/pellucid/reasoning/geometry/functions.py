"""Elements of a tower of square roots over rational functions, in lowest terms.

An element is N / D: N a polynomial in the parameters and in radicals s1, s2, ..., of degree below 2
in each; D one in the parameters alone; and both have no common factor. A radical stands for a root
of its radicand, a polynomial in the parameters and in radicals before it.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from pellucid.reasoning.geometry.rings import Polynomial, Ring, make_ring


class NoRoomError(Exception):
    """More radicals are asked for than the tower was made for; make a larger one."""


class Tower:
    """Polynomials in parameters and radicals, and what the radicals are roots of.

    Variables are ordered so that a later radical is greater, and all are greater than parameters.
    """

    def __init__(self, guide: Sequence[Fraction], radicals: int) -> None:
        self.room = radicals
        self.guide = list(guide)
        """The parameters in the diagram."""
        names = [f"s{k}" for k in range(radicals, 0, -1)] + [f"u{k + 1}" for k in range(len(guide))]
        self.ring: Ring = make_ring(names)
        self.radicands: list[Polynomial] = []
        self.approximate: list[float] = []
        """The radicals in the diagram that guides."""
        self._moduli: list[Polynomial] = []
        self.one = self.ring.constant(1)

    def radical(self, k: int) -> Polynomial:
        """The radical that was adjoined as the k-th, from 0."""
        return self.ring.variable(self.room - 1 - k)

    def parameter(self, k: int) -> Polynomial:
        """The k-th parameter, from 0."""
        return self.ring.variable(self.room + k)

    def adjoin(self, radicand: Polynomial, approximate: float) -> Polynomial:
        """A new radical, the root of a polynomial that has none yet."""
        k = len(self.radicands)
        if k == self.room:
            raise NoRoomError(f"{k} radicals")
        radical = self.radical(k)
        self.radicands.append(radicand)
        self.approximate.append(approximate)
        self._moduli.append(radical * radical - radicand)
        return radical

    def element(self, num: Polynomial, den: Polynomial | None = None) -> Function:
        """N / D in lowest terms, with its value in the diagram."""
        if den is None:
            return Function(num, self.one, self.evaluate(num), self)
        below = self.evaluate(den)
        return lowest(num, den, self.evaluate(num) / below if below else 0.0, self)

    def evaluate(self, a: Polynomial) -> float:
        """The value of a polynomial in the diagram, with exact sums before each radical."""
        sums: dict[tuple[int, ...], Fraction] = {}
        tables = [[Fraction(1)] for _ in self.guide]
        for powers, factor in self.ring.terms(a):
            term = Fraction(factor)
            for table, base, power in zip(tables, self.guide, powers[self.room :], strict=True):
                while len(table) <= power:
                    table.append(table[-1] * base)
                if power:
                    term *= table[power]
            radicals = powers[: self.room]
            sums[radicals] = sums.get(radicals, Fraction(0)) + term
        total = 0.0
        for radicals, rational in sums.items():
            product = float(rational)
            for k, approximate in enumerate(self.approximate):
                product *= approximate ** radicals[self.room - 1 - k]
            total += product
        return total

    def reduced(self, a: Polynomial) -> Polynomial:
        """The same element with degree below 2 in every radical."""
        for k in reversed(range(len(self.radicands))):
            if self.ring.degrees(a)[self.room - 1 - k] > 1:
                a = self.ring.remainder(a, self._moduli[k])
        return a

    def top(self, a: Polynomial) -> int:
        """Which radical of a polynomial came last; -1 if it has none."""
        degrees = self.ring.degrees(a)
        for k in reversed(range(len(self.radicands))):
            if degrees[self.room - 1 - k]:
                return k
        return -1

    def split(self, a: Polynomial, k: int) -> tuple[Polynomial, Polynomial]:
        """(c, b) with a = c + b s for the k-th radical s."""
        return self.ring.split(a, self.room - 1 - k)

    def norm_step(self, a: Polynomial, k: int) -> tuple[Polynomial, Polynomial]:
        """The conjugate of a in its last radical, and their product, which has it no more."""
        c, b = self.split(a, k)
        conjugate = c - b * self.radical(k)
        return conjugate, self.reduced(c * c - b * b * self.radicands[k])


class Function:
    """One element; `approx` is its value in the diagram that guides."""

    __slots__ = ("approx", "den", "num", "tower")

    def __init__(self, num: Polynomial, den: Polynomial, approx: float, tower: Tower) -> None:
        self.num = num
        self.den = den
        self.approx = approx
        self.tower = tower

    def __add__(self, other: Function | int) -> Function:
        if not isinstance(other, Function):
            return Function(self.num + other * self.den, self.den, self.approx + other, self.tower)
        approx = self.approx + other.approx
        if self.den == other.den:
            return lowest(self.num + other.num, self.den, approx, self.tower)
        ring = self.tower.ring
        shared = ring.gcd(self.den, other.den)
        if shared == 1:
            num = self.num * other.den + other.num * self.den
            return Function(num, self.den * other.den, approx, self.tower)
        left, right = ring.divide(self.den, shared), ring.divide(other.den, shared)
        num = self.num * right + other.num * left
        # A factor that the sum shares with the denominator is one of `shared`.
        common = ring.gcd(num, shared)
        if common != 1:
            num, shared = ring.divide(num, common), ring.divide(shared, common)
        return Function(num, left * right * shared, approx, self.tower)

    def __mul__(self, other: Function | int) -> Function:
        tower, ring = self.tower, self.tower.ring
        if not isinstance(other, Function):
            return lowest(self.num * other, self.den, self.approx * other, tower)
        approx = self.approx * other.approx
        left, right = self.num, other.num
        left_den, right_den = self.den, other.den
        if right_den != 1:
            common = ring.gcd(left, right_den)
            if common != 1:
                left, right_den = ring.divide(left, common), ring.divide(right_den, common)
        if left_den != 1:
            common = ring.gcd(right, left_den)
            if common != 1:
                right, left_den = ring.divide(right, common), ring.divide(left_den, common)
        num, den = left * right, left_den * right_den
        if not tower.radicands:
            return Function(num, den, approx, tower)
        reduced = tower.reduced(num)
        if reduced is num or den == 1:
            return Function(reduced, den, approx, tower)
        return lowest(reduced, den, approx, tower)

    def inverse(self) -> Function:
        """One over it: multiplied by conjugates until no radical is left below."""
        tower = self.tower
        if self.num == 0:
            raise ZeroDivisionError("the inverse of zero")
        above, below = self.den, self.num
        while (k := tower.top(below)) >= 0:
            conjugate, below = tower.norm_step(below, k)
            above = tower.reduced(above * conjugate)
            common = tower.ring.gcd(above, below)
            if common != 1:
                above = tower.ring.divide(above, common)
                below = tower.ring.divide(below, common)
        return lowest(above, below, 1 / self.approx if self.approx else 0.0, tower)

    def __truediv__(self, other: Function | int) -> Function:
        if isinstance(other, Function):
            return self * other.inverse()
        return lowest(self.num, self.den * other, self.approx / other, self.tower)

    def __rtruediv__(self, other: int) -> Function:
        return self.inverse() * other

    def __sub__(self, other: Function | int) -> Function:
        return self + (-other)

    def __rsub__(self, other: int) -> Function:
        return (-self) + other

    def __neg__(self) -> Function:
        return Function(-self.num, self.den, -self.approx, self.tower)

    __radd__ = __add__
    __rmul__ = __mul__

    def __repr__(self) -> str:
        return f"({self.num})/({self.den})" if self.den != 1 else str(self.num)


def lowest(num: Polynomial, den: Polynomial, approx: float, tower: Tower) -> Function:
    """N / D with what both share taken out."""
    ring = tower.ring
    if num == 0:
        return Function(num, tower.one, 0.0, tower)
    if den != 1:
        common = ring.gcd(num, den)
        if common != 1:
            num, den = ring.divide(num, common), ring.divide(den, common)
        if den == -1:
            num, den = -num, tower.one
    return Function(num, den, approx, tower)
