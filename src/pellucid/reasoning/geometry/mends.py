"""What may have been meant, where a goal is false: the nearest statements that the oracle confirms.

Neighbours of a statement are itself with the number that is measured in a figure, with two points
exchanged, with two lines exchanged, of another kind (`perp` for `para`), or with one point replaced
by another of the figure. Those that say nothing are left out.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from itertools import combinations

from pellucid.errors import DataError
from pellucid.reasoning.geometry.canonical import key, says_nothing
from pellucid.reasoning.geometry.definitions import facts
from pellucid.reasoning.geometry.diagram import holds
from pellucid.reasoning.geometry.gaps import measured
from pellucid.reasoning.geometry.oracle import Oracle
from pellucid.reasoning.geometry.problem import Problem, Statement
from pellucid.reasoning.geometry.statements import is_equation
from pellucid.reasoning.geometry.synthetic.closure import Closure

KINDS = {
    "para": ("perp",),
    "perp": ("para",),
    "cyclic": ("coll",),
    "simtri": ("simtrir",),
    "simtrir": ("simtri",),
    "contri": ("contrir", "simtri"),
    "contrir": ("contri", "simtrir"),
}
"""Which kind is meant for which, of as many points."""


def mends(problem: Problem, goal: Statement, oracle: Oracle, *, most: int = 3) -> list[Statement]:
    """True statements next to a false one, the nearest first; given ones where no others are."""
    trivial = _given(problem, oracle)
    seen = {key(goal)}
    found: list[Statement] = []
    given: list[Statement] = []
    places = oracle.diagrams[0].places
    for other in (*_measured(goal, places), *neighbours(goal, problem.points)):
        if key(other) in seen:
            continue
        seen.add(key(other))
        if says_nothing(other) or not holds(other, places):
            continue
        if oracle.true(other):
            (given if trivial and trivial.holds(other) else found).append(other)
            if len(found) == most:
                break
    return found or given[:most]


def neighbours(goal: Statement, points: Sequence[str]) -> Iterator[Statement]:
    """Statements next to a statement: its own points first, then other kinds, then other points."""
    if not is_equation(goal):
        return
    names = goal.points
    for i, j in combinations(range(len(names)), 2):
        yield _of(goal, _swapped(names, (i,), (j,)))
    lines = range(0, len(names) - 1, 2)
    for i, j in combinations(lines, 2) if len(names) % 2 == 0 else ():
        yield _of(goal, _swapped(names, (i, i + 1), (j, j + 1)))
    for kind in KINDS.get(goal.name, ()):
        yield Statement(kind, names, goal.value)
    for k in range(len(names)):
        for point in points:
            if point not in names:
                yield _of(goal, (*names[:k], point, *names[k + 1 :]))
    for k in range(len(names)):
        for point in names:
            if point != names[k]:
                yield _of(goal, (*names[:k], point, *names[k + 1 :]))


def _measured(goal: Statement, places: Mapping[str, tuple[float, float]]) -> Iterator[Statement]:
    """The statement with the number that is measured in a figure, where it is a simple one."""
    if goal.value is None or goal.name not in ("aconst", "s_angle", "rconst", "r2const"):
        return
    found = measured(goal, places)
    simple = Fraction(found).limit_denominator(180 if found <= 1 else 24)
    if simple > 0 and abs(found - simple) < 1e-7:
        yield Statement(goal.name, goal.points, simple)


def _of(goal: Statement, points: Sequence[str]) -> Statement:
    return Statement(goal.name, tuple(points), goal.value, goal.coefficients)


def _swapped(names: Sequence[str], one: Sequence[int], two: Sequence[int]) -> list[str]:
    changed = list(names)
    for i, j in zip(one, two, strict=True):
        changed[i], changed[j] = names[j], names[i]
    return changed


def _given(problem: Problem, oracle: Oracle) -> Closure | None:
    """What is given, and what is the same in other words."""
    try:
        return Closure(oracle.diagrams[0].places, facts(problem))
    except DataError:
        return None
