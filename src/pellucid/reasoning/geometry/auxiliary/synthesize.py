"""Theorems that need points which their statement does not mention, found by construction.

    for theorem in synthesize(count=10, seed=0):
        print(theorem.text())

A figure is made by random constructions, and all that follows is deduced. What is true in it and
does not follow waits for points that help: they are added at random until something of it follows.
That is a theorem whose proof rests on points that its statement does not mention ("dependency
difference", Trinh et al. 2024, Nature 625). It is kept with as few of them, and as little of the
figure, as it takes.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from pellucid.errors import DataError
from pellucid.reasoning.geometry.auxiliary.picture import Picture, Reals
from pellucid.reasoning.geometry.auxiliary.pool import Described, by_surplus
from pellucid.reasoning.geometry.auxiliary.state import Added, Places, State, without
from pellucid.reasoning.geometry.auxiliary.underived import underived
from pellucid.reasoning.geometry.definitions import facts
from pellucid.reasoning.geometry.diagram import draw
from pellucid.reasoning.geometry.jgex import parse
from pellucid.reasoning.geometry.problem import Clause, Problem, Statement

STARTS = (
    "a b c = triangle a b c",
    "a b c = triangle a b c; d = circle d a b c",
    "a b c = triangle a b c; d = orthocenter d a b c",
    "a b c = triangle a b c; d = incenter d a b c",
    "a b c = triangle a b c; d = free d",
    "a b c = iso_triangle a b c",
    "a b c = r_triangle a b c",
    "a b c = triangle a b c; d = circle d a b c; e = on_circle e d a",
    "a b c = triangle a b c; d = on_line d b c",
)
"""What figures begin with."""
LAYERS = 3
"""How often constructions are added to the start, each time by points that stand already."""
ATTEMPTS = 12
"""How often auxiliary points are added to one figure."""
AT_ONCE = 4
"""How many points are added at a time, at most."""
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

    @property
    def clauses(self) -> tuple[Clause, ...]:
        """What makes the points that it does not mention."""
        return tuple(candidate.clause(name) for name, candidate in self.added)

    def text(self) -> str:
        """Two lines of a problem file, and the auxiliary clauses in a comment."""
        extra = "; ".join(map(str, self.clauses))
        return f"{self.problem.name}\n{self.problem}\n# auxiliary: {extra}\n"


def synthesize(*, count: int, seed: int = 0, each: int = 2) -> Iterator[Theorem]:
    """Theorems that need auxiliary points.

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
    made = 0
    while made < count:
        for theorem in _of_one_figure(rng, min(each, count - made)):
            made += 1
            name = f"synthesized_{seed}_{made}"
            yield replace(theorem, problem=replace(theorem.problem, name=name))


def _of_one_figure(rng: random.Random, most: int) -> Iterator[Theorem]:
    """Theorems of one random figure, each with points of its own."""
    try:
        problem, diagrams = random_figure(rng)
        state = State.of(diagrams, facts(problem), (), weigh=by_surplus)
    except DataError:
        return
    state.run(seconds=PATIENCE)
    wanted = underived(Picture.of(diagrams), state.closure)
    found = 0
    for _ in range(ATTEMPTS if wanted else 0):
        added = state.named(state.pool.draw(rng, rng.randint(1, AT_ONCE)))
        tried = state.extended(added)
        tried.run(seconds=PATIENCE)
        reached = [statement for statement in wanted if tried.closure.holds(statement)]
        if not reached:
            continue
        wanted = [statement for statement in wanted if statement not in reached]
        theorem = _theorem(problem, diagrams, added, rng.choice(reached))
        if theorem is not None:
            yield theorem
            found += 1
        if found == most or not wanted:
            return


def random_figure(rng: random.Random) -> tuple[Problem, tuple[Places, ...]]:
    """A random problem without goals, and its points in the diagrams."""
    start = replace(parse(f"{rng.choice(STARTS)} ? ncoll a b c"), goals=())
    seed = rng.randrange(1 << 30)
    diagrams = [draw(start, seed + k) for k in range(2)]
    state = State.of(diagrams, facts(start), (), weigh=_anything)
    for _ in range(LAYERS):
        state = state.extended(state.named(state.pool.draw(rng, rng.randint(1, AT_ONCE))))
    return replace(start, clauses=(*start.clauses, *state.clauses)), state.diagrams


def _anything(described: Described) -> Reals:
    """All kinds alike, and of each kind rather what meets more than it must; no phantoms."""
    worth = (1.0 + by_surplus(described)) * (not described.phantom)
    return np.asarray(worth / max(worth.sum(), 1.0))


def _theorem(
    problem: Problem, diagrams: Sequence[Places], every: Sequence[Added], goal: Statement
) -> Theorem | None:
    """A statement that follows with added points only, without what it does not need."""
    added = list(every)
    for name, _ in reversed(every):
        fewer = without(added, name)
        if len(fewer) < len(added) and _follows(problem, diagrams, fewer, goal):
            added = fewer
    asked = {*goal.points}.union(*({*candidate.given} for _, candidate in added))
    small = replace(problem, clauses=_ancestors(problem, asked), goals=(goal,))
    fewer_places = tuple({p: d[p] for p in small.points} for d in diagrams)
    if not added or not _follows(small, fewer_places, added, goal):
        return None
    return Theorem(small, tuple(added), fewer_places)


def _follows(
    problem: Problem, diagrams: Sequence[Places], added: Sequence[Added], goal: Statement
) -> bool:
    state = State.of(diagrams, facts(problem), (goal,))
    return state.extended(added).run(seconds=PATIENCE)


def _ancestors(problem: Problem, points: set[str]) -> tuple[Clause, ...]:
    """The clauses that these points are made by, in order."""
    wanted = set(points)
    kept: list[Clause] = []
    for clause in reversed(problem.clauses):
        if wanted & {*clause.points}:
            kept.insert(0, clause)
            wanted |= {point for made in clause.constructions for point in made.given}
    return tuple(kept)
