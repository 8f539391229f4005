"""Polynomials with integer coefficients: what the exact field asks of whoever computes with them.

FLINT does it in C (`python-flint`, the extra `geometry`); `sparse_polynomials` in plain Python,
for small problems where FLINT is missing.
"""

from __future__ import annotations

import importlib
import math
from collections.abc import Sequence
from typing import Any, Protocol, TypeAlias

Polynomial: TypeAlias = Any
"""A polynomial of a ring; it has + - * with its like and with integers, and == 0."""


class Ring(Protocol):
    """Integer polynomials in some variables, ordered lexicographically, the first the greatest."""

    names: tuple[str, ...]

    def constant(self, value: int) -> Polynomial:
        """An integer."""
        ...

    def variable(self, index: int) -> Polynomial:
        """One of the variables."""
        ...

    def gcd(self, a: Polynomial, b: Polynomial) -> Polynomial:
        """The greatest common divisor, integer content included."""
        ...

    def divide(self, a: Polynomial, b: Polynomial) -> Polynomial:
        """The quotient of a and a divisor of it."""
        ...

    def remainder(self, a: Polynomial, b: Polynomial) -> Polynomial:
        """What is left of a after all terms that b's leading term divides are taken away."""
        ...

    def split(self, a: Polynomial, index: int) -> tuple[Polynomial, Polynomial]:
        """(c, b) with a = b x + c for the variable x, and no x in c."""
        ...

    def degrees(self, a: Polynomial) -> Sequence[int]:
        """The degree in each variable."""
        ...

    def squarefree(self, a: Polynomial) -> tuple[int, list[tuple[Polynomial, int]]]:
        """The integer content with its sign, and factors without squares with their powers."""
        ...

    def factors(self, a: Polynomial) -> list[Polynomial]:
        """Its different factors, irreducible as far as the ring can tell, without integers."""
        ...

    def root(self, a: Polynomial) -> Polynomial | None:
        """A square root, if there is one."""
        ...

    def content(self, a: Polynomial) -> int:
        """The greatest common divisor of the coefficients, with the leading coefficient's sign."""
        ...

    def terms(self, a: Polynomial) -> list[tuple[tuple[int, ...], int]]:
        """Exponents and coefficients, the leading term first."""
        ...


class FlintRing:
    """Polynomials by FLINT (`flint.fmpz_mpoly`)."""

    def __init__(self, names: Sequence[str]) -> None:
        flint = importlib.import_module("flint")
        self.names = tuple(names)
        self._domain_error = flint.utils.flint_exceptions.DomainError
        self._context = flint.fmpz_mpoly_ctx.get(list(names) or ["unused"], "lex")
        self._variables = self._context.gens()

    def constant(self, value: int) -> Polynomial:
        """An integer."""
        return self._context.constant(value)

    def variable(self, index: int) -> Polynomial:
        """One of the variables."""
        return self._variables[index]

    def gcd(self, a: Polynomial, b: Polynomial) -> Polynomial:
        """The greatest common divisor."""
        return a.gcd(b)

    def divide(self, a: Polynomial, b: Polynomial) -> Polynomial:
        """The exact quotient."""
        return a / b

    def remainder(self, a: Polynomial, b: Polynomial) -> Polynomial:
        """The remainder of a division with remainder."""
        return divmod(a, b)[1]

    def split(self, a: Polynomial, index: int) -> tuple[Polynomial, Polynomial]:
        """(c, b) with a = b x + c."""
        quotient, rest = divmod(a, self._variables[index])
        return rest, quotient

    def degrees(self, a: Polynomial) -> Sequence[int]:
        """The degree in each variable."""
        degrees: Sequence[int] = a.degrees()
        return degrees

    def squarefree(self, a: Polynomial) -> tuple[int, list[tuple[Polynomial, int]]]:
        """The squarefree factorisation."""
        content, factors = a.factor_squarefree()
        return int(content), [(factor, int(power)) for factor, power in factors]

    def factors(self, a: Polynomial) -> list[Polynomial]:
        """The irreducible factors."""
        return [factor for factor, _ in a.factor()[1]]

    def root(self, a: Polynomial) -> Polynomial | None:
        """A square root, if there is one."""
        try:
            return a.sqrt()
        except self._domain_error:
            return None

    def content(self, a: Polynomial) -> int:
        """The content, with the sign of the leading coefficient."""
        if a == 0:
            return 0
        content = abs(int(a.content()))
        return content if int(a.leading_coefficient()) > 0 else -content

    def terms(self, a: Polynomial) -> list[tuple[tuple[int, ...], int]]:
        """Exponents and coefficients."""
        return [(tuple(map(int, powers)), int(factor)) for powers, factor in a.terms()]


def make_ring(names: Sequence[str]) -> Ring:
    """FLINT's ring where it is installed, else the plain one."""
    try:
        return FlintRing(names)
    except ImportError:
        from pellucid.reasoning.geometry.sparse_polynomials import SparseRing

        return SparseRing(names)


def integer_root(value: int) -> int | None:
    """The square root of an integer that is a square."""
    if value < 0:
        return None
    root = math.isqrt(value)
    return root if root * root == value else None


def square_divisor(value: int) -> int:
    """A number whose square divides an integer; the greatest as far as small primes go."""
    divisor, rest = 1, abs(value)
    for prime in (2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47):
        while rest % (prime * prime) == 0:
            rest //= prime * prime
            divisor *= prime
        while rest % prime == 0:
            rest //= prime
    return divisor * (integer_root(rest) or 1)
