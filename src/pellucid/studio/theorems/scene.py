"""The figure of a problem: which lines and circles are drawn, and what is marked on them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from pellucid.reasoning.geometry.definitions import definitions, facts
from pellucid.reasoning.geometry.diagram import holds
from pellucid.reasoning.geometry.problem import Construction, Problem, Statement
from pellucid.reasoning.geometry.statements import PREDICATES
from pellucid.studio.theorems.shapes import (
    Angle,
    At,
    Circle,
    Segment,
    Shape,
    Ticks,
    circle,
    right_angle,
    shapes,
    spanned,
)

POLYGONS = frozenset(
    (
        "triangle",
        "iso_triangle",
        "iso_triangle0",
        "r_triangle",
        "risos",
        "ieq_triangle",
        "triangle12",
        "quadrangle",
        "pentagon",
        "rectangle",
        "isquare",
        "trapezoid",
        "r_trapezoid",
        "eq_trapezoid",
        "iso_trapezoid",
        "eq_quadrangle",
        "eqdia_quadrangle",
        "parallelogram",
        "square",
        "eq_triangle",
    )
)
"""Constructions whose points, in their order, are the corners of something."""
ROUND = frozenset(
    (
        "on_circle",
        "circle",
        "circumcenter",
        "intersection_lc",
        "intersection_cc",
        "tangent",
        "cc_tangent0",
        "cc_tangent",
        "cc_itangent",
        "on_dia",
        "incenter2",
        "excenter2",
        "ninepoints",
        "lc_tangent",
        "test_r20",
        "2l1c",
    )
)
"""Constructions whose equal lengths from one point are radii of a circle that is drawn."""
MOST_TICKS = 3
"""Kinds of equal lengths that are marked; more would only confuse."""


@dataclass(frozen=True)
class Scene:
    """What is drawn of a problem."""

    at: At
    given: tuple[Shape, ...]
    """Lines and circles, then marks."""
    goal: tuple[Shape, ...]


def scene(problem: Problem, places: Mapping[str, tuple[float, float]]) -> Scene:
    """The figure of a problem where its points stand."""
    at = {name: complex(*place) for name, place in places.items()}
    said = [fact for fact in facts(problem) if set(fact.points) <= at.keys()]
    lines = _lines(problem, said, at)
    circles = _circles(problem, said, at)
    goal = [shape for goal in problem.goals for shape in _asked(goal, at, places)]
    marks = [mark for fact in said if fact.name == "perp" for mark in _square(fact, at, lines)]
    drawn: list[Shape] = [*lines, *circles, *dict.fromkeys(marks), *_ticks(said, at, lines)]
    return Scene(at, tuple(drawn), tuple(dict.fromkeys(goal)))


def _asked(goal: Statement, at: At, places: Mapping[str, tuple[float, float]]) -> Sequence[Shape]:
    """What a goal speaks of; marks of equality only where it is true."""
    found = shapes(goal, at) if set(goal.points) <= at.keys() else []
    if goal.name in PREDICATES and not holds(goal, places):
        return [shape for shape in found if not isinstance(shape, Angle | Ticks)]
    return found


def _lines(problem: Problem, said: Sequence[Statement], at: At) -> list[Segment]:
    """Each line once, from the first of its points to the last."""
    groups: list[set[str]] = []
    for names in (*_sides(problem), *_named(said)):
        if len(set(names)) < 2 or not set(names) <= at.keys():
            continue
        joined = {*names}
        while True:
            shared = [group for group in groups if len(group & joined) > 1]
            if not shared:
                break
            groups = [group for group in groups if group not in shared]
            joined = joined.union(*shared)
        groups.append(joined)
    return [spanned(tuple(sorted(group)), at) for group in groups]


def _sides(problem: Problem) -> Iterator[tuple[str, ...]]:
    """Of what constructions make by its corners."""
    for clause in problem.clauses:
        for construction in clause.constructions:
            corners = _corners(construction)
            if construction.name == "segment":
                yield corners
            elif construction.name in POLYGONS:
                yield from pairwise((*corners, corners[0]))


def _corners(construction: Construction) -> tuple[str, ...]:
    definition = definitions()[construction.name]
    points = definition.binding(construction)
    return tuple(points[parameter] for parameter in definition.parameters)


def _named(said: Sequence[Statement]) -> Iterator[tuple[str, ...]]:
    """Lines of which statements speak."""
    for fact in said:
        names = fact.points
        if fact.name in ("coll", "midp"):
            yield names
        elif fact.name in ("para", "perp", "eqangle", "aconst", "angeq", "eqratio", "rconst"):
            yield from zip(names[::2], names[1::2], strict=True)
        elif fact.name in ("lconst", "l2const"):
            yield names
        elif fact.name == "s_angle":
            yield from pairwise(names)
        elif fact.name in ("simtri", "simtrir", "contri", "contrir"):
            for corners in (names[:3], names[3:]):
                yield from pairwise((*corners, corners[0]))


def _circles(problem: Problem, said: Sequence[Statement], at: At) -> list[Circle]:
    found: list[Circle] = []
    for fact in said:
        if fact.name == "cyclic":
            found += circle(*(at[p] for p in fact.points[:3]))
        if fact.name == "circle":
            o, p = (at[name] for name in fact.points[:2])
            found.append(Circle(o, abs(p - o)))
    for clause in problem.clauses:
        for construction in clause.constructions:
            if construction.name in ROUND:
                found += _radii(construction, at)
    return _apart(found)


def _radii(construction: Construction, at: At) -> Iterator[Circle]:
    """Circles about a point from which others are equally far; or over a diameter."""
    for fact in definitions()[construction.name].facts(construction):
        names = fact.points
        if not set(names) <= at.keys():
            continue
        if fact.name == "cong" and {*names[:2]} & {*names[2:]}:
            centre = next(p for p in names[:2] if p in names[2:])
            other = next((p for p in names[:2] if p != centre), centre)
            yield Circle(at[centre], abs(at[other] - at[centre]))
        elif fact.name == "perp" and construction.name == "on_dia":
            x, a, b = names[0], names[1], names[3]
            yield from circle(at[x], at[a], at[b])


def _apart(circles: Sequence[Circle]) -> list[Circle]:
    """Each once; they come from floats."""
    kept: list[Circle] = []
    for one in circles:
        near = 1e-6 * (one.radius or 1.0)
        if one.radius and not any(
            abs(one.centre - k.centre) < near and abs(one.radius - k.radius) < near for k in kept
        ):
            kept.append(one)
    return kept


def _square(fact: Statement, at: At, lines: Sequence[Segment]) -> list[Shape]:
    """The mark of a right angle, where both lines are drawn as far as there."""
    return [
        mark
        for mark in right_angle(fact.points, at)
        if isinstance(mark, Angle) and sum(_on(mark.corner, line) for line in lines) > 1
    ]


def _on(place: complex, line: Segment) -> bool:
    along = line.end - line.start
    share = (place - line.start) / along
    return abs(share.imag) < 1e-6 and -1e-6 < share.real < 1 + 1e-6


def _ticks(said: Sequence[Statement], at: At, lines: Sequence[Segment]) -> list[Shape]:
    """Equal lengths that are drawn, a kind for each set of them."""
    groups: list[set[tuple[str, str]]] = []
    for fact in said:
        if fact.name == "midp":
            m, a, b = fact.points
            both = {_pair(m, a), _pair(m, b)}
        elif fact.name == "cong":
            a, b, c, d = fact.points
            both = {_pair(a, b), _pair(c, d)}
        else:
            continue
        shared = [group for group in groups if group & both]
        groups = [group for group in groups if group not in shared]
        groups.append(both.union(*shared))
    found: list[Shape] = []
    kind = 0
    for group in groups:
        drawn = [
            pair
            for pair in sorted(group)
            if any(_on(at[pair[0]], line) and _on(at[pair[1]], line) for line in lines)
        ]
        if len(drawn) > 1 and kind < MOST_TICKS:
            kind += 1
            found += [Ticks(at[a], at[b], kind) for a, b in drawn]
    return found


def _pair(a: str, b: str) -> tuple[str, str]:
    return (a, b) if a < b else (b, a)
