"""What statements say, for the checker of proofs: equations, and truth in a figure.

It imports nothing of the provers, which have their own code for this.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from pellucid.errors import DataError

Terms = dict[tuple[str, ...], Fraction]
"""Coefficients of unknowns: two points each, or ('pi',), ('unit',), ('2',) for a logarithm."""
Equation = tuple[str, Terms]
TOLERANCE = 2e-6


@dataclass(frozen=True)
class Said:
    """A statement: `name points value` or `name points coefficients`."""

    name: str
    points: tuple[str, ...]
    value: Fraction | None = None
    factors: tuple[Fraction, ...] = ()

    def of(self, where: Mapping[str, str]) -> Said:
        """The same about other points."""
        return Said(self.name, tuple(where[p] for p in self.points), self.value, self.factors)


def _add(terms: Iterable[tuple[tuple[str, ...], Fraction]]) -> Terms:
    total: Terms = {}
    for unknown, factor in terms:
        total[unknown] = total.get(unknown, Fraction(0)) + factor
    return {unknown: factor for unknown, factor in total.items() if factor}


def _log(value: Fraction, sign: int = -1) -> list[tuple[tuple[str, ...], Fraction]]:
    """Minus the logarithm of a positive rational, by primes."""
    if value <= 0:
        raise DataError(f"{value} has no logarithm: a ratio or length has to be positive")
    terms: list[tuple[tuple[str, ...], Fraction]] = []
    for number, power in ((value.numerator, sign), (value.denominator, -sign)):
        prime = 2
        while number > 1:
            prime = number if prime * prime > number else prime
            if number % prime:
                prime += 1
            else:
                terms.append(((str(prime),), Fraction(power)))
                number //= prime
    return terms


_ANGLE = "direction -ab ac {0}pq {1}pr", "direction -bc ba {0}qr {1}qp"
_RATIO = "ratio ab -ac -pq pr", "ratio bc -ba -qr qp"


def _similar(first: str, second: str, *more: str) -> tuple[str, ...]:
    pairs = zip(_ANGLE, _RATIO, strict=True)
    found = [text.format(first, second) for pair in pairs for text in pair]
    return ("abcpqr", *found, *more)


_CONG = "ratio ab -cd", "length ab -cd"
_COLL = "direction ab -ac", "direction ab -bc", "direction ac -bc"
_OF_TRIANGLES = "ratio ab -pq", "length ab -pq"
FORMS: Mapping[str, tuple[str, ...]] = {
    "para": ("abcd", "direction ab -cd"),
    "perp": ("abcd", "direction ab -cd -1/2pi"),
    "eqangle": ("abcdefgh", "direction -ab cd ef -gh -vpi"),
    "aconst": ("abcd", "direction -ab cd -vpi"),
    "s_angle": ("abx", "direction -ab bx -vpi"),
    "cong": ("abcd", *_CONG),
    "eqratio": ("abcdefgh", "ratio ab -cd -ef gh"),
    "eqratio3": ("abcdmn", "ratio ma -mc -nb nd"),
    "rconst": ("abcd", "ratio ab -cd -log", "length ab -vcd"),
    "lconst": ("ab", "ratio ab -log", "length ab -vunit"),
    "r2const": ("abcd", "ratio 2ab -2cd -log"),
    "l2const": ("ab", "ratio 2ab -log"),
    "midp": (
        "mab",
        "direction ma -mb",
        "direction ma -ab",
        "direction mb -ab",
        "ratio ma -mb",
        "length ma -mb",
    ),
    "simtri": _similar("", "-"),
    "simtrir": _similar("-", ""),
    "contri": _similar("", "-", *_OF_TRIANGLES),
    "contrir": _similar("-", "", *_OF_TRIANGLES),
}
"""Letters of each statement, and its equations: a sum of directions, logarithms of lengths, or
lengths that is zero, with factors; `v` is the statement's value, `log` its logarithm."""
_TOKEN = re.compile(r"(-?)([0-9/]*|v)(pi|unit|log|[a-z]{2})")


def _equation(text: str, where: Mapping[str, str], value: Fraction) -> Equation:
    system, *tokens = text.split()
    terms: list[tuple[tuple[str, ...], Fraction]] = []
    for token in tokens:
        sign, factor, unknown = _TOKEN.fullmatch(token).groups()  # type: ignore[union-attr]
        number = (value if factor == "v" else Fraction(factor or 1)) * (-1 if sign else 1)
        if unknown == "log":
            terms += _log(value)
        elif unknown in ("pi", "unit"):
            terms.append(((unknown,), number))
        else:
            terms.append((_pair(where[unknown[0]], where[unknown[1]]), number))
    return system, _add(terms)


def _pair(a: str, b: str) -> tuple[str, str]:
    if a == b:
        raise DataError(f"there is no line from {a} to itself")
    return (a, b) if a < b else (b, a)


