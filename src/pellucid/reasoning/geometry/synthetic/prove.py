"""From points, facts and a goal to a proof that a person can read."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pellucid.errors import DataError
from pellucid.reasoning.geometry.problem import Statement
from pellucid.reasoning.geometry.synthetic.closure import Closure
from pellucid.reasoning.geometry.synthetic.proof import Proof, trace
from pellucid.reasoning.geometry.synthetic.shorten import shortened


@dataclass(frozen=True)
class Outcome:
    """What became of an attempt to prove."""

    status: str
    """`proved`; `saturated`, where nothing more follows; or `out of time`."""
    proof: Proof | None
    closure: Closure
    """All that was derived: ask `closure.holds(statement)`, or go on with `closure.add`."""
    seconds: float
    rounds: int


def prove_synthetic(
    points: Mapping[str, tuple[float, float]],
    facts: Sequence[Statement],
    goal: Statement,
    *,
    seconds: float = 60.0,
    shorten: bool = True,
) -> Outcome:
    """Prove `goal` from `facts` by the rules of school geometry and linear algebra.

    Parameters
    ----------
    points
        Coordinates of each point, in a figure in general position where all facts are true.
    facts
        What is given. Inequalities (`sameside`, `ncoll` and others) are taken from the figure.
    goal
        What is to be proved; `acompute a b c d` and `rcompute a b c d` ask for a value.
    seconds
        How long to go on.
    shorten
        Whether to look for a shorter proof: fewer equations, fewer points.

    Returns
    -------
    Outcome
        With a proof where one was found.

    Raises
    ------
    DataError
        A fact or the goal is not true in the figure, or no statement.
    """
    start = time.monotonic()
    closure = Closure(points, facts)
    if goal.name not in ("acompute", "rcompute") and not closure.knowledge.figure.true(goal):
        raise DataError(f"the goal '{goal}' is not true where the points stand: check the figure")
    status = closure.run((goal,), seconds=seconds)
    proof = None
    if status == "proved":
        left = max(seconds - (time.monotonic() - start), 1.0)
        proof = proof_of(closure, goal, seconds=left if shorten else 0.0)
        if shorten:
            spent = time.monotonic() - start
            proof = _fewer_points(points, facts, goal, proof, seconds=min(left, 5 * spent))
    return Outcome(status, proof, closure, time.monotonic() - start, closure.rounds)


def proof_of(closure: Closure, goal: Statement, *, seconds: float = 10.0) -> Proof:
    """The proof of a statement that a closure holds, shortened for at most `seconds`.

    Raises
    ------
    DataError
        The statement has not been derived.
    """
    knowledge = closure.knowledge
    last = closure.establish(goal)
    kept = shortened(knowledge, last, seconds=seconds)
    return trace(kept, last, points=knowledge.figure.places, goal=goal)


def _fewer_points(
    points: Mapping[str, tuple[float, float]],
    facts: Sequence[Statement],
    goal: Statement,
    proof: Proof,
    *,
    seconds: float,
) -> Proof:
    """Leave out points for which the proof gets no longer, one after the other, from the last.

    Chervonyi et al. 2025 find the points that a proof needs in this way, with a number of attempts
    that is linear in the number of points.
    """
    end = time.monotonic() + seconds
    kept = {name: place for name, place in points.items() if name in proof.points}
    for name in reversed(tuple(kept)):
        if name in goal.points or name not in proof.points:
            continue
        left = end - time.monotonic()
        if left <= 0:
            break
        fewer = {p: place for p, place in kept.items() if p != name and p in proof.points}
        said = [fact for fact in facts if set(fact.points) <= set(fewer)]
        closure = Closure(fewer, said)
        if closure.run((goal,), seconds=left) == "proved":
            other = proof_of(closure, goal, seconds=max(end - time.monotonic(), 0.0))
            if len(other.steps) <= len(proof.steps):
                proof, kept = other, fewer
    return proof
