"""Is a statement true of a problem's figure? Asked of random figures, in a millisecond each.

Modulo a prime every square root has a random sign, so all algebraic branches come up; in diagrams
only those that can be drawn, with the roots positive that are meant to be.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass

from pellucid.errors import DataError
from pellucid.reasoning.geometry.diagram import Diagram, holds, sketch
from pellucid.reasoning.geometry.fields import DegenerateError
from pellucid.reasoning.geometry.figure import Figure, Plan
from pellucid.reasoning.geometry.planning import make_plan, trial
from pellucid.reasoning.geometry.prime_field import PRIMES
from pellucid.reasoning.geometry.problem import Problem, Statement
from pellucid.reasoning.geometry.statements import is_equation, nonvacuous, residuals


@dataclass(frozen=True)
class Verdict:
    """In how many random figures a statement held."""

    residues: int
    """Figures modulo a prime in which it held."""
    residue_trials: int
    diagrams: int
    """Diagrams in which it held."""
    diagram_trials: int

    @property
    def always(self) -> bool:
        """Whether it held in every figure of both kinds."""
        return self.residues == self.residue_trials and self.diagrams == self.diagram_trials

    @property
    def sometimes(self) -> bool:
        """Whether it held in some diagram."""
        return self.diagrams > 0

    def __str__(self) -> str:
        return (
            f"true in {self.diagrams} of {self.diagram_trials} diagrams, "
            f"{self.residues} of {self.residue_trials} figures modulo primes"
        )


class Oracle:
    """Random figures of one problem, of which any number of statements may be asked.

    oracle = Oracle(problem)
    oracle.judge(statement).always
    """

    def __init__(
        self, problem: Problem, *, trials: int = 16, diagrams: int = 6, seed: int = 0
    ) -> None:
        rng = random.Random(seed)
        self.problem = problem
        self.plan = make_plan(problem, rng)
        self._residues = [_residue(problem, rng, self.plan, k) for k in range(trials)]
        self.diagrams = [sketch(problem, rng, plan=self.plan) for _ in range(diagrams)]

    def judge(self, statement: Statement) -> Verdict:
        """Whether a statement holds, figure by figure; an inequality in diagrams alone."""
        asked: Sequence[Figure] = self._residues if is_equation(statement) else ()
        return Verdict(
            residues=sum(holds_exactly(statement, figure) for figure in asked),
            residue_trials=len(asked),
            diagrams=sum(holds(statement, diagram.places) for diagram in self.diagrams),
            diagram_trials=len(self.diagrams),
        )

    def true(self, statement: Statement) -> bool:
        """Whether a statement holds in every figure; stops at the first in which it does not."""
        if not all(holds(statement, diagram.places) for diagram in self.diagrams):
            return False
        return not is_equation(statement) or all(
            holds_exactly(statement, figure) for figure in self._residues
        )


def judge(problem: Problem, *, trials: int = 16, diagrams: int = 6, seed: int = 0) -> Verdict:
    """Whether all goals of a problem hold, in random figures."""
    oracle = Oracle(problem, trials=trials, diagrams=diagrams, seed=seed)
    verdicts = [oracle.judge(goal) for goal in problem.goals]
    algebraic = [verdict for verdict in verdicts if verdict.residue_trials]
    return Verdict(
        residues=min((verdict.residues for verdict in algebraic), default=0),
        residue_trials=min((verdict.residue_trials for verdict in algebraic), default=0),
        diagrams=min(verdict.diagrams for verdict in verdicts),
        diagram_trials=diagrams,
    )


def counterexample(problem: Problem, rng: random.Random, *, plan: Plan) -> Diagram | None:
    """A diagram in which a goal fails, of 12."""
    for _ in range(12):
        diagram = sketch(problem, rng, plan=plan)
        if not all(holds(goal, diagram.places) for goal in problem.goals):
            return diagram
    return None


def holds_exactly(statement: Statement, figure: Figure) -> bool:
    """Whether a statement holds of a figure over a field with exact zeros, and is not vacuous."""
    is_zero = figure.field.is_zero
    try:
        if any(is_zero(condition) for _, condition in nonvacuous(figure, statement)):
            return False
        return all(is_zero(residual.value) for residual in residuals(figure, statement))
    except DegenerateError:
        return False


def _residue(problem: Problem, rng: random.Random, plan: Plan, k: int) -> Figure:
    """A figure modulo a prime with the plan's common points, or without where those have none."""
    try:
        return trial(problem, rng, plan=plan, prime=PRIMES[k % 2]).figure
    except DataError:
        return trial(problem, rng, prime=PRIMES[k % 2]).figure
