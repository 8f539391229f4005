"""The algebraic prover: every point an exact function of the parameters, and the goal zero.

A few figures at random come first: they find what is common and rational (`planning`), which branch
is meant (a diagram in which the goal holds), and whether there is anything to prove. Then the
figure is built over exact functions along that diagram, and the goal's equations are zero or not.
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pellucid.errors import DataError
from pellucid.reasoning.geometry.build import build
from pellucid.reasoning.geometry.certificate import Certificate, Condition, Parameter, Radical
from pellucid.reasoning.geometry.diagram import Diagram, holds, in_floats, sketch
from pellucid.reasoning.geometry.exact_field import ExactField
from pellucid.reasoning.geometry.fields import DegenerateError, Unlucky
from pellucid.reasoning.geometry.figure import Figure, Plan
from pellucid.reasoning.geometry.functions import Function, NoRoomError
from pellucid.reasoning.geometry.oracle import Oracle, counterexample
from pellucid.reasoning.geometry.problem import Problem, Statement
from pellucid.reasoning.geometry.signs import surely_positive
from pellucid.reasoning.geometry.statements import (
    PREDICATES,
    is_equation,
    nonvacuous,
    residuals,
)

PROVED = "proved"
DRAWN = "proved on the drawn branch"
FALSE = "false"
UNDECIDED = "undecided"


@dataclass(frozen=True)
class Result:
    """What came out, and why."""

    name: str
    status: str
    """`proved`, `proved on the drawn branch`, `false` or `undecided`."""
    reason: str
    """One line for people."""
    certificate: Certificate | None = None
    diagram: Mapping[str, tuple[float, float]] | None = None
    """The sample of what was proved; or a counterexample."""

    @property
    def proved(self) -> bool:
        """Whether the goal is a theorem, on all branches or on the drawn one."""
        return self.status in (PROVED, DRAWN)


def prove(problem: Problem, *, seed: int = 0, diagrams: int = 200) -> Result:
    """Decide a problem by coordinates.

    It is proved if all its goals are identities on the family of a diagram in which they hold, and
    say something there. It is false if they hold in none of `diagrams` diagrams.

    Raises
    ------
    DataError
        If the problem is degenerate, over-determined, or has no diagram.
    """
    if not problem.clauses:
        raise DataError(
            f"{problem.name}: given by coordinates, and needs clauses here; let "
            "placed.prove.prove_placed decide it"
        )
    rng = random.Random(seed)
    oracle = Oracle(problem, trials=8, diagrams=2, seed=seed)
    goals = [goal for goal in problem.goals if is_equation(goal)]
    sample = _true_diagram(problem, rng, oracle.plan, diagrams)
    if sample is None:
        return _disproved(problem, oracle, diagrams)
    branch = "all" if all(map(oracle.true, problem.goals)) else "drawn"
    against = None if branch == "all" else counterexample(problem, rng, plan=oracle.plan)
    try:
        figure = exact_figure(problem, sample, oracle.plan)
        failed = failed_goal(figure, goals)
    except DataError as error:
        return Result(problem.name, UNDECIDED, str(error), diagram=sample.places)
    if not _agrees(figure, sample):
        reason = "the exact figure is not the one that was drawn; try another seed"
        return Result(problem.name, UNDECIDED, reason, diagram=sample.places)
    if failed is not None:
        return Result(problem.name, FALSE, failed, diagram=(against or sample).places)
    open_goals = [goal for goal in problem.goals if not _sure(figure, goal)]
    if open_goals:
        words = ", ".join(map(str, open_goals))
        reason = f"'{words}' holds in diagrams, and no sign certificate was found for it"
        return Result(problem.name, UNDECIDED, reason, diagram=sample.places)
    certificate = make_certificate(problem, figure, sample.places, branch)
    status = PROVED if branch == "all" else DRAWN
    reason = praise(certificate) + _coincident(figure, problem)
    return Result(problem.name, status, reason, certificate, sample.places)


def exact_figure(problem: Problem, sample: Diagram, plan: Plan) -> Figure:
    """The family of figures that a diagram is one of, over exact functions."""
    radicals = 4
    while True:
        field = ExactField(sample.parameters, sample.signs, radicals=radicals)
        try:
            return build(problem, field, plan=plan)
        except NoRoomError:
            radicals *= 2
        except DegenerateError as error:
            raise DataError(
                f"{problem.name}: degenerate: {error.words}; change that clause"
            ) from None
        except (Unlucky, ZeroDivisionError) as error:
            raise DataError(
                f"{problem.name}: no such figure: {error}; change its clauses"
            ) from None


def _true_diagram(
    problem: Problem, rng: random.Random, plan: Plan, diagrams: int
) -> Diagram | None:
    for _ in range(diagrams):
        diagram = sketch(problem, rng, plan=plan)
        if all(holds(goal, diagram.places) for goal in problem.goals):
            return diagram
    return None


def _disproved(problem: Problem, oracle: Oracle, diagrams: int) -> Result:
    """Which goal fails, and how."""
    diagram = oracle.diagrams[0]
    goal = next(
        (goal for goal in problem.goals if not holds(goal, diagram.places)), problem.goals[0]
    )
    vacuous = _vacuous(goal, diagram)
    verdict = oracle.judge(goal)
    reason = f"'{goal}' holds in none of {diagrams} diagrams"
    if vacuous is not None:
        reason += f": it says nothing, as it needs that {vacuous}"
    elif verdict.residues:
        reason += ", only in figures that cannot be drawn as meant (another sign of a root)"
    return Result(problem.name, FALSE, reason, diagram=diagram.places)


def _vacuous(goal: Statement, diagram: Diagram) -> str | None:
    try:
        conditions = nonvacuous(in_floats(diagram.places), goal)
    except DegenerateError as error:
        return error.words
    return next((words for words, value in conditions if abs(value) < 1e-12), None)


def failed_goal(figure: Figure, goals: Sequence[Statement]) -> str | None:
    """Why the goals are no theorem of this family; None if they are one."""
    for goal in goals:
        try:
            for words, value in nonvacuous(figure, goal):
                if figure.field.is_zero(value):
                    return f"'{goal}' says nothing: it needs that {words}"
                figure.nonzero(value, words)
            if not all(figure.field.is_zero(r.value) for r in residuals(figure, goal)):
                return f"'{goal}' is no identity of the figure, though it holds in a diagram"
        except DegenerateError as error:
            return f"'{goal}' says nothing: it needs that {error.words}"
    return None


def _agrees(figure: Figure, sample: Diagram) -> bool:
    """Whether the exact figure at the sample's parameters is the sample; else a root went wrong."""
    size = max(abs(x) + abs(y) for x, y in sample.places.values()) + 1
    return all(
        abs(place.x.approx - sample.places[name][0]) + abs(place.y.approx - sample.places[name][1])
        < 1e-4 * size
        for name, place in figure.places.items()
    )


