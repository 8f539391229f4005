"""Sealed variables: what was constructed is a new unknown, and what is known of it an equation.

The fourth field that constructions run in. A coordinate, once computed, is put under a seal: a new
dependent variable x_k stands for it, with the polynomial equation that ties it to what came before.
The equations, in order, are the triangular set of Wu's method (Wu 1978; Chou 1988, chapter 3).

Every element knows its residue modulo a prime in one random figure (`prime_field`). So it is seen
at once what is zero, and the equations have a figure in which no initial vanishes: no proof is
empty.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from pellucid.errors import DataError
from pellucid.reasoning.geometry.fields import Scalar, Unlucky
from pellucid.reasoning.geometry.prime_field import PrimeField, Residue
from pellucid.reasoning.geometry.pseudo_division import (
    initial,
    main_variable,
    primitive,
    value_modulo,
)
from pellucid.reasoning.geometry.rings import Polynomial, Ring
from pellucid.reasoning.geometry.vectors import Vector


class NoVariableError(Exception):
    """The ring has too few variables; make one with more."""


class Expression:
    """A quotient of polynomials, never brought to lowest terms, with its value in the figure."""

    __slots__ = ("den", "num", "residue", "ring")

    def __init__(self, num: Polynomial, den: Polynomial, residue: Residue, ring: Ring) -> None:
        self.num, self.den, self.residue, self.ring = num, den, residue, ring

    def _like(self, other: Expression | int) -> Expression:
        if isinstance(other, Expression):
            return other
        residue = Residue(other, self.residue.prime)
        return Expression(self.ring.constant(other), self.ring.constant(1), residue, self.ring)

    def __add__(self, other: Expression | int) -> Expression:
        other = self._like(other)
        residue = self.residue + other.residue
        if self.den == other.den:
            return Expression(self.num + other.num, self.den, residue, self.ring)
        num = self.num * other.den + other.num * self.den
        return Expression(num, self.den * other.den, residue, self.ring)

    def __mul__(self, other: Expression | int) -> Expression:
        other = self._like(other)
        residue = self.residue * other.residue
        return Expression(self.num * other.num, self.den * other.den, residue, self.ring)

    def __truediv__(self, other: Expression | int) -> Expression:
        other = self._like(other)
        residue = self.residue / other.residue
        if self.den == other.den:
            return Expression(self.num, other.num, residue, self.ring)
        return Expression(self.num * other.den, self.den * other.num, residue, self.ring)

    def __neg__(self) -> Expression:
        return Expression(-self.num, self.den, -self.residue, self.ring)

    def __sub__(self, other: Expression | int) -> Expression:
        return self + -self._like(other)

    def __rsub__(self, other: int) -> Expression:
        return -self + other

    def __rtruediv__(self, other: int) -> Expression:
        return self._like(other) / self

    __radd__ = __add__
    __rmul__ = __mul__


@dataclass(frozen=True)
class Link:
    """One equation of the chain: `polynomial` is zero, and ties down its greatest variable."""

    variable: int
    """The ring's index of that variable."""
    polynomial: Polynomial
    words: str
    """What it takes that its initial is not zero."""


