"""Pseudo-division: I^s f = q g + r, for polynomials in one variable over polynomials in others.

I is the initial of g, the coefficient of its highest power; r has a lower degree than g. So where
g = 0 and I is not zero, f = 0 if r = 0. It is the one operation of Wu's method (Wu 1978; Chou 1988,
section 3.2).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pellucid.reasoning.geometry.rings import Polynomial, Ring


@dataclass(frozen=True)
class Division:
    """What a pseudo-division left."""

    remainder: Polynomial
    power: int
    """The s of I^s f = q g + r: how often f was multiplied by the initial."""


def coefficients(ring: Ring, a: Polynomial, variable: int) -> list[Polynomial]:
    """Of the powers of a variable, from its zeroth; empty for zero."""
    found = []
    while a != 0:
        constant, a = ring.split(a, variable)
        found.append(constant)
    return found


def initial(ring: Ring, a: Polynomial, variable: int) -> Polynomial:
    """The coefficient of the highest power of a variable."""
    return coefficients(ring, a, variable)[-1]


def main_variable(ring: Ring, a: Polynomial) -> int | None:
    """The index of the greatest variable that occurs; None for a number."""
    return next((k for k, degree in enumerate(ring.degrees(a)) if degree > 0), None)


def pseudo_divide(ring: Ring, f: Polynomial, g: Polynomial, variable: int) -> Division:
    """Divide f by g, both as polynomials in one variable, which must occur in g.

    Each step multiplies by the initial as the text-books say: nothing that the initial and the
    leading coefficient of f share is cancelled.
    """
    rest, divisor = coefficients(ring, f, variable), coefficients(ring, g, variable)
    lead, degree = divisor[-1], len(divisor) - 1
    assert degree > 0
    power = 0
    while len(rest) > degree:
        top = rest.pop()
        shift = len(rest) - degree
        rest = [
            lead * part - top * divisor[k - shift] if k >= shift else lead * part
            for k, part in enumerate(rest)
        ]
        power += 1
        while rest and rest[-1] == 0:
            rest.pop()
    return Division(_assembled(ring, rest, variable), power)


def value_modulo(ring: Ring, a: Polynomial, values: Sequence[int], prime: int) -> int:
    """The value of a polynomial where its variables have these residues modulo a prime."""
    total = 0
    for powers, factor in ring.terms(a):
        product = factor
        for value, power in zip(values, powers, strict=False):
            if power:
                product = product * pow(value, power, prime) % prime
        total += product
    return total % prime


def primitive(ring: Ring, a: Polynomial) -> Polynomial:
    """The polynomial without what all its integer coefficients share, its leading one positive."""
    return a if a == 0 else ring.divide(a, ring.constant(ring.content(a)))


def _assembled(ring: Ring, parts: Sequence[Polynomial], variable: int) -> Polynomial:
    total, x = ring.constant(0), ring.variable(variable)
    for part in reversed(parts):
        total = total * x + part
    return total
