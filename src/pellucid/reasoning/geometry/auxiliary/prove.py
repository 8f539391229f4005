"""Proofs with auxiliary points: search, leave out what is not needed, prove again, have it checked.

outcome = prove_with_auxiliary(problem, seconds=60)
print(outcome.clauses, outcome.proofs)
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from pellucid.errors import DataError
from pellucid.reasoning.geometry.auxiliary.pool import Weigh, by_surplus
from pellucid.reasoning.geometry.auxiliary.search import SearchSettings, search
from pellucid.reasoning.geometry.auxiliary.state import Added, State, renumbered, without
from pellucid.reasoning.geometry.check_proof import check_proof
from pellucid.reasoning.geometry.definitions import facts
from pellucid.reasoning.geometry.diagram import draw, holds
from pellucid.reasoning.geometry.problem import Clause, Problem, Statement
from pellucid.reasoning.geometry.synthetic.proof import Proof
from pellucid.reasoning.geometry.synthetic.prove import prove_synthetic

DIAGRAMS = 2
"""Diagrams in which a candidate has to meet what it meets."""
SEARCHED = 0.85
"""The share of the time after which no more is added; the rest is for the proof."""


@dataclass(frozen=True)
class AuxiliaryOutcome:
    """What became of an attempt to prove with auxiliary points."""

    status: str
    """`proved`, `saturated` where there is nothing to add, or `out of time`."""
    proofs: tuple[Proof, ...]
    """One for each goal, each checked; empty unless all were proved."""
    clauses: tuple[Clause, ...]
    """What makes the points that were added, in order; empty where none were needed."""
    places: Mapping[str, tuple[float, float]]
    """Where the points stand, the added ones too."""
    attempts: int
    """How often points were added."""
    seconds: float


def prove_with_auxiliary(
    problem: Problem,
    *,
    seconds: float = 60.0,
    seed: int = 0,
    places: Mapping[str, tuple[float, float]] | None = None,
    weigh: Weigh = by_surplus,
    settings: SearchSettings | None = None,
    progress: Callable[[str], None] | None = None,
    clock: Callable[[], float] = time.monotonic,
) -> AuxiliaryOutcome:
    """Prove the goals of a problem, with points added where it does not go without.

    Parameters
    ----------
    problem
        What is given by constructions, or by coordinates.
    seconds
        How long to go on; the proof that was found is shortened in the time that is left.
    seed
        Of the diagrams and of the search.
    places
        The figure that the proof is told of; drawn where left out.
    weigh
        What candidates are worth: `by_surplus`, or a `Proposer`.
    settings
        How to search.
    progress
        Called with one line now and then.
    clock
        What tells the seconds; `time.process_time` for measurements beside other work.

    Raises
    ------
    DataError
        The problem has no figure, or a goal is false in it.
    """
    begun = clock()
    diagrams = _diagrams(problem, seed, places)
    given = facts(problem)
    for goal in problem.goals:
        if not goal.name.endswith("compute") and not holds(goal, diagrams[0], tolerance=1e-6):
            raise DataError(f"the goal '{goal}' is not true where the points stand: check it")
    state = State.of(diagrams, given, problem.goals, weigh=weigh)
    attempts = 0
    if not state.run(seconds=seconds):
        left = SEARCHED * seconds - (clock() - begun)
        found = search(
            state,
            seconds=left,
            rng=random.Random(seed),
            settings=settings,
            progress=progress,
            clock=clock,
        )
        attempts = found.attempts
        if found.state is None:
            over = clock() - begun
            status = "out of time" if over >= SEARCHED * seconds else "saturated"
            return AuxiliaryOutcome(status, (), (), diagrams[0], attempts, over)
        state = found.state
    kept = _needed(diagrams, given, problem, state.added)
    left = max(seconds - (clock() - begun), 10.0)
    proofs, kept, last = _proofs(diagrams, given, problem, kept, left)
    clauses = tuple(candidate.clause(name) for name, candidate in kept)
    return AuxiliaryOutcome("proved", proofs, clauses, last.diagrams[0], attempts, clock() - begun)


def _diagrams(
    problem: Problem, seed: int, places: Mapping[str, tuple[float, float]] | None
) -> tuple[Mapping[str, tuple[float, float]], ...]:
    """The figure, and others of the same problem; it alone where points stand where they stand."""
    first = places if places is not None else draw(problem, seed)
    if not problem.clauses:
        return (first,)
    return (first, *(draw(problem, seed + k) for k in range(1, DIAGRAMS)))


def _needed(
    diagrams: Sequence[Mapping[str, tuple[float, float]]],
    given: Sequence[Statement],
    problem: Problem,
    added: Sequence[Added],
) -> list[Added]:
    """Added points without those that the goals are proved without, tried from the last on."""
    kept = list(added)
    for name, _ in reversed(added):
        fewer = without(kept, name)
        if len(fewer) < len(kept):
            state = State.of(diagrams, given, problem.goals).extended(fewer)
            if state.run(seconds=60.0):
                kept = fewer
    return renumbered(kept, tuple(diagrams[0]))


def _proofs(
    diagrams: Sequence[Mapping[str, tuple[float, float]]],
    given: Sequence[Statement],
    problem: Problem,
    added: Sequence[Added],
    seconds: float,
) -> tuple[tuple[Proof, ...], list[Added], State]:
    """A checked proof of each goal, the added points that these name, and the figure."""
    state = State.of(diagrams, given, problem.goals).extended(added)
    share = seconds / max(len(problem.goals), 1)
    proofs: list[Proof] = []
    for goal in problem.goals:
        outcome = prove_synthetic(state.diagrams[0], state.facts, goal, seconds=max(share, 10.0))
        if outcome.proof is None:
            raise DataError(f"'{goal}' was proved once but not again: give it more time")
        check_proof(outcome.proof.to_json(), [str(fact) for fact in state.facts])
        proofs.append(outcome.proof)
    wanted = {point for proof in proofs for point in proof.points}
    for name, candidate in reversed(added):
        if name in wanted:
            wanted.update(candidate.given)
    return tuple(proofs), [point for point in added if point[0] in wanted], state
