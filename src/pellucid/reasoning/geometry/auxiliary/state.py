"""A state of the search: a problem with points added to it, and all that follows."""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from pellucid.errors import DataError
from pellucid.reasoning.geometry.auxiliary.candidates import Candidate
from pellucid.reasoning.geometry.auxiliary.picture import Picture
from pellucid.reasoning.geometry.auxiliary.pool import Pool, Weigh, by_surplus, given, pool
from pellucid.reasoning.geometry.problem import Clause, Statement
from pellucid.reasoning.geometry.synthetic.closure import Closure
from pellucid.reasoning.geometry.synthetic.equations import is_constant, pair

Places = Mapping[str, tuple[float, float]]
Added = tuple[str, Candidate]
"""A point that was added: its name, and what it is."""
UNLUCKY = (DataError, ValueError, AssertionError)
"""What is raised where rounding decides what is true in a figure: what is given or derived is found
to be false. Then another is made."""


@dataclass(eq=False)
class State:
    """A figure in several diagrams, what follows of it, and the points that were added to it."""

    closure: Closure
    diagrams: tuple[Places, ...]
    facts: tuple[Statement, ...]
    """What is given, of the added points as well."""
    goals: tuple[Statement, ...]
    added: tuple[Added, ...] = ()
    weigh: Weigh = by_surplus
    """What candidates are worth."""

    @classmethod
    def of(
        cls,
        diagrams: Sequence[Places],
        facts: Sequence[Statement],
        goals: Sequence[Statement],
        *,
        weigh: Weigh = by_surplus,
    ) -> State:
        """The figure before any point is added; nothing is deduced yet."""
        closure = Closure(diagrams[0], facts)
        return cls(closure, tuple(diagrams), tuple(facts), tuple(goals), weigh=weigh)

    @property
    def clauses(self) -> tuple[Clause, ...]:
        """What makes the added points."""
        return tuple(candidate.clause(name) for name, candidate in self.added)

    @cached_property
    def pool(self) -> Pool:
        """Points that might be added next."""
        picture = Picture.of(self.diagrams)
        return pool(picture, self.closure.knowledge, self.facts, self.goals, self.weigh)

    def named(self, candidates: Sequence[Candidate]) -> list[Added]:
        """Candidates with names that no point has."""
        taken = set(self.diagrams[0])
        named: list[Added] = []
        for candidate in candidates:
            named.append((fresh(taken), candidate))
            taken.add(named[-1][0])
        return named

    def extended(self, added: Sequence[Added]) -> State:
        """A state with more points, of which nothing is deduced yet; this one stays as it is."""
        closure = copy.deepcopy(self.closure)
        diagrams = [dict(diagram) for diagram in self.diagrams]
        facts = list(self.facts)
        for name, candidate in added:
            places = [(place.real, place.imag) for place in candidate.places]
            for diagram, place in zip(diagrams, places, strict=True):
                diagram[name] = place
            said = given(candidate.clause(name))
            closure.add(name, places[0], said)
            facts += said
        every = (*self.added, *added)
        return State(closure, tuple(diagrams), tuple(facts), self.goals, every, self.weigh)

    def run(self, *, seconds: float) -> bool:
        """Deduce until the goals are reached; whether they were."""
        return self.closure.run(self.goals, seconds=seconds) == "proved"

    def freedom(self, points: Sequence[str]) -> int:
        """How many directions and lengths among points are independent: fewer, more is known."""
        total = 0
        for name in ("direction", "ratio"):
            normal = self.closure.knowledge.systems[name].normal
            forms = [normal(pair(a, b)) for i, a in enumerate(points) for b in points[:i]]
            unknowns = {v: None for form in forms for v in form if not is_constant(v)}
            column = {v: k for k, v in enumerate(unknowns)}
            matrix = np.zeros((len(forms), len(column) + 1))
            for row, form in enumerate(forms):
                for v, factor in form.items():
                    if v in column:
                        matrix[row, column[v]] = float(factor)
            total += int(np.linalg.matrix_rank(matrix))
        return total


def without(added: Sequence[Added], name: str) -> list[Added]:
    """Added points without one, and without those that are made of it."""
    lost = {name}
    kept: list[Added] = []
    for other, candidate in added:
        if other in lost or lost & {*candidate.given}:
            lost.add(other)
        else:
            kept.append((other, candidate))
    return kept


def renumbered(added: Sequence[Added], taken: Sequence[str]) -> list[Added]:
    """The same points under the first names that are free."""
    names: dict[str, str] = {}
    for name, _ in added:
        names[name] = fresh({*taken, *names.values()})
    return [
        (names[name], replace(candidate, given=tuple(names.get(p, p) for p in candidate.given)))
        for name, candidate in added
    ]


def fresh(taken: set[str]) -> str:
    """A name that no point has: x1, x2 and so on."""
    number = 1
    while f"x{number}" in taken:
        number += 1
    return f"x{number}"
