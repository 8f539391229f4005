"""Random figures: a start, and points that constructions make of those that stand already."""

from __future__ import annotations

import random
from dataclasses import dataclass, replace

import numpy as np

from pellucid.reasoning.geometry.auxiliary.picture import Reals
from pellucid.reasoning.geometry.auxiliary.pool import Described, by_surplus
from pellucid.reasoning.geometry.auxiliary.state import Added, Places, State
from pellucid.reasoning.geometry.definitions import facts
from pellucid.reasoning.geometry.diagram import draw
from pellucid.reasoning.geometry.jgex import parse
from pellucid.reasoning.geometry.problem import Clause, Problem

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
AT_ONCE = 4
"""How many points are added at a time, at most."""


@dataclass(frozen=True)
class RandomFigure:
    """A problem without goals, in two diagrams."""

    problem: Problem
    added: tuple[Added, ...]
    """Its points that came after the start, and how they are made."""
    diagrams: tuple[Places, ...]

    def extended(self, state: State) -> RandomFigure:
        """With the points that were added to a state of it, too."""
        problem = replace(self.problem, clauses=(*self.problem.clauses, *state.clauses))
        return RandomFigure(problem, (*self.added, *state.added), state.diagrams)

    def ancestors(self, points: tuple[str, ...]) -> frozenset[str]:
        """These points and all that they are made of."""
        wanted = set(points)
        for clause in reversed(self.problem.clauses):
            if wanted & {*clause.points}:
                wanted |= {*clause.points}
                wanted |= {point for made in clause.constructions for point in made.given}
        return frozenset(wanted)

    def part(self, points: frozenset[str]) -> tuple[Problem, tuple[Places, ...]]:
        """The problem and the diagrams of some points and of all that they are made of."""
        clauses: tuple[Clause, ...] = tuple(
            clause for clause in self.problem.clauses if points & {*clause.points}
        )
        small = replace(self.problem, clauses=clauses)
        return small, tuple({p: d[p] for p in small.points} for d in self.diagrams)


def random_figure(rng: random.Random) -> RandomFigure:
    """A start and up to `LAYERS` times `AT_ONCE` points, in two diagrams.

    Raises
    ------
    DataError
        No diagram was found.
    """
    start = replace(parse(f"{rng.choice(STARTS)} ? ncoll a b c"), goals=())
    seed = rng.randrange(1 << 30)
    diagrams = [draw(start, seed + k) for k in range(2)]
    state = State.of(diagrams, facts(start), (), weigh=_coincidences)
    for _ in range(LAYERS):
        state = state.extended(state.named(state.pool.draw(rng, rng.randint(1, AT_ONCE))))
    problem = replace(start, clauses=(*start.clauses, *state.clauses))
    return RandomFigure(problem, state.added, state.diagrams)


def _coincidences(described: Described) -> Reals:
    """All kinds alike, and of each kind what meets more than it must; no phantoms.

    What a point meets beyond its construction is true and not given: it has to be proved.
    """
    worth = by_surplus(described) ** 1.5 * (not described.phantom)
    return np.asarray(worth / max(worth.sum(), 1e-9))
