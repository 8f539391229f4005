"""Why a problem was not proved, in words: what fails, by how much, where, and what may be meant."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial

from pellucid.reasoning.geometry.algebra import DRAWN, FALSE, Result
from pellucid.reasoning.geometry.diagram import holds, in_floats
from pellucid.reasoning.geometry.fields import DegenerateError
from pellucid.reasoning.geometry.gaps import gap
from pellucid.reasoning.geometry.mends import mends
from pellucid.reasoning.geometry.oracle import Oracle
from pellucid.reasoning.geometry.problem import Problem, Statement
from pellucid.reasoning.geometry.statements import PREDICATES, nonvacuous

FAILS = "false"
BRANCH = "true on another branch only"
PARTLY = "true on some branches"
VACUOUS = "vacuous"
ROUNDED = 1e-5
"""How far a goal may be off where points have coordinates that somebody rounded."""


@dataclass(frozen=True)
class Diagnosis:
    """What is wrong with one goal."""

    kind: str
    """`false`, `true on another branch only`, `true on some branches`, or `vacuous`."""
    goal: Statement
    lines: tuple[str, ...]
    """For people, each complete in itself."""
    places: Mapping[str, tuple[float, float]]
    """A figure that obeys all clauses and breaks the goal."""
    mends: tuple[Statement, ...] = ()
    """True statements next to the goal, the nearest first."""


def diagnose(
    problem: Problem, result: Result, *, seed: int = 0, trials: int = 24, diagrams: int = 16
) -> Diagnosis | None:
    """What to tell of a result that is false, or proved on one branch; None of others."""
    if result.status not in (FALSE, DRAWN):
        return None
    oracle = Oracle(problem, trials=trials, diagrams=diagrams, seed=seed)
    for goal in problem.goals:
        verdict = oracle.judge(goal)
        if verdict.always:
            continue
        breaking = next(
            (d.places for d in oracle.diagrams if not holds(goal, d.places)), result.diagram or {}
        )
        told = partial(Diagnosis, goal=goal, places=breaking)
        empty = _says_nothing(oracle, goal)
        if empty:
            line = f"'{goal}' says nothing, as it needs that {empty}; name other points"
            return told(VACUOUS, lines=(line,), mends=_offered(problem, goal, oracle))
        if result.status == DRAWN:
            return told(PARTLY, lines=(_partly(goal, verdict.residues, trials, breaking),))
        by = f"in a figure that obeys all clauses, {gap(goal, breaking)}"
        if verdict.residues and not verdict.diagrams:
            line = (
                f"'{goal}' is true on another branch only, in {verdict.residues} of {trials} "
                "figures: where a line and a circle, or two circles, meet in their other point, or "
                "a bisector is the outer one; name the other point, or say which by a side"
            )
            return told(BRANCH, lines=(line, f"I{by[1:]}"), mends=_offered(problem, goal, oracle))
        where = f" (it holds in {verdict.diagrams} of {diagrams})" if verdict.diagrams else ""
        line = f"'{goal}' is false: {by}{where}"
        return told(FAILS, lines=(line,), mends=_offered(problem, goal, oracle))
    return None


def diagnose_placed(problem: Problem) -> Diagnosis | None:
    """What to tell of a problem by coordinates of which a goal is false where the points stand."""
    for goal in problem.goals:
        if goal.name in PREDICATES and not holds(goal, problem.at, tolerance=ROUNDED):
            line = f"'{goal}' is false: where the points stand, {gap(goal, problem.at)}"
            return Diagnosis(FAILS, goal, (line,), problem.at)
    return None


def diagnose_elsewhere(problem: Problem, result: Result) -> Diagnosis | None:
    """What to tell of a problem by coordinates of which a goal fails in another figure."""
    places = result.diagram or {}
    if result.status != FALSE or set(problem.points) - places.keys():
        return None
    for goal in problem.goals:
        if goal.name in PREDICATES and not holds(goal, places, tolerance=ROUNDED):
            line = f"'{goal}' is false: in another figure that obeys all that is assumed, "
            return Diagnosis(FAILS, goal, (f"{line}{gap(goal, places)}",), places)
    return None


def _says_nothing(oracle: Oracle, goal: Statement) -> str:
    """What the goal needs and no figure has, such as that two points differ."""
    needed: set[str] | None = None
    for diagram in oracle.diagrams:
        try:
            points = in_floats(diagram.places)
            size = max(abs(v.x) + abs(v.y) for v in points.places.values()) ** 2
            broken = {w for w, v in nonvacuous(points, goal) if abs(v) <= 1e-12 * size}
        except DegenerateError as error:
            broken = {error.words}
        needed = broken if needed is None else needed & broken
    return " and ".join(sorted(needed or ()))


def _partly(
    goal: Statement, residues: int, trials: int, breaking: Mapping[str, tuple[float, float]]
) -> str:
    told = (
        f"'{goal}' holds where it is drawn, and not on every branch (in {residues or 'none'} of "
        f"{trials} figures with roots of random signs): it rests on which of two points of "
        "intersection, or of two bisectors, is meant"
    )
    if breaking and not holds(goal, breaking):
        return f"{told}; in another diagram, {gap(goal, breaking)}"
    return told


def _offered(problem: Problem, goal: Statement, oracle: Oracle) -> tuple[Statement, ...]:
    return tuple(mends(problem, goal, oracle))
