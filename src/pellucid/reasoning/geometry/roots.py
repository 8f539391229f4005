"""Roots of polynomials modulo a prime and its powers, and in real numbers, for the checker."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from pellucid.reasoning.geometry.meanings import Refused

Poly = list[int]
"""Coefficients, that of 1 first; the last is not zero."""


@dataclass(frozen=True)
class Root:
    """A root of a polynomial, whose coefficients are polynomials themselves, that of 1 first."""

    polynomial: Sequence[Any]
    value: float
    """Near what it is in the sample."""
    plain: bool = False
    """Whether it is a square root; then the value tells its sign alone."""

    def modulo(self, found: Sequence[int], p: int, rng: random.Random) -> int | None:
        """Any root modulo p = 3 modulo 4, by the coefficients there; None where there is none."""
        if self.plain:
            return pow(-found[0], (p + 1) // 4, p) * rng.choice((1, -1))
        return a_root(found, p, rng)

    def real(self, found: Sequence[Decimal]) -> Decimal:
        """The root of the sample, by the coefficients there."""
        if self.plain:
            if found[0] >= 0:
                raise Refused("a root of the sample is not real")
            return (-found[0]).sqrt().copy_sign(Decimal(self.value))
        near = Decimal(self.value)
        for _ in range(12):
            value, slope = horner(found, near)
            near -= value / slope
        return near


def lifted(polynomial: Sequence[int], root: int, q: int) -> int:
    """A root modulo q = p^3 from one modulo p, by Newton's method, which doubles what is right."""
    for _ in range(2):
        value, slope = horner(polynomial, root)
        root = (root - value * pow(slope, -1, q)) % q
    return root


def horner(polynomial: Sequence[Any], x: Any) -> tuple[Any, Any]:
    """A polynomial's value and slope."""
    value, slope = 0 * x, 0 * x
    for c in reversed(polynomial):
        slope, value = slope * x + value, value * x + c
    return value, slope


def a_root(coefficients: Sequence[int], p: int, rng: random.Random) -> int | None:
    """Any root modulo p, by chance; None where there is none (Cantor and Zassenhaus 1981)."""
    f = _monic([c % p for c in coefficients], p)
    # x^p - x is the product of all x - a.
    power = [*_power([0, 1], p, f, p), 0, 0]
    power[1] -= 1
    f = _gcd(f, power, p)
    while len(f) > 2:
        # Half of all a are squares when shifted.
        half = [*_power([rng.randrange(p), 1], (p - 1) // 2, f, p), 0]
        half[0] -= 1
        part = _gcd(f, half, p)
        if 1 < len(part) < len(f):
            f = part
    return -f[0] % p if len(f) == 2 else None


def _trimmed(f: Sequence[int], p: int) -> Poly:
    found = [c % p for c in f]
    while found and not found[-1]:
        found.pop()
    return found


def _monic(f: Sequence[int], p: int) -> Poly:
    f = _trimmed(f, p)
    inverse = pow(f[-1], -1, p) if f else 0
    return [c * inverse % p for c in f]


def _remainder(f: Sequence[int], g: Poly, p: int) -> Poly:
    """Of a division by a monic polynomial."""
    found = _trimmed(f, p)
    while len(found) >= len(g):
        factor, shift = found[-1], len(found) - len(g)
        for k, c in enumerate(g):
            found[shift + k] -= factor * c
        found = _trimmed(found, p)
    return found


def _gcd(f: Poly, g: Sequence[int], p: int) -> Poly:
    rest = _monic(g, p)
    while rest:
        f, rest = rest, _monic(_remainder(f, rest, p), p)
    return f


def _power(base: Poly, exponent: int, f: Poly, p: int) -> Poly:
    found: Poly = [1]
    for bit in bin(exponent)[2:]:
        found = _product(found, found, f, p)
        if bit == "1":
            found = _product(found, base, f, p)
    return found


def _product(a: Poly, b: Poly, f: Poly, p: int) -> Poly:
    found = [0] * (len(a) + len(b))
    for i, x in enumerate(a):
        for j, y in enumerate(b):
            found[i + j] += x * y
    return _remainder(found, f, p)
