"""What a figure has to show before a rule may be applied."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence

from pellucid.errors import DataError
from pellucid.reasoning.geometry.problem import Statement
from pellucid.reasoning.geometry.synthetic.equations import rows
from pellucid.reasoning.geometry.synthetic.figure import Figure
from pellucid.reasoning.geometry.synthetic.rules import renamed

ALMOST = 1e-3
"""Directions and gradients nearer than this do not count as crossing."""


def shows(figure: Figure, name: str, points: Sequence[str]) -> bool:
    """Whether the figure shows the condition `name` of `points`.

    `spread a b c`: on no line. `same_turn`, `other_turn a b c p q r`: triangles of one orientation,
    of two. `not_shorter a b c d`: ab is no shorter than cd. `between a m b`: m is between.
    `same_order a b c p q r`: two triples on lines, in the same order along them. `not_parallel`:
    two lines cross. `oblique`: they do, and not at a right angle. (Where a rule leaves the choice
    between an angle and its opposite to the figure, these must differ there, and they do not if
    the angle is right: a figure in which the goal is true would prove it.)
    """
    return _CONDITIONS[name](figure, points)


def order(figure: Figure, a: str, b: str, c: str) -> str:
    """Which of three points on a line is between the others."""
    return max(((a, b, c), (b, c, a), (c, a, b)), key=lambda t: figure.length(t[1], t[2]))[0]


def _spread(figure: Figure, points: Sequence[str]) -> bool:
    return figure.turn(*points) != 0


def _same_turn(figure: Figure, points: Sequence[str]) -> bool:
    return figure.turn(*points[:3]) * figure.turn(*points[3:]) > 0


def _other_turn(figure: Figure, points: Sequence[str]) -> bool:
    return figure.turn(*points[:3]) * figure.turn(*points[3:]) < 0


def _not_shorter(figure: Figure, points: Sequence[str]) -> bool:
    a, b, c, d = points
    return figure.length(a, b) >= figure.length(c, d) * (1 - 1e-9)


def _between(figure: Figure, points: Sequence[str]) -> bool:
    a, m, b = points
    (ux, uy), (vx, vy) = figure.vector(m, a), figure.vector(m, b)
    return ux * vx + uy * vy < 0


def _same_order(figure: Figure, points: Sequence[str]) -> bool:
    first, second = points[:3], points[3:]
    return first.index(order(figure, *first)) == second.index(order(figure, *second))


def _not_parallel(figure: Figure, points: Sequence[str]) -> bool:
    a, b, c, d = points
    (ux, uy), (vx, vy) = figure.vector(a, b), figure.vector(c, d)
    return abs(ux * vy - uy * vx) > ALMOST * math.hypot(ux, uy) * math.hypot(vx, vy)


def _oblique(figure: Figure, points: Sequence[str]) -> bool:
    a, b, c, d = points
    (ux, uy), (vx, vy) = figure.vector(a, b), figure.vector(c, d)
    upright = abs(ux * vx + uy * vy) <= ALMOST * math.hypot(ux, uy) * math.hypot(vx, vy)
    return _not_parallel(figure, points) and not upright


_CONDITIONS: Mapping[str, Callable[[Figure, Sequence[str]], bool]] = {
    "spread": _spread,
    "same_turn": _same_turn,
    "other_turn": _other_turn,
    "not_shorter": _not_shorter,
    "between": _between,
    "same_order": _same_order,
    "not_parallel": _not_parallel,
    "oblique": _oblique,
}


def gradient(figure: Figure, locus: Statement, p: str, q: str) -> tuple[float, float] | None:
    """How fast the statement `locus` is broken where q leaves p; None where it is no locus.

    A locus is a statement that says nothing where q is p: all places of q where it is true are a
    curve through p.
    """
    try:
        if q not in locus.points or rows(renamed(locus, {q: p})):
            return None
    except DataError:
        return None
    equations = rows(locus)
    if not equations:
        return None
    step = 1e-6 * figure.size
    x, y = figure.places[p]
    slopes: list[float] = []
    for dx, dy in ((step, 0.0), (0.0, step)):
        ends = [Figure({**figure.places, q: (x + s * dx, y + s * dy)}) for s in (1, -1)]
        slopes.append(ends[0].residual(equations[0]) - ends[1].residual(equations[0]))
    return slopes[0], slopes[1]


def cross(figure: Figure, loci: Sequence[Statement], p: str, q: str) -> bool:
    """Whether two loci of q cross at p, rather than touch."""
    found = [gradient(figure, locus, p, q) for locus in loci]
    if len(found) != 2 or found[0] is None or found[1] is None:
        return False
    (ax, ay), (bx, by) = found[0], found[1]
    size = math.hypot(ax, ay) * math.hypot(bx, by)
    return math.isfinite(size) and size > 0 and abs(ax * by - ay * bx) > ALMOST * size
