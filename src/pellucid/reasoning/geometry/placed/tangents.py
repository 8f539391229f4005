"""Two points that are made at once: the ends of a common tangent of two circles.

None of both stands on two curves before the other: |ox| and |wy| are given, and xy is
perpendicular to ox and to wy.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from itertools import permutations

from pellucid.reasoning.geometry.placed.equations import DIRECTION, RATIO, At, Equation
from pellucid.reasoning.geometry.placed.family import Step
from pellucid.reasoning.geometry.synthetic.equations import pair


def tangent_pairs(equations: Sequence[Equation], left: frozenset[str]) -> set[tuple[str, str]]:
    """Pairs of points, of those that are left, that may be ends of a common tangent."""
    found = set()
    for e in equations:
        if e.points <= left and len(e.points) == 3 and _is_upright(e):
            (one, _), (two, _) = e.terms
            (x,) = {*one} & {*two}
            found |= {(min(x, y), max(x, y)) for y in e.points - {x}}
    return found


def tangent_steps(
    equations: Sequence[Equation], ends: tuple[str, str], standing: frozenset[str], at: At
) -> Iterator[Step]:
    """Common tangents with these ends whose circles stand."""
    radii = [
        (x, o, a, e)
        for e in equations
        for x in sorted(e.points & {*ends})
        for o, a in _radius(e, x)
        if e.points - {x} <= standing
    ]
    for (x, o, a, one), (y, w, b, two) in permutations(radii, 2):
        if x < y and o != w:
            first = _upright(equations, (x, o), (x, y))
            second = _upright(equations, (y, w), (x, y))
            if first is not None and second is not None:
                # On one side of the line of centres, an outer tangent; else an inner one.
                across = (at[w] - at[o]).conjugate()
                sides = [(across * (at[p] - at[o])).imag for p in (x, y)]
                outer = sides[0] * sides[1] > 0
                for which in (False, True):
                    yield Step((x, y), (one, two, first, second), (o, a, w, b), outer, which)


def _radius(equation: Equation, x: str) -> Iterator[tuple[str, str]]:
    """(o, a) if an equation says that x is as far from o as a is."""
    through, others = equation.at(x), equation.others(x)
    if equation.system == RATIO and equation.square == 1 and len(through) == len(others) == 1:
        (o, k), (line, power) = through[0], others[0]
        if o in line and power == -k:
            yield o, line[1] if line[0] == o else line[0]


def _upright(
    equations: Sequence[Equation], one: tuple[str, str], two: tuple[str, str]
) -> Equation | None:
    lines = {pair(*one), pair(*two)}
    return next((e for e in equations if _is_upright(e) and {n for n, _ in e.terms} == lines), None)


def _is_upright(e: Equation) -> bool:
    """Whether an equation says that two lines are perpendicular."""
    right = e.system == DIRECTION and e.turn == Fraction(1, 2)
    return right and sorted(k for _, k in e.terms) == [-1, 1]
