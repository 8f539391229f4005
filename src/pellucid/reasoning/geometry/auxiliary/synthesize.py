"""Theorems that need points which their statement does not mention, found by deduction.

    for theorem in synthesize(count=10, seed=0):
        print(theorem.text())

A figure is made by random constructions, rather those in which points meet more than they must, and
all that follows is deduced. What is true in it and does not follow waits for points that help. Many
are added at once, and all that follows is deduced again: whatever is reached now is a theorem about
the points that it is made of, and its proof, traced back, says which of the others it rests on
("dependency difference", Trinh et al. 2024, Nature 625). It is kept with as few of them as it
takes; its own figure alone is deduced to the end, to make sure that it takes some; its proof is
checked.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice

from pellucid.reasoning.geometry.auxiliary.picture import Picture
from pellucid.reasoning.geometry.auxiliary.random_figures import RandomFigure, random_figure
from pellucid.reasoning.geometry.auxiliary.state import UNLUCKY, Added, Places, State, without
from pellucid.reasoning.geometry.auxiliary.underived import underived
from pellucid.reasoning.geometry.check_proof import check_proof
from pellucid.reasoning.geometry.definitions import facts
from pellucid.reasoning.geometry.problem import Clause, Problem, Statement
from pellucid.reasoning.geometry.synthetic.closure import Closure
from pellucid.reasoning.geometry.synthetic.proof import needed
from pellucid.reasoning.geometry.synthetic.prove import proof_of

EACH = 12
"""How many theorems of one figure at most."""
VARIANTS = 8
"""How often a figure in which something does not follow is tried with other points added to it."""
ATTEMPTS = 3
"""How often auxiliary points are added to one figure."""
AT_ONCE = 6
"""How many auxiliary points are added at a time."""
ALIKE = 4
"""How many theorems of one attempt are kept at most, which are likely to need the same points."""
MOST = 4
"""How many auxiliary points a theorem has, at most."""
PATIENCE = 5.0
"""Seconds after which a deduction is left."""


@dataclass(frozen=True)
class Theorem:
    """A problem whose proof needs points that it does not mention."""

    problem: Problem
    added: tuple[Added, ...]
    """These points, and how they are made."""
    diagrams: tuple[Places, ...]
    """Where the points of the problem stand."""
    figure: int = 0
    """The number of the random figure that it was found in; those of one figure are related."""

    @property
    def clauses(self) -> tuple[Clause, ...]:
        """What makes the points that it does not mention."""
        return tuple(candidate.clause(name) for name, candidate in self.added)

    def text(self) -> str:
        """Two lines of a problem file, and the auxiliary clauses in a comment."""
        extra = "; ".join(map(str, self.clauses))
        return f"{self.problem.name}\n{self.problem}\n# auxiliary: {extra}\n"


def synthesize(*, count: int, seed: int = 0, each: int = EACH) -> Iterator[Theorem]:
    """Theorems that need auxiliary points, each with a proof that was checked.

    Parameters
    ----------
    count
        How many.
    seed
        Of all that is random.
    each
        How many of one figure at most.
    """
    rng = random.Random(seed)
    made = figures = 0
    while made < count:
        figures += 1
        try:
            for theorem in islice(_of_one_figure(rng), min(each, count - made)):
                made += 1
                name = f"synthesized_{seed}_{made}"
                problem = replace(theorem.problem, name=name)
                yield replace(theorem, problem=problem, figure=figures)
        except UNLUCKY:
            continue


def _of_one_figure(rng: random.Random) -> Iterator[Theorem]:
    """Theorems of one random figure: of itself, and of it with a point or two more.

    In most figures all that is true follows, and there are none; the others are made use of.
    """
    figure = random_figure(rng)
    first = State.of(figure.diagrams, facts(figure.problem), ())
    first.run(seconds=PATIENCE)
    wanted = underived(Picture.of(figure.diagrams), first.closure)
    if not wanted:
        return
    yield from _reached(rng, figure, first, wanted)
    for _ in range(VARIANTS):
        try:
            more = first.extended(first.named(first.pool.draw(rng, rng.randint(1, 2))))
            more.run(seconds=PATIENCE)
            new = {name for name, _ in more.added}
            shown = underived(Picture.of(more.diagrams), more.closure)
            wanted = [statement for statement in shown if new & {*statement.points}]
            yield from _reached(rng, figure, more, wanted)
        except UNLUCKY:
            continue


def _reached(
    rng: random.Random, figure: RandomFigure, state: State, wanted: list[Statement]
) -> Iterator[Theorem]:
    """Theorems that say what is wanted; a state of the figure, with more points, proves them."""
    parts: dict[frozenset[str], State] = {}
    for _ in range(ATTEMPTS if wanted else 0):
        whole = state.extended(state.named(state.pool.draw(rng, AT_ONCE)))
        whole.run(seconds=PATIENCE)
        larger = figure.extended(whole)
        reached = [statement for statement in wanted if whole.closure.holds(statement)]
        wanted = [statement for statement in wanted if statement not in reached]
        for goal in rng.sample(reached, min(len(reached), ALIKE)):
            theorem = _theorem(larger, whole.closure, goal, parts)
            if theorem is not None:
                yield theorem
        if not wanted:
            return


def _traced(closure: Closure, goal: Statement) -> tuple[str, ...]:
    """The points that the proof of a statement names."""
    last = closure.establish(goal)
    known = closure.knowledge.facts
    numbers = needed(dict(enumerate(known[: last + 1])), last)
    return tuple(point for n in numbers for point in known[n].statement.points)


def _theorem(
    figure: RandomFigure,
    closure: Closure,
    goal: Statement,
    parts: dict[frozenset[str], State],
) -> Theorem | None:
    """A statement as a theorem about what it is made of; None where it needs too many points.

    `closure` is of the figure, and `parts` keeps what follows of parts of it.
    """
    base = figure.ancestors(goal.points)
    problem, diagrams = figure.part(base)
    used = figure.ancestors(_traced(closure, goal))
    added = [point for point in figure.added if point[0] in used - base]
    if {name for name, _ in added} != used - base:
        return None
    if base not in parts:
        parts[base] = State.of(diagrams, facts(problem), ())
        parts[base].run(seconds=PATIENCE)
    bare = replace(parts[base], goals=(goal,))
    proved = None if bare.closure.holds(goal) else _follows(bare, added)
    if proved is None:
        return None
    proved = _fewest(bare, proved)
    if len(proved.added) > MOST:
        return None
    proof = proof_of(proved.closure, goal, seconds=0.0)
    check_proof(proof.to_json(), [str(fact) for fact in proved.facts])
    return Theorem(replace(problem, goals=(goal,)), proved.added, diagrams)


def _fewest(bare: State, proved: State) -> State:
    """The goal proved with fewer added points: those of its proof, and of these what it takes."""
    tried: set[str] = set()
    while True:
        used = {*_traced(proved.closure, proved.goals[0])}
        for name, candidate in reversed(proved.added):
            if name in used:
                used |= {*candidate.given}
        kept = [point for point in proved.added if point[0] in used]
        untried = [name for name, _ in reversed(kept) if name not in tried]
        if not untried:
            return proved if len(kept) == len(proved.added) else (_follows(bare, kept) or proved)
        tried.add(untried[0])
        fewer = without(kept, untried[0])
        proved = (_follows(bare, fewer) if fewer else None) or proved


def _follows(bare: State, added: Sequence[Added]) -> State | None:
    """The state with these points, if the goal follows in it."""
    state = bare.extended(added)
    return state if state.run(seconds=PATIENCE) else None
