"""A search for points to add: a beam of states, each of which knows more of the figure.

One attempt adds some candidates to one state and deduces all that follows. If that proves the
goals, the search is over. If it proves anything new about the points of the problem, those of its
points that this needs are kept, and the new state joins the beam; so lemmas are found one by one,
as long as each is in reach of a few points. Otherwise nothing is kept. Adding several points at a
time costs little more than adding one, and hits upon those that help together. That random points
in incidence go far is due to Duan et al. 2025 (HAGeo, arXiv 2512.00097).

States are symbolic, and what an action does is known only by deducing. So this is a planner of its
own, beside those of `pellucid.planning`, which roll out worlds of vectors.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from pellucid.reasoning.geometry.auxiliary.state import UNLUCKY, Added, State, without

LEAST_LIMIT = 1.0
"""Seconds that every attempt may take, however fast the first closure was."""


@dataclass(frozen=True)
class SearchSettings:
    """How to search."""

    width: int = 6
    """States of the beam, besides the first."""
    at_once: int = 6
    """Up to how many points one attempt adds."""
    most: int = 12
    """Points beyond which a state is not kept."""
    patience: float = 20.0
    """How much longer than the first closure one attempt may take."""


@dataclass(frozen=True)
class Found:
    """How a search ended."""

    state: State | None
    """In which the goals are proved; None where time was over."""
    attempts: int


@dataclass
class _Node:
    """A state of the beam, what is not known of the problem's points in it, and its visits."""

    state: State
    freedom: int
    visits: int = 0


def search(
    first: State,
    *,
    seconds: float,
    rng: random.Random,
    settings: SearchSettings | None = None,
    progress: Callable[[str], None] | None = None,
    clock: Callable[[], float] = time.monotonic,
) -> Found:
    """Look for points with which the goals of a state are proved.

    Parameters
    ----------
    first
        A state without added points, of which all that follows is deduced; not so the goals.
    seconds
        After which no new attempt is begun.
    rng
        By which candidates are drawn.
    settings
        How to search.
    progress
        Called with one line whenever a state joins the beam.
    clock
        What tells the seconds.
    """
    return _Search(first, rng, settings or SearchSettings(), progress, clock).run(seconds)


class _Search:
    """The beam of one search."""

    def __init__(
        self,
        first: State,
        rng: random.Random,
        settings: SearchSettings,
        progress: Callable[[str], None] | None,
        clock: Callable[[], float],
    ) -> None:
        self.rng, self.settings, self.progress, self.clock = rng, settings, progress, clock
        self.points = tuple(first.diagrams[0])
        self.first = _Node(first, first.freedom(self.points))
        self.beam: list[_Node] = []
        self.attempts = 0
        self.limit = LEAST_LIMIT
        """Seconds that one attempt may take."""

    def run(self, seconds: float) -> Found:
        begun = self.clock()
        end = begun + seconds
        first = self.first.state
        State.of(first.diagrams, first.facts, first.goals).run(seconds=seconds)
        closing = self.clock() - begun
        self.limit = max(LEAST_LIMIT, self.settings.patience * closing)
        while self.clock() < end:
            node = self._choose()
            node.visits += 1
            count = self.rng.randint(1, self.settings.at_once)
            added = node.state.named(node.state.pool.draw(self.rng, count))
            if not added and not self.beam:
                break
            self.attempts += 1
            tried, proved = self._tried(node, added, end)
            if tried is None:
                continue
            if proved:
                return Found(tried, self.attempts)
            freedom = tried.freedom(self.points)
            if freedom < node.freedom:
                self._keep(node, added, _Node(tried, freedom), end)
        return Found(None, self.attempts)

    def _choose(self) -> _Node:
        """Any state, rather one that knows much and was seldom chosen."""
        nodes = [self.first, *self.beam]
        worth = [(1 + self.first.freedom - n.freedom) / (1 + n.visits) ** 0.5 for n in nodes]
        return self.rng.choices(nodes, worth)[0]

    def _tried(self, node: _Node, added: Sequence[Added], end: float) -> tuple[State | None, bool]:
        """A state with more points and all that follows, and whether the goals do.

        None where a point makes a figure in which rounding decides what is true: then something
        that is given or derived is found to be false.
        """
        seconds = min(self.limit, max(end - self.clock(), 0.1))
        try:
            state = node.state.extended(added)
            return state, state.run(seconds=seconds)
        except UNLUCKY:
            return None, False

    def _keep(self, node: _Node, added: Sequence[Added], best: _Node, end: float) -> None:
        """Let a state join the beam, without the points that bring nothing."""
        kept = list(added)
        for name, _ in reversed(added):
            fewer = without(kept, name)
            if not 0 < len(fewer) < len(kept):
                continue
            other, _ = self._tried(node, fewer, end)
            if other is None:
                continue
            freedom = other.freedom(self.points)
            if freedom <= best.freedom:
                best, kept = _Node(other, freedom), fewer
        if len(best.state.added) > self.settings.most:
            return
        self.beam.append(best)
        self.beam.sort(key=lambda n: (n.freedom, len(n.state.added)))
        del self.beam[self.settings.width :]
        if self.progress is not None:
            gained = self.first.freedom - best.freedom
            made = "; ".join(map(str, best.state.clauses))
            self.progress(f"attempt {self.attempts}: {gained} new relations by {made}")