def _weighted(s: Said) -> Equation:
    system = {"angeq": "direction", "distmeq": "ratio", "distseq": "length"}[s.name]
    terms = [
        (_pair(a, b), k) for a, b, k in zip(s.points[::2], s.points[1::2], s.factors, strict=True)
    ]
    if s.value and system == "ratio":
        return system, _add([*terms, *_log(s.value)])
    constant = ("pi",) if system == "direction" else ("unit",)
    return system, _add([*terms, (constant, -(s.value or Fraction(0)))])


def equations(s: Said) -> list[Equation]:
    """What a statement says in linear equations, in the order to which a proof refers."""
    found: list[Equation] = []
    if s.name in FORMS:
        letters, *texts = FORMS[s.name]
        where = dict(zip(letters, s.points, strict=True))
        found = [_equation(text, where, s.value or Fraction(0)) for text in texts]
    elif s.name in ("coll", "circle"):
        texts = list(_COLL if s.name == "coll" else ("ratio ab -ac", "length ab -ac"))
        for c in s.points[2:]:
            where = {"a": s.points[0], "b": s.points[1], "c": c}
            if len({*where.values()}) == 3:
                found += [_equation(text, where, Fraction(0)) for text in texts]
    elif s.name in ("angeq", "distmeq", "distseq"):
        found = [_weighted(s)]
    elif s.name not in ("cyclic", "same"):
        raise DataError(f"no statement is called '{s.name}'")
    return [equation for equation in found if equation[1]]


class Checked:
    """The steps that were checked so far, and the figure."""

    def __init__(self, places: Mapping[str, tuple[float, float]]) -> None:
        self.places = {name: complex(*place) for name, place in places.items()}
        values = list(self.places.values())
        self.size = max((abs(v - values[0]) for v in values), default=1.0) or 1.0
        self.steps: list[Said] = []

    def measure(self, system: str, unknown: tuple[str, ...]) -> float:
        """What an unknown is in the figure."""
        if len(unknown) == 1:
            return math.log(int(unknown[0])) if unknown[0].isdigit() else 1.0
        line = self.places[unknown[1]] - self.places[unknown[0]]
        if system == "length":
            return abs(line)
        if abs(line) <= 1e-7 * self.size:
            raise DataError(f"{unknown[0]} and {unknown[1]} are in one place: no line joins them")
        if system == "ratio":
            return math.log(abs(line))
        return math.atan2(line.imag, line.real) / math.pi % 1.0

    def lifted(self, equation: Equation) -> Terms:
        """An equation of directions as one of real numbers; others as they are."""
        system, terms = equation
        if system != "direction":
            return terms
        off = sum(float(k) * self.measure(system, u) for u, k in sorted(terms.items()))
        return _add([*terms.items(), (("pi",), Fraction(-round(off)))])

    def exists(self, equation: Equation) -> bool:
        """Whether no line of an equation joins a point with itself."""
        pairs = [u for u in equation[1] if len(u) == 2]
        apart = (abs(self.places[a] - self.places[b]) > 1e-7 * self.size for a, b in pairs)
        return equation[0] == "length" or all(apart)

    def true(self, s: Said, *, lenient: bool = False) -> bool:
        """Whether a statement is true in the figure; `lenient` of equations that do not exist."""
        p = [self.places[name] for name in s.points]
        if s.name == "same":
            return abs(p[0] - p[1]) <= 1e-7 * self.size
        if s.name == "cyclic":
            return all(self._on_circle(p[:3], d) for d in p[3:]) and self.turn(*s.points[:3]) != 0
        if s.name.startswith(("simtri", "contri")):
            same = self.turn(*s.points[:3]) * self.turn(*s.points[3:]) > 0
            if same == s.name.endswith("r"):
                return False
        found = equations(s)
        there = [equation for equation in found if self.exists(equation)]
        return (lenient or len(there) == len(found)) and all(map(self._vanishes, there))

    def _vanishes(self, equation: Equation) -> bool:
        system, terms = equation[0], self.lifted(equation)
        weight = 1 + sum(abs(float(k)) for k in terms.values())
        off = sum(float(k) * self.measure(system, u) for u, k in terms.items())
        return abs(off) <= TOLERANCE * weight * (self.size if system == "length" else 1)

    def _on_circle(self, abc: Sequence[complex], d: complex) -> bool:
        a, b, c = abc
        if min(abs(d - x) for x in abc) <= 1e-7 * self.size:
            return True
        cross = (c - a) * (d - b) / ((c - b) * (d - a))
        return abs(cross.imag) <= 10 * TOLERANCE * abs(cross)

    def turn(self, a: str, b: str, c: str) -> int:
        """1 to the left, -1 to the right, 0 on a line."""
        u, v = self.places[b] - self.places[a], self.places[c] - self.places[a]
        area = (u.conjugate() * v).imag
        sides = sorted((abs(u), abs(v), abs(u - v)))
        return 0 if abs(area) <= TOLERANCE * sides[1] * sides[2] else int(math.copysign(1, area))
