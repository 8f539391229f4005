"""Figures in floats: a diagram of a problem, and whether a statement holds in one."""

from __future__ import annotations

import math
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pellucid.errors import DataError
from pellucid.reasoning.geometry.build import build
from pellucid.reasoning.geometry.definitions import facts as facts
from pellucid.reasoning.geometry.fields import DegenerateError, Unlucky
from pellucid.reasoning.geometry.figure import Figure, Plan
from pellucid.reasoning.geometry.float_field import FloatField
from pellucid.reasoning.geometry.planning import make_plan
from pellucid.reasoning.geometry.problem import Problem, Statement
from pellucid.reasoning.geometry.statements import PREDICATES, nonvacuous, residuals
from pellucid.reasoning.geometry.vectors import Vector

TOLERANCE = 1e-8
"""How small a residual is zero, by the size of what it is made of."""
ATTEMPTS = 3000


@dataclass(frozen=True)
class Diagram:
    """One figure, and the numbers that it was drawn by."""

    places: Mapping[str, tuple[float, float]]
    parameters: tuple[float, ...]
    signs: tuple[int, ...]
    """Of the square roots that were taken, in order."""


def sketch(problem: Problem, rng: random.Random, *, plan: Plan) -> Diagram:
    """A random figure in which points are well apart and none is far away.

    Of figures that are hard to see, the best of many is taken.

    Raises
    ------
    DataError
        If no figure was found: side conditions contradict each other, or roots are negative.
    """
    best: tuple[float, Diagram] | None = None
    reason: Exception = Unlucky()
    seen = 0
    for _ in range(ATTEMPTS):
        field = FloatField(rng)
        try:
            figure = build(problem, field, plan=plan)
        except (Unlucky, DegenerateError, ZeroDivisionError, OverflowError) as error:
            reason = error
            continue
        places = {name: (place.x, place.y) for name, place in figure.places.items()}
        clear = clarity(places)
        diagram = Diagram(places, tuple(field.parameters), tuple(field.signs))
        if clear > 0.02:
            return diagram
        if best is None or clear > best[0]:
            best = (clear, diagram)
        seen += 1
        if seen == 15:
            break
    if best is None:
        raise DataError(
            f"{problem.name}: no diagram in {ATTEMPTS} attempts ({reason}); check sides"
        )
    return best[1]


def draw(problem: Problem, seed: int = 0) -> dict[str, tuple[float, float]]:
    """Coordinates of a problem's points in a random diagram; where they stand if it says so.

    Its goals hold in it if they do in any of 40 diagrams.
    """
    if problem.at and not problem.clauses:
        return dict(problem.at)
    rng = random.Random(seed)
    plan = make_plan(problem, rng)
    first = None
    for _ in range(40):
        places = dict(sketch(problem, rng, plan=plan).places)
        if all(holds(goal, places) for goal in problem.goals):
            return places
        first = first or places
    assert first is not None
    return first


def clarity(places: Mapping[str, tuple[float, float]]) -> float:
    """The least distance of two points by the greatest; what all points share counts no less."""
    points = list(places.values())
    least, greatest = math.inf, 0.0
    for k, a in enumerate(points):
        for b in points[:k]:
            distance = math.dist(a, b)
            least, greatest = min(least, distance), max(greatest, distance)
    if not greatest or not math.isfinite(greatest):
        return 0.0
    return min(1.0, least / greatest if len(points) > 1 else 1.0)


def holds(
    statement: Statement,
    places: Mapping[str, tuple[float, float]],
    *,
    tolerance: float = TOLERANCE,
) -> bool:
    """Whether a statement holds of points in a diagram, and says something there."""
    points = in_floats(places)
    try:
        return _holds(points, statement, tolerance)
    except DegenerateError:
        return False


def _holds(points: Figure, statement: Statement, tolerance: float) -> bool:
    predicate = PREDICATES[statement.name]
    size = max((abs(v.x) + abs(v.y) for v in points.places.values()), default=1.0) ** 2
    if predicate.side is not None:
        return all(value > 1e-12 * size for value in predicate.side(points, statement))
    if predicate.nonzero is not None:
        return all(abs(value) > 1e-9 * size for value in predicate.nonzero(points, statement))
    if any(abs(value) <= 1e-13 * size for _, value in nonvacuous(points, statement)):
        return False
    return all(
        abs(residual.value) <= tolerance * math.sqrt(abs(residual.scale()))
        for residual in residuals(points, statement)
    )


def in_floats(places: Mapping[str, tuple[float, float]]) -> Figure:
    """Points of a diagram as a figure, of which statements can be asked."""
    figure = Figure(FloatField(random.Random(0)), plan=Plan())
    for name, (x, y) in places.items():
        figure.put(name, Vector(x, y))
    return figure


def broken(
    statements: Sequence[Statement], places: Mapping[str, tuple[float, float]]
) -> list[Statement]:
    """Those statements that do not hold in a diagram."""
    return [statement for statement in statements if not holds(statement, places)]
