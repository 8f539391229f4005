"""The algebraic prover on problems by coordinates.

    result = prove_placed(problem)
    result.status, result.certificate

The family of the given figure is built over exact functions; what it did not use of the assumptions
is zero on it or is solved for a parameter; and the goal is zero or not. Nothing of that is taken on
trust: the checker asks of the certificate that the assumptions hold on the family, that they leave
no more open than its parameters do, and that the given figure is one of it.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from pellucid.errors import DataError
from pellucid.reasoning.geometry.algebra import (
    DRAWN,
    FALSE,
    UNDECIDED,
    Result,
    failed_goal,
    make_certificate,
    praise,
)
from pellucid.reasoning.geometry.certificate import Certificate, Radical
from pellucid.reasoning.geometry.diagram import holds
from pellucid.reasoning.geometry.fields import DegenerateError, Unlucky
from pellucid.reasoning.geometry.figure import Figure
from pellucid.reasoning.geometry.gaps import measured
from pellucid.reasoning.geometry.placed.building import Way, exact, ways
from pellucid.reasoning.geometry.placed.elsewhere import elsewhere
from pellucid.reasoning.geometry.placed.equations import (
    At,
    Equation,
    defined,
    equations,
    off,
    parts,
    refined,
)
from pellucid.reasoning.geometry.placed.relevance import relevant
from pellucid.reasoning.geometry.placed.solving import Binding, Relation, Unsolved
from pellucid.reasoning.geometry.problem import Problem, Statement
from pellucid.reasoning.geometry.statements import PREDICATES, is_equation

Places = Mapping[str, tuple[float, float]]
ROUNDED = 1e-5
"""How far assumptions may be off where points have coordinates that somebody rounded."""

CLEARLY = 1e-4
"""How far a goal is off in a figure that breaks it."""


@dataclass(frozen=True)
class Asked:
    """A problem as equations, of the points that its goals need."""

    problem: Problem
    goals: tuple[Statement, ...]
    """With the number that is asked for, where one is."""
    every: tuple[Equation, ...]
    """All that is assumed."""
    kept: tuple[Equation, ...]
    points: tuple[str, ...]
    at: At
    """Where all points stand, as exactly as floats can say."""


def prove_placed(problem: Problem, *, seed: int = 0) -> Result:
    """Decide a problem by coordinates, on the component of the figure that is given.

    It is false if a goal does not hold where the points stand, or not in other figures that obey
    the assumptions as well.

    Raises
    ------
    DataError
        If an assumption does not hold where the points stand.
    """
    goals = tuple(answered(goal, problem.at) for goal in problem.goals)
    for goal in goals:
        if goal.name not in PREDICATES or not is_equation(goal):
            reason = f"'{goal}' is no equation that coordinates can prove"
            return Result(problem.name, UNDECIDED, reason, diagram=dict(problem.at))
    wrong = next((goal for goal in goals if not holds(goal, problem.at, tolerance=ROUNDED)), None)
    if wrong is not None:
        reason = f"'{wrong}' does not hold where the points stand"
        return Result(problem.name, FALSE, reason, diagram=dict(problem.at))
    reason = "no way was found to make its points one after another"
    for asked in _asked(problem, goals):
        for way in ways(asked.kept, asked.points, asked.at, seed=seed):
            try:
                figure, bindings = exact(way, asked.kept)
            except (Unsolved, Unlucky, DegenerateError, ZeroDivisionError, DataError) as error:
                words = error.words if isinstance(error, DegenerateError) else str(error)
                reason = f"no way was found to make its points one after another ({words})"
                continue
            if not _agrees(figure, way.figure):
                reason = "the exact figure is not the one that is given"
                continue
            result = _decided(asked, way, figure, bindings)
            if result.status != UNDECIDED:
                return result
            reason = result.reason
    return Result(problem.name, UNDECIDED, reason, diagram=dict(problem.at))


def answered(goal: Statement, at: Places) -> Statement:
    """A goal that asks for an angle or a ratio, with the simple number that it is in the figure."""
    name = {"acompute": "aconst", "rcompute": "rconst"}.get(goal.name)
    if name is None:
        return goal
    found = measured(Statement(name, goal.points, Fraction(1)), at)
    return Statement(name, goal.points, Fraction(found).limit_denominator(360))


def _asked(problem: Problem, goals: tuple[Statement, ...]) -> Iterator[Asked]:
    """The problem with the points that the goals need; then, as that may be too few, with all."""
    given = {point: complex(*problem.at[point]) for point in problem.points}
    every = assumed(problem, given)
    at = refined(every, given, problem.points)
    size = max(abs(place) for place in given.values()) or 1.0
    if any(abs(at[point] - given[point]) > ROUNDED * size for point in at):
        at = given
    needed = {point for goal in goals for point in goal.points}
    kept, points = relevant(every, problem.points, needed, at)
    yield Asked(problem, goals, tuple(every), tuple(kept), tuple(points), at)
    if len(kept) < len(every):
        yield Asked(problem, goals, tuple(every), tuple(every), problem.points, at)


def assumed(problem: Problem, at: At) -> list[Equation]:
    """The equations of a problem's assumptions, of those about points that differ.

    Raises
    ------
    DataError
        If one does not hold where the points stand.
    """
    size = max((abs(a - b) for a in at.values() for b in at.values()), default=0.0)
    found: list[Equation] = []
    for statement in problem.assumed:
        for part in parts(statement):
            its = equations(part)
            if not all(defined(equation, at, size) for equation in its):
                continue
            if any(abs(off(equation, at)) > ROUNDED for equation in its):
                raise DataError(
                    f"{problem.name}: '{part}' does not hold where the points stand; mend their "
                    "coordinates"
                )
            found += its
    return found


def unread(problem: Problem, at: At) -> list[Statement]:
    """Assumptions that are not used: of points that coincide, or that are no such equation."""
    size = max((abs(a - b) for a in at.values() for b in at.values()), default=0.0)
    return [
        part
        for statement in problem.assumed
        for part in parts(statement)
        if not equations(part) or not all(defined(e, at, size) for e in equations(part))
    ]


def _agrees(figure: Figure, given: Figure) -> bool:
    """Whether the exact figure at the given parameters is the given one."""
    size = max(abs(place.x) + abs(place.y) for place in given.places.values()) + 1
    return all(
        abs(place.x.approx - given.at(p).x) + abs(place.y.approx - given.at(p).y) < ROUNDED * size
        for p, place in figure.places.items()
    )


def _decided(asked: Asked, way: Way, figure: Figure, bindings: Mapping[int, Binding]) -> Result:
    problem = asked.problem
    failed = next(filter(None, (_failed(figure, goal) for goal in asked.goals)), None)
    if failed is not None:
        other = elsewhere(figure, asked.every, asked.at, way.order.first, random.Random(0))
        left = unread(problem, asked.at)
        if left:
            failed = f"{failed}, without '{left[0]}', which is not used"
        broken = [g for g in asked.goals if other and not holds(g, other, tolerance=CLEARLY)]
        if other is None or not broken or left:
            return Result(problem.name, UNDECIDED, failed, diagram=dict(problem.at))
        reason = (
            f"'{broken[0]}' holds where the points stand, and not in other figures that obey all "
            "that is assumed"
        )
        return Result(problem.name, FALSE, reason, diagram=other)
    certificate = _certificate(asked, way, figure, bindings)
    higher = [b for b in bindings.values() if isinstance(b, Relation)]
    more = "".join(f", and a root of {b}" for b in higher)
    reason = praise(certificate).replace(", in all", f"{more}, in all", 1)
    return Result(problem.name, DRAWN, reason, certificate, dict(problem.at))


def _failed(figure: Figure, goal: Statement) -> str | None:
    """Why a goal is no identity; None if it is.

    An angle that no compass constructs is shown by a multiple of it that is a whole number of half
    turns: which part of them it is does not change in the family, and is seen in the given figure.
    """
    try:
        return failed_goal(figure, [goal])
    except DataError:
        if goal.name != "aconst" or goal.value is None:
            raise
    a, b, c, d = goal.points
    turn = figure.towards(a, b).conjugate().times(figure.towards(c, d))
    whole = turn
    for _ in range(goal.value.denominator - 1):
        whole = whole.times(turn)
    for p, q in (sorted((a, b)), sorted((c, d))):
        figure.nonzero(figure.difference(p, q).square(), f"{p} and {q} are different points")
    return None if figure.field.is_zero(whole.y) else f"'{goal}' is no identity of the figure"


def _certificate(
    asked: Asked, way: Way, figure: Figure, bindings: Mapping[int, Binding]
) -> Certificate:
    sample = {p: (place.x.approx, place.y.approx) for p, place in figure.places.items()}
    answer = replace(asked.problem, goals=asked.goals)
    made = make_certificate(answer, figure, sample, "drawn")
    free = tuple(q for k, q in enumerate(made.parameters) if k not in bindings)
    statements = dict.fromkeys(str(equation.statement) for equation in asked.kept)
    higher = tuple(
        Radical(f"u{k + 1}", "", float(Fraction(made.parameters[k].value)), binding.coefficients)
        for k, binding in bindings.items()
        if isinstance(binding, Relation)
    )
    return replace(
        made,
        problem=str(asked.problem),
        parameters=free,
        radicals=(*higher, *_needed(made, _pinned(made.radicals, bindings))),
        assumed=tuple(statements),
        given={point: asked.problem.at[point] for point in sample},
        family=tuple(_told(way, bindings)),
    )


def _pinned(radicals: Sequence[Radical], bindings: Mapping[int, Binding]) -> Iterator[Radical]:
    """The square roots, of which some are known by other roots on the component of the figure."""
    pins = {
        f"s{k + 1}": pin
        for binding in bindings.values()
        if isinstance(binding, Relation)
        for k, pin in binding.pins.items()
    }
    for radical in radicals:
        pin = pins.get(radical.name)
        yield replace(radical, polynomial=pin) if pin else radical


def _needed(made: Certificate, radicals: Iterable[Radical]) -> list[Radical]:
    """Those radicals that coordinates, conditions, or other radicals speak of, in their order."""
    texts = [text for both in made.coordinates.values() for text in both]
    texts += [condition.expression for condition in made.conditions]
    kept: list[Radical] = []
    for radical in reversed(list(radicals)):
        if any(re.search(rf"\b{radical.name}\b", text) for text in texts):
            kept.insert(0, radical)
            texts += [radical.radicand, *radical.polynomial]
    return kept


def _told(way: Way, bindings: Mapping[int, Binding]) -> Iterator[str]:
    """How figures of the family are made, for people."""
    yield from map(str, way.order.steps)
    for k, binding in bindings.items():
        yield f"u{k + 1}: so that 0 = {binding}"
