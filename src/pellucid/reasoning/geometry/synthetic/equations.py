"""Statements as linear equations, in three systems of unknowns.

* `direction`: of the line through two points, in units of pi; equations hold modulo 1.
* `ratio`: logarithms of lengths; logarithms of primes are constants, so that 2:3 is exact.
* `length`: lengths themselves, which add up along lines.

Most of what plane geometry says is linear in one of them (Chou, Gao, Zhang 2000, "A deductive
database approach"; Trinh et al. 2024, Nature 625, "algebraic reasoning").
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache

from pellucid.errors import DataError, nearest
from pellucid.reasoning.geometry.problem import Statement

Pair = tuple[str, str]
"""Two points in order of their names; an unknown. A constant has an empty first name."""

PI: Pair = ("", "pi")
"""Half a turn."""
UNIT: Pair = ("", "unit")
"""The unit of length."""
SYSTEMS = ("direction", "ratio", "length")
HALF = Fraction(1, 2)


@dataclass(frozen=True)
class Row:
    """The sum of coefficient times unknown is zero (modulo 1, of directions)."""

    system: str
    terms: tuple[tuple[Pair, Fraction], ...]


def is_constant(variable: Pair) -> bool:
    """Whether a variable is no unknown but a number: half a turn, a logarithm, a unit."""
    return not variable[0]


def pair(a: str, b: str) -> Pair:
    """The unknown of two points, whichever is named first."""
    return (a, b) if a < b else (b, a)


def total(terms: Iterable[tuple[Pair, Fraction]]) -> dict[Pair, Fraction]:
    """Terms added up by variable, without zeros."""
    found: dict[Pair, Fraction] = {}
    for variable, factor in terms:
        found[variable] = found.get(variable, Fraction(0)) + factor
    return {v: k for v, k in found.items() if k}


def logarithm(value: Fraction) -> dict[Pair, Fraction]:
    """The logarithm of a positive rational number, as a sum of logarithms of primes."""
    found: dict[Pair, Fraction] = {}
    for number, sign in ((value.numerator, 1), (value.denominator, -1)):
        rest, prime = number, 2
        while rest > 1:
            if prime * prime > rest:
                prime = rest
            while rest % prime == 0:
                key = ("", str(prime))
                found[key] = found.get(key, Fraction(0)) + sign
                rest //= prime
            prime += 1
    return found


@lru_cache(maxsize=1 << 16)
def rows(statement: Statement) -> tuple[Row, ...]:
    """The equations that a statement is, or that follow from it at once.

    `cong` and `rconst` are equations of two systems. `cyclic` and `same` are none by themselves:
    rules say what follows. Equations that vanish identically are left out.

    Raises
    ------
    DataError
        The statement's name is unknown, it has a wrong number of points, or it speaks of the
        direction or the logarithm of the length from a point to itself.
    """
    if statement.name not in _FORMS:
        raise DataError(
            f"no statement is called '{statement.name}': {nearest(statement.name, _FORMS)}"
        )
    count, form = _FORMS[statement.name]
    if count and len(statement.points) != count:
        example = " ".join((statement.name, *"abcdefgh"[:count]))
        raise DataError(
            f"'{statement}' has {len(statement.points)} points where {statement.name} takes "
            f"{count}, as in '{example}'"
        )
    made = (_row(system, terms) for system, terms in form(statement))
    return tuple(row for row in made if row.terms)


def single(statement: Statement) -> bool:
    """Whether a statement is one equation, of one system or of two: what adding gives."""
    return statement.name in _SINGLE


Terms = list[tuple[Pair, Fraction]]
Made = list[tuple[str, Terms]]


def _row(system: str, terms: Terms) -> Row:
    return Row(system, tuple(sorted(total(terms).items())))


def _terms(points: tuple[str, ...], factors: Iterable[int | Fraction]) -> Terms:
    """One unknown for each two points."""
    places = list(zip(points[::2], points[1::2], strict=True))
    for a, b in places:
        if a == b:
            raise DataError(f"'{a} {b}' is one point, where two different ones have to stand")
    return [(pair(a, b), Fraction(k)) for (a, b), k in zip(places, factors, strict=True)]


def _number(statement: Statement, *, positive: bool = False) -> Fraction:
    if statement.value is None or (positive and statement.value <= 0):
        kind = "a positive number" if positive else "a number"
        raise DataError(
            f"'{statement}' needs {kind} after its points, as in '{statement.name} ... 1/2'"
        )
    return statement.value


def _directions(points: tuple[str, ...], factors: Iterable[int], turn: Fraction) -> Made:
    """An equation of directions; `turn` is subtracted."""
    return [("direction", [*_terms(points, factors), (PI, -turn)])]


def _para(s: Statement) -> Made:
    return _directions(s.points, (1, -1), Fraction(0))


def _perp(s: Statement) -> Made:
    return _directions(s.points, (1, -1), HALF)


def _coll(s: Statement) -> Made:
    made: Made = []
    a, b, *others = s.points
    for c in others:
        if len({a, b, c}) == 3:
            for four in ((a, b, a, c), (a, b, b, c), (a, c, b, c)):
                made += _directions(four, (1, -1), Fraction(0))
    return made


def _eqangle(s: Statement) -> Made:
    return _directions(s.points, (-1, 1, 1, -1), s.value or Fraction(0))


def _aconst(s: Statement) -> Made:
    return _directions(s.points, (-1, 1), _number(s))


def _cong(s: Statement) -> Made:
    terms = _terms(s.points, (1, -1))
    return [("ratio", terms), ("length", terms)]


def _eqratio(s: Statement) -> Made:
    return [("ratio", _terms(s.points, (1, -1, -1, 1)))]


def _rconst(s: Statement) -> Made:
    value = _number(s, positive=True)
    constants = [(v, -k) for v, k in logarithm(value).items()]
    return [
        ("ratio", [*_terms(s.points, (1, -1)), *constants]),
        ("length", _terms(s.points, (Fraction(1), -value))),
    ]


def _lconst(s: Statement) -> Made:
    value = _number(s, positive=True)
    constants = [(v, -k) for v, k in logarithm(value).items()]
    return [
        ("ratio", [*_terms(s.points, (1,)), *constants]),
        ("length", [*_terms(s.points, (1,)), (UNIT, -value)]),
    ]


def _squares(s: Statement) -> Made:
    """Of a ratio, or of a length, of which the square is given."""
    constants = [(v, -k) for v, k in logarithm(_number(s, positive=True)).items()]
    return [("ratio", [*_terms(s.points, (2, -2)[: len(s.points) // 2]), *constants])]


def _s_angle(s: Statement) -> Made:
    a, b, x = s.points
    return _directions((b, a, b, x), (-1, 1), _number(s))


def _eqratio3(s: Statement) -> Made:
    a, b, c, d, m, n = s.points
    return [("ratio", _terms((m, a, m, c, n, b, n, d), (1, -1, -1, 1)))]


def _weighted(system: str) -> Callable[[Statement], Made]:
    def form(s: Statement) -> Made:
        if 2 * len(s.coefficients) != len(s.points):
            raise DataError(
                f"'{s}' has {len(s.coefficients)} coefficients for {len(s.points)} points: "
                f"it takes one for each two points, as in '{s.name} a b b c a c 1 1 -1'"
            )
        terms = _terms(s.points, s.coefficients)
        value = s.value or Fraction(0)
        if system == "ratio":
            terms += [(v, -k) for v, k in logarithm(value or Fraction(1)).items()]
        else:
            terms.append((PI if system == "direction" else UNIT, -value))
        return [(system, terms)]

    return form


def _midp(s: Statement) -> Made:
    m, a, b = s.points
    return _coll(Statement("coll", (m, a, b))) + _cong(Statement("cong", (m, a, m, b)))


def _circle(s: Statement) -> Made:
    o, a, *others = s.points
    return [made for b in others for made in _cong(Statement("cong", (o, a, o, b)))]


def _similar(*, mirrored: bool, congruent: bool) -> Callable[[Statement], Made]:
    def form(s: Statement) -> Made:
        a, b, c, p, q, r = s.points
        made: Made = []
        for (x, y, z), (u, v, w) in (((a, b, c), (p, q, r)), ((b, c, a), (q, r, p))):
            image = (u, w, u, v) if mirrored else (u, v, u, w)
            made += _eqangle(Statement("eqangle", (x, y, x, z, *image)))
            made += _eqratio(Statement("eqratio", (x, y, x, z, u, v, u, w)))
        return made + (_cong(Statement("cong", (a, b, p, q))) if congruent else [])

    return form


def _none(s: Statement) -> Made:
    return []


_FORMS: Mapping[str, tuple[int, Callable[[Statement], Made]]] = {
    "coll": (0, _coll),
    "para": (4, _para),
    "perp": (4, _perp),
    "eqangle": (8, _eqangle),
    "aconst": (4, _aconst),
    "cong": (4, _cong),
    "eqratio": (8, _eqratio),
    "rconst": (4, _rconst),
    "lconst": (2, _lconst),
    "r2const": (4, _squares),
    "l2const": (2, _squares),
    "s_angle": (3, _s_angle),
    "eqratio3": (6, _eqratio3),
    "angeq": (0, _weighted("direction")),
    "distmeq": (0, _weighted("ratio")),
    "distseq": (0, _weighted("length")),
    "midp": (3, _midp),
    "circle": (0, _circle),
    "simtri": (6, _similar(mirrored=False, congruent=False)),
    "simtrir": (6, _similar(mirrored=True, congruent=False)),
    "contri": (6, _similar(mirrored=False, congruent=True)),
    "contrir": (6, _similar(mirrored=True, congruent=True)),
    "cyclic": (0, _none),
    "same": (2, _none),
}
_SINGLE = frozenset(_FORMS) - {
    "coll",
    "midp",
    "circle",
    "simtri",
    "simtrir",
    "contri",
    "contrir",
    "cyclic",
    "same",
}
