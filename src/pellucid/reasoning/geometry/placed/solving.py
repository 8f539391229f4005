"""Equations that no point was made by, solved for a parameter of the points that stand.

Such an equation restricts the figure: it is a polynomial in the parameters that is not zero. Its
irreducible factor that vanishes in the given figure is the component that the figure is on; where
it is linear or quadratic in a parameter, this is put as a function of the others, exactly.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from pellucid.reasoning.geometry.exact_field import ExactField
from pellucid.reasoning.geometry.exact_roots import find_root, new_root
from pellucid.reasoning.geometry.functions import Function, Tower
from pellucid.reasoning.geometry.rings import Polynomial
from pellucid.reasoning.geometry.vectors import Vector

ZERO = 1e-8
"""How small a polynomial is zero in the given figure, by the size of its terms."""
LONG = 4000
"""How many terms an equation may have: its factors are looked for."""
Terms = tuple[tuple[tuple[int, ...], int], ...]
"""Powers of the parameters, and coefficients."""


class Unsolved(Exception):  # noqa: N818 - another order may do
    """An equation that cannot be solved by square roots."""


@dataclass(frozen=True)
class Binding:
    """A parameter that is a root of a polynomial, of degree 1 or 2 in it."""

    parameter: int
    polynomial: Terms

    def value(self, tower: Tower) -> Function:
        """The root that is nearest to what the parameter is in the given figure."""
        coefficients = [self._coefficient(tower, power) for power in range(3)]
        c, b, a = coefficients
        if a.num == 0:
            return -c / b
        square = b * b - a * c * 4
        root = find_root(square) or new_root(square)
        found = [(-b + sign * root) / (a * 2) for sign in (1, -1)]
        given = float(tower.guide[self.parameter])
        return min(found, key=lambda value: abs(value.approx - given))

    def __str__(self) -> str:
        terms = (
            "*".join(
                [str(number), *(f"u{k + 1}^{power}" for k, power in enumerate(powers) if power)]
            )
            for powers, number in self.polynomial
        )
        return " + ".join(terms).replace("+ -", "- ")

    def _coefficient(self, tower: Tower, power: int) -> Function:
        total = tower.ring.constant(0)
        for powers, factor in self.polynomial:
            if powers[self.parameter] == power:
                term = tower.ring.constant(factor)
                for k, exponent in enumerate(powers):
                    if exponent and k != self.parameter:
                        term = term * tower.parameter(k) ** exponent
                total = total + term
        return tower.element(total)


@dataclass(frozen=True, eq=False)
class Relation(Binding):
    """An irreducible polynomial of a higher degree that parameters obey; no root is taken of it."""

    pins: Mapping[int, tuple[str, str]] = field(default_factory=dict)
    """Square roots that are no roots of their own there: (c, b) with c + b s = 0."""

    @property
    def coefficients(self) -> tuple[str, ...]:
        """Of the powers of its parameter, from that of 1."""
        count = max(powers[self.parameter] for powers, _ in self.polynomial)
        return tuple(self._of(power) for power in range(count + 1))

    def _of(self, power: int) -> str:
        rest = tuple(
            (tuple(0 if k == self.parameter else e for k, e in enumerate(powers)), number)
            for powers, number in self.polynomial
            if powers[self.parameter] == power
        )
        return str(Binding(self.parameter, rest)) if rest else "0"


class BoundField(ExactField):
    """Exact functions in which some parameters are functions of the others.

    With a relation, a function is zero where the relation divides it; or where that divides its
    norm, and it is zero in the given figure, as roots may become dependent there.
    """

    def __init__(
        self,
        guide: Sequence[float],
        signs: Sequence[int],
        *,
        radicals: int,
        bindings: Mapping[int, Binding],
        relation: Relation | None = None,
    ) -> None:
        super().__init__(guide, signs, radicals=radicals)
        self.bindings = bindings
        self.relation = None if relation is None else lifted(relation.polynomial, self.tower)

    def is_zero(self, value: Function) -> bool:
        """Whether it is zero in every figure of the family."""
        if self.relation is None or value.num == 0:
            return bool(value.num == 0)
        tower, rest = self.tower, value.num
        if tower.ring.remainder(rest, self.relation) == 0:
            return True
        if _size(rest, tower) > ZERO or len(tower.ring.terms(rest)) > LONG:
            return False
        while (k := tower.top(rest)) >= 0:
            _, rest = tower.norm_step(rest, k)
        return bool(tower.ring.remainder(rest, self.relation) == 0)

    def parameter(self, kind: str, *, along: Vector | None = None) -> Function:
        """The next variable, or what it is bound to."""
        k = len(self.kinds)
        variable = super().parameter(kind, along=along)
        return self.bindings[k].value(self.tower) if k in self.bindings else variable


def lifted(polynomial: Terms, tower: Tower) -> Polynomial:
    """A polynomial in the parameters, as one of a tower."""
    total = tower.ring.constant(0)
    for powers, factor in polynomial:
        total = total + _term(tower, (*[0] * tower.room, *powers), factor)
    return total


def solved(value: Function, bound: Mapping[int, Binding]) -> Binding:
    """A parameter for which `value` is zero, on the component of the given figure.

    It is a `Relation` where that takes more than square roots.

    Raises
    ------
    Unsolved
        If no factor vanishes there, or it is too long.
    """
    tower = value.tower
    polynomial = value.num
    if len(tower.ring.terms(polynomial)) > LONG:
        raise Unsolved("an equation is too long to be solved")
    linear: dict[int, tuple[Polynomial, Polynomial]] = {}
    while (k := tower.top(polynomial)) >= 0:
        linear[k] = tower.split(polynomial, k)
        _, polynomial = tower.norm_step(polynomial, k)
    factors = tower.ring.factors(polynomial)
    vanishing = [factor for factor in factors if _vanishes(factor, tower)]
    if not vanishing:
        raise Unsolved("an equation has no component on which the figure is")
    factor = min(vanishing, key=lambda f: _size(f, tower))
    degrees = tower.ring.degrees(factor)[tower.room :]
    # A later parameter changes nothing of what earlier ones mean.
    choices = [(d, -k) for k, d in enumerate(degrees) if d and k not in bound]
    if not choices:
        raise Unsolved("an equation has no parameter that is free")
    degree, k = min(choices)
    terms = tuple((powers[tower.room :], number) for powers, number in tower.ring.terms(factor))
    if degree <= 2:
        return Binding(-k, terms)
    pins = {
        j: (str(c), str(b))
        for j, (c, b) in linear.items()
        if tower.ring.remainder(b, factor) != 0 or tower.ring.remainder(c, factor) != 0
    }
    return Relation(-k, terms, pins)


def _vanishes(factor: Polynomial, tower: Tower) -> bool:
    return _size(factor, tower) < ZERO


def _size(factor: Polynomial, tower: Tower) -> float:
    """The value of a polynomial in the figure, by the sum of the sizes of its terms."""
    total = sum(abs(tower.evaluate(_term(tower, *term))) for term in tower.ring.terms(factor))
    return abs(tower.evaluate(factor)) / total if total else 1.0


def _term(tower: Tower, powers: tuple[int, ...], number: int) -> Polynomial:
    term = tower.ring.constant(number)
    for k, exponent in enumerate(powers):
        if exponent:
            term = term * tower.ring.variable(k) ** exponent
    return term
