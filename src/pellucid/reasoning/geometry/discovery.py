"""Discovery: what is true of a figure and is not said, by how far it is from what is said.

    for fact in discover(read_problem("a b c = triangle; ...", goalless=True)):
        print(fact.statement, fact.steps)

What seems true in a diagram is asked of the oracle, in other diagrams and modulo primes. What is
given, or the same in other words, is left out, and so is what follows from facts that are listed
already (angles from points on circles). The rest is ranked by the number of steps that the
synthetic prover needs to derive it; last comes what is true and was not derived.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass

from pellucid.errors import DataError
from pellucid.reasoning.geometry.canonical import says_nothing
from pellucid.reasoning.geometry.definitions import facts
from pellucid.reasoning.geometry.oracle import Oracle
from pellucid.reasoning.geometry.problem import Problem, Statement
from pellucid.reasoning.geometry.relations import seeming
from pellucid.reasoning.geometry.synthetic.closure import Closure
from pellucid.reasoning.geometry.synthetic.prove import proof_of

SHARE = 0.5
"""Of the time, what asking may take; and of the rest, deriving."""


@dataclass(frozen=True)
class Discovery:
    """A true statement."""

    statement: Statement
    steps: int | None
    """In which it was derived, without what is given; None where it was not."""
    everywhere: bool
    """Whether it is true on every branch, and not on the drawn one alone."""

    def __str__(self) -> str:
        if self.steps is None:
            how = "true, not derived"
        else:
            how = f"{self.steps} step{'s' * (self.steps != 1)}"
        return f"{self.statement} ({how}{'' if self.everywhere else ', where it is drawn'})"


@dataclass(frozen=True)
class Discoveries:
    """What was found of a figure."""

    facts: tuple[Discovery, ...]
    """The nearest to what is given first."""
    complete: bool
    """Whether all that seemed true was looked at, and all derived that can be, in the time."""
    places: dict[str, tuple[float, float]]
    """The figure in which to see them."""


def discover(problem: Problem, *, seconds: float = 30.0, seed: int = 0) -> Discoveries:
    """What is true of a problem's figure and not given.

    Raises
    ------
    DataError
        The problem has no clauses, or no figure.
    """
    if not problem.clauses:
        raise DataError(
            f"{problem.name}: given by coordinates, it is one figure, and says nothing of others; "
            "write clauses that make its points"
        )
    end = time.monotonic() + seconds
    oracle = Oracle(problem, trials=8, diagrams=6, seed=seed)
    places = dict(oracle.diagrams[0].places)
    derived = Closure(places, facts(problem))
    listed = list(_listed(problem, oracle, time.monotonic() + SHARE * seconds))
    saturated = derived.run(seconds=max(0.0, end - time.monotonic()) * SHARE) == "saturated"
    complete = saturated and time.monotonic() < end
    found = []
    for statement, everywhere in listed:
        steps = None
        if derived.holds(statement):
            # As it was derived: how much shorter it gets depends on the time for shortening it.
            proof = proof_of(derived, statement, seconds=0.0)
            steps = len(proof.steps) - len(proof.given)
        found.append(Discovery(statement, steps, everywhere))
    far = max((fact.steps or 0 for fact in found), default=0) + 1
    found.sort(key=lambda fact: far if fact.steps is None else fact.steps)
    return Discoveries(tuple(found), complete, places)


def _listed(problem: Problem, oracle: Oracle, end: float) -> Iterator[tuple[Statement, bool]]:
    """True statements none of which follows from what is given by adding, or from those before."""
    places = oracle.diagrams[0].places
    known = Closure(places, facts(problem))
    lines = _given_lines(problem)
    kind = ""
    for statement in seeming(places):
        if time.monotonic() > end:
            return
        if statement.name != kind and statement.name in ("eqangle", "simtri", "simtrir"):
            # What points on lines and circles say of angles and triangles need not be listed.
            known.run(seconds=0.5 * max(0.0, end - time.monotonic()))
        kind = statement.name
        if says_nothing(statement) or known.holds(statement):
            continue
        if statement.name == "coll" and any(line >= {*statement.points} for line in lines):
            continue
        verdict = oracle.judge(statement)
        if verdict.diagrams < verdict.diagram_trials:
            continue
        yield statement, verdict.always
        known.knowledge.assume(statement)


def _given_lines(problem: Problem) -> list[set[str]]:
    """Points that are on one line by what is given: lines with two common points are one."""
    lines: list[set[str]] = []
    for fact in facts(problem):
        if fact.name in ("coll", "midp"):
            joined = {*fact.points}
            while shared := [line for line in lines if len(line & joined) > 1]:
                lines = [line for line in lines if line not in shared]
                joined = joined.union(*shared)
            lines.append(joined)
    return lines