class SealedField:
    """Parameters u_k are free, roots and coordinates are dependent variables x_k.

    The ring's variables are taken from its last to its first, so that later ones are greater.
    """

    def __init__(self, guide: PrimeField, ring: Ring) -> None:
        self.guide = guide
        self.ring = ring
        self.names: list[str] = []
        """What each variable is called, the oldest first."""
        self.values: list[int] = []
        """Its residue in the figure."""
        self.parameters = 0
        """How many of them are free."""
        self.chain: list[Link] = []
        self._one = ring.constant(1)
        self._turns: dict[Fraction, Vector] = {}

    def constant(self, value: int | Fraction) -> Expression:
        """A rational number."""
        value = Fraction(value)
        num, den = self.ring.constant(value.numerator), self.ring.constant(value.denominator)
        return Expression(num, den, self.guide.constant(value), self.ring)

    def parameter(self, kind: str, *, along: Vector | None = None) -> Expression:
        """A free variable u_k."""
        self.parameters += 1
        return self._variable(f"u{self.parameters}", self.guide.parameter(kind))

    def unknown(self, residue: Residue) -> Expression:
        """A dependent variable x_k, whose equation is to follow."""
        return self._variable(f"x{len(self.names) - self.parameters + 1}", residue)

    def _variable(self, name: str, residue: Residue) -> Expression:
        taken = len(self.names)
        if taken == len(self.ring.names):
            raise NoVariableError
        variable = self.ring.variable(len(self.ring.names) - 1 - taken)
        self.names.append(name)
        self.values.append(residue.value)
        return Expression(variable, self._one, residue, self.ring)

    def name(self, variable: int) -> str:
        """What the variable of this index of the ring is called."""
        return self.names[len(self.ring.names) - 1 - variable]

    def seal(self, value: Expression, words: str) -> Expression:
        """A new variable for a value, unless it is a variable or a number already."""
        plain = main_variable(self.ring, value.den) is None
        if plain and main_variable(self.ring, value.num) is None:
            return value
        terms = self.ring.terms(value.num)
        if value.den == self._one and len(terms) == 1 and sum(terms[0][0]) == terms[0][1] == 1:
            return value
        sealed = self.unknown(value.residue)
        self.tie(value.den * sealed.num - value.num, words)
        return sealed

    def tie(self, polynomial: Polynomial, words: str) -> None:
        """Add an equation about its greatest variable.

        Raises
        ------
        Unlucky
            If its initial is zero in this figure.
        """
        variable = main_variable(self.ring, polynomial)
        assert variable is not None
        if self.at(initial(self.ring, polynomial, variable)).value == 0:
            raise Unlucky(f"it is needed that {words}")
        self.chain.append(Link(variable, primitive(self.ring, polynomial), words))

    def at(self, polynomial: Polynomial) -> Residue:
        """The value of a polynomial in the figure."""
        prime, room = self.guide.prime, len(self.ring.names)
        values = [0] * (room - len(self.values)) + self.values[::-1]
        return Residue(value_modulo(self.ring, polynomial, values, prime), prime)

    def root(self, square: Expression, *, either: bool = False) -> Expression:
        """A dependent variable whose square is given; which root it is, no equation can say."""
        return self._root_at(square, self.guide.root(square.residue, either=either))

    def _root_at(self, square: Expression, residue: Residue) -> Expression:
        root = self.unknown(residue)
        words = "what a root was taken of has no zero denominator"
        self.tie(square.den * root.num * root.num - square.num, words)
        return root

    def turn(self, angle: Fraction) -> Vector:
        """The cosine and the sine of an angle, from square roots.

        Raises
        ------
        DataError
            For an angle that a compass cannot construct.
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
        place = self.guide.turn(angle)
        if angle == Fraction(1, 3):
            sine = self._root_at(self.constant(Fraction(3, 4)), place.y)
            return Vector(self.constant(Fraction(1, 2)), sine)
        if angle == Fraction(2, 5):
            cosine = (self._root_at(self.constant(5), 4 * place.x + 1) - 1) / 4
            return Vector(cosine, self._root_at(1 - cosine * cosine, place.y))
        if angle.denominator % 2 == 0:
            twice = self.turn(2 * angle)
            cosine = self._root_at((twice.x + 1) / 2, place.x)
            return Vector(cosine, twice.y / (cosine * 2))
        if angle.denominator not in (3, 5, 15):
            raise DataError(f"an angle of {angle} pi has no equation by square roots; use another")
        # angle = m / 3 + 2 n / 5, up to whole turns.
        third, fifth = Fraction(1, 3), Fraction(2, 5)
        return next(
            self._power(third, m).times(self._power(fifth, n))
            for m in range(6)
            for n in range(5)
            if (m * third + n * fifth - angle) % 2 == 0
        )

    def _power(self, angle: Fraction, times: int) -> Vector:
        product = self.turn(Fraction(0))
        for _ in range(times):
            product = product.times(self.turn(angle))
        return product

    def is_zero(self, value: Expression) -> bool:
        """Whether it is zero in the figure, hence almost surely in all of its family."""
        return value.residue.value == 0

    def require(self, value: Scalar) -> None:
        """Equations know no order."""

    def direction(self, vector: Vector) -> Vector:
        """The vector itself."""
        return vector

    def oriented(self, along: Vector, difference: Vector) -> Vector:
        """The direction itself."""
        return along
