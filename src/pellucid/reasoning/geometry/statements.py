"""What can be said of points, as equations over any field: zero when it holds.

Angles are directed angles between lines, modulo pi: `eqangle a b c d e f g h` says that line a b
turned onto line c d is as far as e f onto g h. Ratios and lengths are compared by their squares,
as lengths are positive. `simtri` and `contri` turn alike, `simtrir` and `contrir` in opposite ways.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import reduce
from itertools import combinations
from typing import Protocol

from pellucid.reasoning.geometry.fields import Field, Scalar
from pellucid.reasoning.geometry.problem import Statement
from pellucid.reasoning.geometry.vectors import Vector


class Points(Protocol):
    """Points that stand, such as a `Figure`."""

    @property
    def field(self) -> Field:
        """What their coordinates are made of."""
        ...

    def difference(self, a: str, b: str) -> Vector:
        """The vector from a to b."""
        ...

    def towards(self, a: str, b: str) -> Vector:
        """A vector that points from a to b, of any length."""
        ...


@dataclass(frozen=True)
class Residual:
    """`value` is zero when the statement holds; `scale()` is the square of what it is measured by.

    The scale is asked for floats only.
    """

    value: Scalar
    scale: Callable[[], Scalar]


@dataclass(frozen=True)
class Predicate:
    """One kind of statement."""

    count: int
    """How many points it is about; the least number if `more`."""
    equations: Callable[[Points, Statement], list[Residual]] | None = None
    """What is zero when it holds; None for inequalities."""
    apart: Callable[[tuple[str, ...]], list[tuple[str, str]]] = lambda points: []
    """Pairs of points that must differ, without which the statement says nothing."""
    side: Callable[[Points, Statement], list[Scalar]] | None = None
    """For inequalities: what is positive when it holds."""
    nonzero: Callable[[Points, Statement], list[Scalar]] | None = None
    """For inequalities of another kind: what is not zero when it holds."""
    more: bool = False
    value: str | None = None
    example: str = ""


def residuals(points: Points, statement: Statement) -> list[Residual]:
    """The equations of a statement; empty for one that is an inequality."""
    equations = PREDICATES[statement.name].equations
    return [] if equations is None else equations(points, statement)


def nonvacuous(points: Points, statement: Statement) -> list[tuple[str, Scalar]]:
    """What must not be zero if a statement is to say anything, in words and as it is."""
    pairs = PREDICATES[statement.name].apart(statement.points)
    conditions = [
        (f"{a} and {b} are different points", points.difference(a, b).square())
        for a, b in dict.fromkeys(tuple(sorted(pair)) for pair in pairs)
    ]
    if statement.name == "cyclic":
        a, b, c = statement.points[:3]
        words = f"{a}, {b} and {c} are not on one line"
        conditions.append((words, points.difference(a, b).cross(points.difference(a, c))))
    return conditions


def is_equation(statement: Statement) -> bool:
    """Whether a statement is an equation, rather than an inequality."""
    return PREDICATES[statement.name].equations is not None


def _angle(*vectors: Vector) -> Residual:
    """Whether the product of complex numbers is real."""
    product = reduce(Vector.times, vectors)

    def scale() -> Scalar:
        return reduce(lambda x, y: x * y, (vector.square() for vector in vectors))

    return Residual(product.y, scale)


def _same(left: Scalar, right: Scalar) -> Residual:
    return Residual(left - right, lambda: (left + right) * (left + right))


def _coll(p: Points, s: Statement) -> list[Residual]:
    a, b, *rest = s.points
    along = p.towards(a, b).conjugate()
    return [_angle(along, p.difference(a, c)) for c in rest]


def _para(p: Points, s: Statement) -> list[Residual]:
    a, b, c, d = s.points
    return [_angle(p.towards(a, b).conjugate(), p.towards(c, d))]


def _perp(p: Points, s: Statement) -> list[Residual]:
    a, b, c, d = s.points
    return [_angle(p.towards(a, b).conjugate(), p.towards(c, d).turned())]


def _cong(p: Points, s: Statement) -> list[Residual]:
    a, b, c, d = s.points
    return [_same(p.difference(a, b).square(), p.difference(c, d).square())]


def _eqangle(p: Points, s: Statement) -> list[Residual]:
    a, b, c, d, e, f, g, h = s.points
    one, two = p.towards(a, b), p.towards(c, d)
    three, four = p.towards(e, f), p.towards(g, h)
    return [_angle(one.conjugate(), two, three, four.conjugate())]


def _eqratio(p: Points, s: Statement) -> list[Residual]:
    a, b, c, d, e, f, g, h = s.points
    left = p.difference(a, b).square() * p.difference(g, h).square()
    return [_same(left, p.difference(c, d).square() * p.difference(e, f).square())]


def _cyclic(p: Points, s: Statement) -> list[Residual]:
    a, b, c, *rest = s.points
    corner = p.towards(c, a).conjugate().times(p.towards(c, b))
    return [_angle(corner, p.towards(d, a), p.towards(d, b).conjugate()) for d in rest]


def _midp(p: Points, s: Statement) -> list[Residual]:
    m, a, b = s.points
    left, right = p.difference(a, m), p.difference(m, b)

    def scale() -> Scalar:
        return left.square() + right.square()

    return [Residual(left.x - right.x, scale), Residual(left.y - right.y, scale)]


def _circle(p: Points, s: Statement) -> list[Residual]:
    o, a, *rest = s.points
    first = p.difference(o, a).square()
    return [_same(first, p.difference(o, b).square()) for b in rest]


def _similar(p: Points, s: Statement) -> list[Residual]:
    return _triangles(p, s, mirrored=s.name.endswith("r"))


def _congruent(p: Points, s: Statement) -> list[Residual]:
    a, b, _, d, e, _ = s.points
    same = _same(p.difference(a, b).square(), p.difference(d, e).square())
    return [*_triangles(p, s, mirrored=s.name.endswith("r")), same]


def _triangles(p: Points, s: Statement, *, mirrored: bool) -> list[Residual]:
    a, b, c, d, e, f = s.points
    one, two = p.difference(a, b), p.difference(a, c)
    three, four = p.difference(d, e), p.difference(d, f)
    if mirrored:
        three, four = three.conjugate(), four.conjugate()
    rest = one.times(four) - two.times(three)

    def scale() -> Scalar:
        return one.square() * four.square() + two.square() * three.square()

    return [Residual(rest.x, scale), Residual(rest.y, scale)]


def _aconst(p: Points, s: Statement) -> list[Residual]:
    a, b, c, d = s.points
    turn = p.field.turn(_value(s)).conjugate()
    return [_angle(p.towards(a, b).conjugate(), p.towards(c, d), turn)]


def _s_angle(p: Points, s: Statement) -> list[Residual]:
    a, b, x = s.points
    return _aconst(p, Statement("aconst", (b, a, b, x), s.value))


def _rconst(p: Points, s: Statement) -> list[Residual]:
    a, b, c, d = s.points
    ratio = _value(s) if s.name == "r2const" else _value(s) ** 2
    square = p.difference(c, d).square() * p.field.constant(ratio)
    return [_same(p.difference(a, b).square(), square)]


def _lconst(p: Points, s: Statement) -> list[Residual]:
    a, b = s.points
    square = _value(s) if s.name == "l2const" else _value(s) ** 2
    return [_same(p.difference(a, b).square(), p.field.constant(square))]


def _eqratio3(p: Points, s: Statement) -> list[Residual]:
    a, b, c, d, m, n = s.points
    return _eqratio(p, Statement("eqratio", (m, a, m, c, n, b, n, d)))


def _value(s: Statement) -> Fraction:
    assert s.value is not None
    return s.value


def _turn(p: Points, a: str, b: str, c: str) -> Scalar:
    return p.difference(a, b).cross(p.difference(a, c))


def _corner(p: Points, a: str, b: str, c: str) -> Scalar:
    """Positive where the angle at a is sharp."""
    return p.difference(a, b).dot(p.difference(a, c))


def _sameclock(p: Points, s: Statement) -> list[Scalar]:
    return [_turn(p, *s.points[:3]) * _turn(p, *s.points[3:])]


def _sameside(p: Points, s: Statement) -> list[Scalar]:
    value = _corner(p, *s.points[:3]) * _corner(p, *s.points[3:])
    return [-value if s.name == "nsameside" else value]


def _obtuse(p: Points, s: Statement) -> list[Scalar]:
    a, b, c = s.points
    return [-_corner(p, b, a, c)]


def _ncoll(p: Points, s: Statement) -> list[Scalar]:
    return [_turn(p, *s.points)]


def _npara(p: Points, s: Statement) -> list[Scalar]:
    a, b, c, d = s.points
    return [p.difference(a, b).cross(p.difference(c, d))]


def _nperp(p: Points, s: Statement) -> list[Scalar]:
    a, b, c, d = s.points
    return [p.difference(a, b).dot(p.difference(c, d))]


def _diff(p: Points, s: Statement) -> list[Scalar]:
    return [p.difference(*s.points).square()]


def _everyone(points: tuple[str, ...]) -> list[tuple[str, str]]:
    return list(combinations(points, 2))


def _in_twos(points: tuple[str, ...]) -> list[tuple[str, str]]:
    return list(zip(points[::2], points[1::2], strict=True))


def _to_meets(points: tuple[str, ...]) -> list[tuple[str, str]]:
    a, b, c, d, m, n = points
    return [(m, a), (m, c), (n, b), (n, d)]


def _corners(points: tuple[str, ...]) -> list[tuple[str, str]]:
    return [*combinations(points[:3], 2), *combinations(points[3:], 2)]


def _triangle(equations: Callable[[Points, Statement], list[Residual]], name: str) -> Predicate:
    return Predicate(6, equations, _corners, example=f"{name} a b c p q r")


PREDICATES: Mapping[str, Predicate] = {
    "aconst": Predicate(4, _aconst, _in_twos, value="angle", example="aconst a b c d 30o"),
    "circle": Predicate(4, _circle, _everyone, more=True, example="circle o a b c"),
    "coll": Predicate(3, _coll, _everyone, more=True, example="coll a b c"),
    "cong": Predicate(4, _cong, _in_twos, example="cong a b c d"),
    "contri": _triangle(_congruent, "contri"),
    "contrir": _triangle(_congruent, "contrir"),
    "cyclic": Predicate(4, _cyclic, _everyone, more=True, example="cyclic a b c d"),
    "diff": Predicate(2, nonzero=_diff, example="diff a b"),
    "eqangle": Predicate(8, _eqangle, _in_twos, example="eqangle a b c d e f g h"),
    "eqratio": Predicate(8, _eqratio, _in_twos, example="eqratio a b c d e f g h"),
    "eqratio3": Predicate(6, _eqratio3, _to_meets, example="eqratio3 a b c d m n"),
    "l2const": Predicate(2, _lconst, _in_twos, value="length", example="l2const a b 5"),
    "lconst": Predicate(2, _lconst, _in_twos, value="length", example="lconst a b 5"),
    "midp": Predicate(3, _midp, _everyone, example="midp m a b"),
    "ncoll": Predicate(3, nonzero=_ncoll, example="ncoll a b c"),
    "npara": Predicate(4, nonzero=_npara, example="npara a b c d"),
    "nperp": Predicate(4, nonzero=_nperp, example="nperp a b c d"),
    "nsameside": Predicate(6, side=_sameside, example="nsameside a b c p q r"),
    "obtuse_angle": Predicate(3, side=_obtuse, example="obtuse_angle a b c"),
    "para": Predicate(4, _para, _in_twos, example="para a b c d"),
    "perp": Predicate(4, _perp, _in_twos, example="perp a b c d"),
    "r2const": Predicate(4, _rconst, _in_twos, value="ratio", example="r2const a b c d 2"),
    "rconst": Predicate(4, _rconst, _in_twos, value="ratio", example="rconst a b c d 1/2"),
    "s_angle": Predicate(
        3,
        _s_angle,
        lambda points: [(points[0], points[1]), (points[1], points[2])],
        value="angle",
        example="s_angle a b x 30o",
    ),
    "sameclock": Predicate(6, side=_sameclock, example="sameclock a b c p q r"),
    "sameside": Predicate(6, side=_sameside, example="sameside a b c p q r"),
    "simtri": _triangle(_similar, "simtri"),
    "simtrir": _triangle(_similar, "simtrir"),
}
"""Every kind by name. Corners come first in `sameside`, second in `obtuse_angle`."""

ALIASES: Mapping[str, str] = {
    "contri2": "contrir",
    "eqangle6": "eqangle",
    "eqratio6": "eqratio",
    "simtri2": "simtrir",
}
"""Other names for the same."""
