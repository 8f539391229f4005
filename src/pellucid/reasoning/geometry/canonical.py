"""The same statement in different words has the same key."""

from __future__ import annotations

from collections.abc import Hashable
from fractions import Fraction

from pellucid.errors import DataError
from pellucid.reasoning.geometry.problem import Statement
from pellucid.reasoning.geometry.synthetic.equations import PI, rows

_SETS = frozenset(("coll", "cyclic", "ncoll", "diff", "same"))


def key(statement: Statement) -> Hashable:
    """What two statements have in common if and only if they are the same in different words.

    That is so of those whose order of points matters little (`coll`, `cyclic`), of those that are
    one linear equation (`para`, `perp`, `cong`, `eqangle`, `eqratio`, those with numbers), of
    `midp` and of triangles; others are told apart by their words.
    """
    name, points = statement.name, statement.points
    if name in _SETS:
        return name, frozenset(points)
    if name in ("midp", "circle"):
        return name, points[0], frozenset(points[1:])
    if name in ("simtri", "simtrir", "contri", "contrir"):
        pairs = list(zip(points[:3], points[3:], strict=True))
        return name, frozenset((frozenset(pairs), frozenset((b, a) for a, b in pairs)))
    try:
        found = rows(statement)
    except DataError:
        return str(statement)
    return frozenset((row.system, _normal(row.system, row.terms)) for row in found[:1])


def says_nothing(statement: Statement) -> bool:
    """Whether it holds of any points, such as `cong a b b a`, or speaks of a point and itself."""
    name, points = statement.name, statement.points
    if name in _SETS or name in ("midp", "circle"):
        return len(set(points)) < len(points)
    if name in ("simtri", "simtrir", "contri", "contrir"):
        same = points[:3] == points[3:]
        return same or len(set(points[:3])) < 3 or len(set(points[3:])) < 3
    try:
        return not rows(statement)
    except DataError:
        return True


def _normal(system: str, terms: tuple[tuple[tuple[str, str], Fraction], ...]) -> Hashable:
    """Terms with a first coefficient that is positive; half turns of directions left out."""
    known = dict(terms)
    half = known.pop(PI, Fraction(0)) if system == "direction" else Fraction(0)
    sign = 1 if next(iter(known.values()), Fraction(1)) > 0 else -1
    return (sign * half) % 1, tuple((variable, sign * k) for variable, k in known.items())
