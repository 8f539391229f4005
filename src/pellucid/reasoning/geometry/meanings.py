"""What statements mean to the checker: linear equations, as `statements.txt` says.

In coordinates they are polynomials: of complex numbers for directions, of squares for lengths.

It shares no code with the provers, which have their own reading of the same.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from fractions import Fraction
from functools import lru_cache
from importlib.resources import files
from typing import NamedTuple

Unknown = tuple[str, ...]
"""A line, which is two points; or ('pi',), ('unit',), or ('2',), the logarithm of 2."""
PI = ("pi",)
Terms = dict[Unknown, Fraction]
Equation = tuple[str, Terms]
"""`direction`, `ratio` or `length`, and factors that add up to zero."""
Places = Mapping[str, tuple[int, int]]


class Refused(Exception):  # noqa: N818 - it is an answer
    """Why something is not accepted."""


class Said(NamedTuple):
    """A statement."""

    name: str
    points: tuple[str, ...]
    value: Fraction | None = None
    factors: tuple[Fraction, ...] = ()

    def of(self, where: Mapping[str, str]) -> Said:
        """The same of other points."""
        return self._replace(points=tuple(where[p] for p in self.points))

    def __str__(self) -> str:
        numbers = self.factors if self.value is None else (*self.factors, self.value)
        return " ".join(map(str, (self.name, *self.points, *numbers)))


_TEXT = files("pellucid.reasoning.geometry").joinpath("statements.txt").read_text("utf-8")
_MEANINGS = {block.split()[0]: block.splitlines() for block in re.split(r"\n(?=\w)", _TEXT)[1:]}
SETS = {"coll": 3, "cyclic": 4, "same": 2}
"""Of how many points they say something. What they say of points, they say of some of them."""
_TRIANGLES = ("simtri", "simtrir", "contri", "contrir")
_TOKEN = re.compile(r"(-?)([0-9/]*|v)(pi|unit|log|[a-z]{2})")
NOT = {name for name, lines in _MEANINGS.items() if "  not " in lines[-1]}
_SUMS = {"angeq": "direction -vpi", "distmeq": "ratio -log", "distseq": "length -vunit"}


@lru_cache(4096)
def equations(s: Said) -> list[Equation]:
    """What a statement says, in the order to which proofs refer."""
    if s.name in _SUMS:
        lines = zip(s.points[::2], s.points[1::2], s.factors, strict=True)
        system, terms = _equation(_SUMS[s.name], {}, s.value or Fraction(s.name == "distmeq"))
        return [(system, total([*terms.items(), *((_line(a, b), k) for a, b, k in lines)]))]
    if s.name not in _MEANINGS:
        raise Refused(f"'{s.name}' is no statement that can be checked")
    letters, groups = _MEANINGS[s.name][0].split()[1:], [s.points]
    if letters[-1] == "...":
        letters.pop()
        first, others = s.points[: len(letters) - 1], s.points[len(letters) - 1 :]
        groups = [(*first, x) for x in others if len({*first, x}) == len(letters)]
    wheres = [dict(zip(letters, group, strict=True)) for group in groups]
    value = s.value or Fraction(0)
    found = [_equation(text, w, value) for w in wheres for text in _MEANINGS[s.name][1:]]
    return [equation for equation in found if equation[1]]


def algebraic(s: Said) -> list[Equation]:
    """What a statement says in coordinates: equal lengths have equal ratios; sums are left."""
    others = [equation for equation in equations(s) if equation[0] != "length"]
    return others or equations(s)


def _equation(text: str, where: Mapping[str, str], value: Fraction) -> Equation:
    system, *tokens = text.replace("not ", "").split()
    terms: list[tuple[Unknown, Fraction]] = []
    for token in tokens:
        sign, number, name = _TOKEN.fullmatch(token).groups()  # type: ignore[union-attr]
        factor = (value if number == "v" else Fraction(number or 1)) * (-1 if sign else 1)
        if name == "log":
            terms += [(prime, factor * power) for prime, power in _logarithm(value)]
        elif name in ("pi", "unit"):
            terms.append(((name,), factor))
        else:
            terms.append((_line(where[name[0]], where[name[1]]), factor))
    return system, total(terms)


def _logarithm(value: Fraction) -> list[tuple[Unknown, Fraction]]:
    if value <= 0:
        raise Refused(f"{value} has no logarithm: a ratio or a length is positive")
    powers: list[tuple[Unknown, Fraction]] = []
    for number, sign in ((value.numerator, 1), (value.denominator, -1)):
        prime = 2
        while number > 1:
            prime = number if prime * prime > number else prime
            if number % prime:
                prime += 1
            else:
                powers.append(((str(prime),), Fraction(sign)))
                number //= prime
    return powers


def _line(a: str, b: str) -> tuple[str, str]:
    if a == b:
        raise Refused(f"there is no line from {a} to itself")
    return (a, b) if a < b else (b, a)


def total(terms: Sequence[tuple[Unknown, Fraction]]) -> Terms:
    """Factors added up by unknown, without zeros."""
    found: Terms = {}
    for unknown, factor in terms:
        found[unknown] = found.get(unknown, Fraction(0)) + factor
    return {unknown: factor for unknown, factor in found.items() if factor}


def reordered(said: Said, wanted: Said) -> bool:
    """Whether a statement says another one by that of its points, in whatever order."""
    if said.name != wanted.name:
        return False
    if said.name in SETS:
        return {*wanted.points} <= {*said.points}
    (a, b), (c, d) = ((s.points[:3], s.points[3:]) for s in (said, wanted))
    corners = {*zip(c, d, strict=False)}
    return said.name in _TRIANGLES and corners in (
        {*zip(a, b, strict=False)},
        {*zip(b, a, strict=False)},
    )


def square(at: Places, line: Sequence[str]) -> int:
    """Of a length."""
    (a, b), (c, d) = (at[point] for point in line)
    return (a - c) ** 2 + (b - d) ** 2


def residue(equation: Equation, at: Places, q: int) -> int:
    """What is zero modulo q where an equation holds of places there.

    Of an angle that is no multiple of a right one, also other parts of a turn give zero.
    """
    (system, terms), x, y, sides = equation, 1, 0, [1, 1]
    for unknown, k in terms.items():
        if unknown != PI and k.denominator > 1:
            raise Refused("fractions of directions or lengths cannot be checked in coordinates")
        if len(unknown) == 2 and system == "direction":
            (a, b), (c, d) = (at[point] for point in unknown)
            x, y = _times((x, y), (c - a, d - b if k > 0 else b - d), abs(int(k)), q)
        elif unknown != PI and system == "ratio":
            size = square(at, unknown) if len(unknown) == 2 else int(unknown[0]) ** 2
            sides[k < 0] = sides[k < 0] * pow(size, abs(int(k)), q) % q
    if system == "length":
        return _sum_of_roots(terms, at, q)
    if system == "ratio":
        return (sides[0] - sides[1]) % q
    turn = terms.get(PI, Fraction(0))
    if turn.denominator > 2:
        return _times((1, 0), (x, y), turn.denominator, q)[1]
    return (y, x, -y, -x)[int(2 * turn) % 4] % q


def _sum_of_roots(terms: Terms, at: Places, q: int) -> int:
    """The product of a sum of lengths with all signs that they may have, by their squares."""
    parts = [(int(k), square(at, u) if len(u) == 2 else 1) for u, k in terms.items()]
    product = {0: 1}  # by which of the roots are factors, as bits
    for signs in range(2 ** (len(parts) - 1)):
        following: dict[int, int] = {}
        for bits, value in product.items():
            for n, (k, size) in enumerate(parts):
                term = value * (-k if signs >> n & 1 else k) * (size if bits >> n & 1 else 1)
                following[bits ^ 1 << n] = (following.get(bits ^ 1 << n, 0) + term) % q
        product = following
    return product.get(0, 0)


def _times(z: tuple[int, int], w: tuple[int, int], power: int, q: int) -> tuple[int, int]:
    """Complex numbers: z w^power."""
    for _ in range(power):
        z = (z[0] * w[0] - z[1] * w[1]) % q, (z[0] * w[1] + z[1] * w[0]) % q
    return z


def read_statement(text: str) -> Said:
    """Read `name points numbers`."""
    name, *words = text.split()
    points = tuple(word for word in words if word[0].isalpha())
    numbers = tuple(Fraction(word) for word in words if not word[0].isalpha())
    if name not in _SUMS:
        return Said(name, points, numbers[0] if numbers else None)
    half = len(points) // 2
    return Said(name, points, numbers[half] if len(numbers) > half else None, numbers[:half])
