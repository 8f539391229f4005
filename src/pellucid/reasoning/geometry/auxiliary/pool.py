"""Candidates of one state of a search: those that meet more of the figure than they must, weighed.

What a candidate meets beyond its construction is true but not given: if it helps, it is by that.
Points that stand where a point is already are candidates too, where their construction says of that
point what is not known of it: to prove that both are one is the method of the phantom point.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pellucid.reasoning.geometry.auxiliary.candidates import Batch, Candidate, batches
from pellucid.reasoning.geometry.auxiliary.incidence import FEATURES, incidences, standing
from pellucid.reasoning.geometry.auxiliary.known import known_objects
from pellucid.reasoning.geometry.auxiliary.picture import Circle, Picture, Places, Reals
from pellucid.reasoning.geometry.definitions import definitions
from pellucid.reasoning.geometry.problem import Clause, Statement
from pellucid.reasoning.geometry.synthetic.knowledge import Knowledge
from pellucid.reasoning.geometry.synthetic.tables import mix

Integers = NDArray[np.int64]

WEIGHTS: Mapping[str, float] = {
    "lines": 3.0,
    "circles": 3.0,
    "equal distances": 1.0,
    "parallels": 0.5,
    "perpendiculars": 0.3,
}
"""What a surplus of each kind of incidence counts."""
LEAST = 1.0
"""Candidates that count less are left out."""
PHANTOM = 3.0
"""What a phantom point counts."""
BALANCE = 0.7
"""How far kinds are balanced: 0, each candidate by its own worth; 1, all kinds alike."""


@dataclass(frozen=True)
class Described:
    """What is known of M candidates of one kind, to say what they are worth."""

    kind: str
    surplus: Integers
    """(M, features): of each kind of incidence, more than every candidate of this kind has."""
    asked: Integers
    """(M,): how many of the points it is made of the goals speak of."""
    phantom: bool
    """Whether they stand where a point is."""


Weigh = Callable[[Described], Reals]
"""How often each is to be drawn, (M,), relative to others; zero for never."""


def by_surplus(described: Described) -> Reals:
    """The square of a weighted sum of what a candidate meets beyond its construction.

    It is divided by a power of their sum over the kind: some kinds have a hundred times as many
    candidates as others, and would be drawn alone.
    """
    if described.phantom:
        worth = np.full(len(described.surplus), PHANTOM)
    else:
        worth = described.surplus @ np.array([WEIGHTS.get(name, 0.0) for name in FEATURES])
    squares = np.where(worth < LEAST, 0.0, worth**2)
    return np.asarray(squares / max(squares.sum(), 1.0) ** BALANCE)


@dataclass(frozen=True)
class Chosen:
    """Members of one batch that may be drawn, with what each weighs."""

    batch: Batch
    members: Integers
    weights: Reals
    described: Described


class Pool:
    """Candidates in groups that stand in one place; a group weighs as much as its heaviest."""

    def __init__(self, names: tuple[str, ...], size: Reals, chosen: Sequence[Chosen]) -> None:
        self.names, self.chosen = names, tuple(chosen)
        sizes = [len(c.members) for c in chosen]
        self.batch = np.repeat(np.arange(len(chosen)), sizes)
        self.row = np.concatenate([np.arange(n) for n in sizes] or [np.zeros(0, dtype=np.int64)])
        self.weight = np.concatenate([c.weights for c in chosen] or [np.zeros(0)])
        cells = [_cells(c.batch.places[:, c.members] / size) for c in chosen]
        cell = np.concatenate(cells or [np.zeros(0, dtype=np.uint64)])
        self.group = np.unique(cell, return_inverse=True)[1]
        self.heaviest = np.zeros(self.group.max(initial=-1) + 1)
        np.maximum.at(self.heaviest, self.group, self.weight)

    def __len__(self) -> int:
        return len(self.heaviest)

    def draw(self, rng: random.Random, count: int) -> list[Candidate]:
        """Candidates in different places, heavier ones more often."""
        groups: dict[int, None] = {}
        for _ in range(4 * count):
            if len(groups) < min(count, len(self)):
                groups[_drawn(self.heaviest, rng)] = None
        members = (np.flatnonzero(self.group == group) for group in groups)
        return [self.candidate(int(m[_drawn(self.weight[m], rng)])) for m in members]

    def candidate(self, index: int) -> Candidate:
        """One of all candidates."""
        chosen = self.chosen[self.batch[index]]
        member = chosen.members[self.row[index]]
        given = tuple(self.names[i] for i in chosen.batch.given[member])
        return Candidate(chosen.batch.kind, given, tuple(chosen.batch.places[:, member].tolist()))


def _drawn(weights: Reals, rng: random.Random) -> int:
    total = np.cumsum(weights)
    return int(np.searchsorted(total, rng.random() * total[-1], side="right"))


def _cells(places: Places) -> NDArray[np.uint64]:
    """The same number for candidates (D, M) in one place."""
    rounded = np.round(np.concatenate([places.real, places.imag]) * 1e5).astype(np.int64)
    return mix(*rounded) if rounded.shape[1] else np.zeros(0, dtype=np.uint64)


def given(clause: Clause) -> list[Statement]:
    """What a clause says of its point."""
    return [
        fact
        for construction in clause.constructions
        for fact in definitions()[construction.name].facts(construction)
    ]


def pool(
    picture: Picture,
    knowledge: Knowledge,
    facts: Sequence[Statement],
    goals: Sequence[Statement],
    weigh: Weigh,
) -> Pool:
    """The candidates for a figure, of which `knowledge` holds what follows from `facts`."""
    lines, circles = picture.lines(), picture.circles()
    known = known_objects(picture, knowledge, facts, lines, circles)
    asked = np.array([any(name in goal.points for goal in goals) for name in picture.names])
    chosen = [
        part
        for batch in batches(picture, known)
        for part in _chosen(picture, knowledge, batch, lines, circles, asked, weigh)
    ]
    return Pool(picture.names, picture.size, chosen)


def _chosen(
    picture: Picture,
    knowledge: Knowledge,
    batch: Batch,
    lines: Sequence[tuple[int, ...]],
    circles: Sequence[Circle],
    asked: NDArray[np.bool_],
    weigh: Weigh,
) -> Iterator[Chosen]:
    """Of one batch the new points, and the phantoms, that weigh anything."""
    stand, there = standing(picture, batch.places)
    new = np.flatnonzero(stand)
    surplus = np.zeros((len(new), len(FEATURES)), dtype=np.int64)
    if len(new):
        surplus = incidences(picture, batch.places[:, new], lines, circles, asked)
        surplus -= surplus.min(0)
    old = np.flatnonzero((there >= 0) & ~(batch.given == there[:, None]).any(1))
    phantoms = [i for i in old if _says_more(knowledge, batch, int(i), picture.names, there[i])]
    nothing = np.zeros((len(phantoms), len(FEATURES)), dtype=np.int64)
    for members, met, phantom in (
        (new, surplus, False),
        (np.array(phantoms, dtype=np.int64), nothing, True),
    ):
        described = Described(batch.kind, met, asked[batch.given[members]].sum(1), phantom)
        weights = weigh(described) if len(members) else np.zeros(0)
        kept = np.flatnonzero(weights > 0)
        if len(kept):
            described = Described(batch.kind, met[kept], described.asked[kept], phantom)
            yield Chosen(batch, members[kept], weights[kept], described)


def _says_more(
    knowledge: Knowledge, batch: Batch, row: int, names: tuple[str, ...], point: np.integer
) -> bool:
    """Whether a construction says of a point what is not known of it."""
    made_of = tuple(names[k] for k in batch.given[row])
    clause = Candidate(batch.kind, made_of, ()).clause(names[point])
    return not all(knowledge.holds(fact) for fact in given(clause))