def _coincident(figure: Figure, problem: Problem) -> str:
    """A remark on points of the goal that are another point in every figure."""
    asked = dict.fromkeys(point for goal in problem.goals for point in goal.points)
    for a in asked:
        for b in figure.places:
            difference = figure.difference(a, b)
            if a != b and figure.field.is_zero(difference.x) and figure.field.is_zero(difference.y):
                return f"; {a} and {b} are the same point"
    return ""


def _sure(figure: Figure, goal: Statement) -> bool:
    """Whether an inequality is certain; equations were decided before."""
    predicate = PREDICATES[goal.name]
    if predicate.nonzero is not None:
        return not any(map(figure.field.is_zero, predicate.nonzero(figure, goal)))
    return predicate.side is None or all(map(surely_positive, predicate.side(figure, goal)))


def make_certificate(
    problem: Problem, figure: Figure, sample: Mapping[str, tuple[float, float]], branch: str
) -> Certificate:
    """What an exact figure shows of a problem, as text."""
    field = figure.field
    assert isinstance(field, ExactField)
    tower = field.tower
    conditions = {
        words: Condition(words, str(value.num))
        for words, value in figure.conditions
        if len(tower.ring.terms(value.num)) > 1 or max(tower.ring.degrees(value.num), default=0)
    }
    return Certificate(
        name=problem.name,
        problem=str(problem),
        parameters=tuple(
            Parameter(f"u{k + 1}", kind, str(tower.guide[k])) for k, kind in enumerate(field.kinds)
        ),
        radicals=tuple(
            Radical(f"s{k + 1}", str(radicand), tower.approximate[k])
            for k, radicand in enumerate(tower.radicands)
        ),
        coordinates={
            name: (_text(place.x), _text(place.y)) for name, place in figure.places.items()
        },
        conditions=tuple(conditions.values()),
        goals=tuple(map(str, problem.goals)),
        branch=branch,
        sample=sample,
    )


def _text(value: Function) -> str:
    return str(value.num) if value.den == 1 else f"({value.num})/({value.den})"


def praise(certificate: Certificate) -> str:
    """What was shown, in one line."""
    parameters = len(certificate.parameters)
    radicals = sum(bool(radical.radicand) for radical in certificate.radicals)
    where = "on every branch that was tried" if certificate.branch == "all" else "where it is drawn"
    where = "in all figures of the kind that is given" if certificate.given else where
    roots = f" and {radicals} square root{'s' * (radicals != 1)}" if radicals else ""
    return f"an identity in {parameters} parameter{'s' * (parameters != 1)}{roots}, {where}"
