"""How to look for a chain that holds: try again, take back, start anew; beams; trees.

A strategy is written as if it had one problem of its own: it yields what it wants to be proposed,
and is sent the proposals. `solve_many` runs any number of them side by side.
"""

from __future__ import annotations

import heapq
from collections.abc import Generator, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from pellucid.config import check
from pellucid.reasoning.generation import Proposal, Request
from pellucid.reasoning.trial import Chain, Trial

Conversation = Generator[list[Request[Any, Any]], Sequence[Sequence[Proposal[Any]]], Chain | None]
"""Yields requests, is sent their proposals, and returns the chain that is the answer, if any."""


class Strategy(Protocol):
    """Looks for a chain that holds.

        chain = yield from strategy.search(trial)

    Settings only; what a search learns stands in the trial, which also ends it.
    """

    def search(self, trial: Trial) -> Conversation:
        """The best complete chain that was not refused, or None."""
        ...


@dataclass(frozen=True)
class Retry:
    """One chain, step by step; a step that does not hold is generated anew.

    Without a verifier nothing is refused, and this is plain sampling.
    """

    retries: int = 0
    """How often a step is tried again; with a sound verifier of steps and errors of probability e,
    n steps succeed with probability (1 - e^(retries + 1))^n."""
    backtracks: int = 0
    """How often steps are taken back when these are spent: one, then two, and so on."""
    restarts: int = 0
    """How often a whole chain is begun anew."""

    def __post_init__(self) -> None:
        for name in ("retries", "backtracks", "restarts"):
            check(getattr(self, name) >= 0, f"{name} is {getattr(self, name)}: give 0 or more")

    def search(self, trial: Trial) -> Conversation:
        """A chain that holds, else one that is merely not refused, else None."""
        doubtful = None
        for _ in range(self.restarts + 1):
            chain = yield from self._chain(trial)
            if chain is not None and (chain.holds or trial.verifier is None):
                return chain
            doubtful = doubtful or chain
        return doubtful

    def _chain(self, trial: Trial) -> Conversation:
        chain = Chain()
        taken_back = 0
        while not chain.complete:
            longer = yield from self._step(trial, chain)
            if longer is None:
                if taken_back == self.backtracks or not chain.steps:
                    return None
                taken_back += 1
                chain = chain.back(taken_back)
            else:
                chain = longer
        return chain

    def _step(self, trial: Trial, chain: Chain) -> Conversation:
        refused: tuple[tuple[Any, str], ...] = ()
        for _ in range(self.retries + 1):
            request = Request(trial.problem, chain.steps, 1, refused)
            [proposals] = yield [request]
            if not proposals:
                trial.dead_end(chain)
                return None
            longer = trial.extend(chain, proposals[0])
            if longer is not None:
                return longer
            refused = (*refused, (proposals[0].step, trial.reason))
        return None


@dataclass(frozen=True)
class Beam:
    """The `width` likeliest chains side by side, less those that do not hold."""

    width: int = 4
    branching: int = 4
    """Proposals for each chain in a round."""

    def __post_init__(self) -> None:
        check(self.width >= 1, f"a beam of width {self.width} holds nothing: give 1 or more")
        check(self.branching >= 1, f"branching is {self.branching}: give 1 or more")

    def search(self, trial: Trial) -> Conversation:
        """The first chain that holds, else the likeliest that is not refused, else None."""
        beam, doubtful = [Chain()], None
        while beam:
            proposals = yield [Request(trial.problem, c.steps, self.branching) for c in beam]
            longer = [
                extended
                for chain, proposed in zip(beam, proposals, strict=True)
                for extended in _extensions(trial, chain, proposed)
            ]
            longer.sort(key=lambda c: -c.log_probability)
            for chain in longer:
                if chain.complete and chain.holds:
                    return chain
            done = [c for c in longer if c.complete]
            if done and (doubtful is None or doubtful.log_probability < done[0].log_probability):
                doubtful = done[0]
            beam = [c for c in longer if not c.complete][: self.width]
            if doubtful is not None and trial.verifier is None:
                # Chains only grow less likely: nothing that is behind can overtake.
                beam = [c for c in beam if c.log_probability > doubtful.log_probability]
        return doubtful


@dataclass(frozen=True)
class Tree:
    """Best first: the likeliest open chain is extended next; nothing is forgotten.

    Chains are ranked by the mean log-probability of their steps, so that long ones have a chance;
    of equals the longer goes first, which makes it a depth-first search with backtracking where the
    generator has no opinion.
    """

    branching: int = 4
    expansions: int = 1000
    """How many chains may be extended."""

    def __post_init__(self) -> None:
        check(self.branching >= 1, f"branching is {self.branching}: give 1 or more")
        check(self.expansions >= 1, f"expansions is {self.expansions}: give 1 or more")

    def search(self, trial: Trial) -> Conversation:
        """The first chain that holds, else the likeliest that is not refused, else None."""
        frontier, doubtful, count = [_Open(0.0, 0, 0, Chain())], None, 0
        for _ in range(self.expansions):
            if not frontier:
                break
            chain = heapq.heappop(frontier).chain
            if chain.complete:
                if chain.holds or trial.verifier is None:
                    return chain
                doubtful = doubtful or chain
                continue
            [proposals] = yield [Request(trial.problem, chain.steps, self.branching)]
            for longer in _extensions(trial, chain, proposals):
                count += 1
                mean = longer.log_probability / len(longer.steps)
                heapq.heappush(frontier, _Open(-mean, -len(longer.steps), count, longer))
        else:
            trial.reason = f"{self.expansions} chains were extended, and none held ({trial.reason})"
        return doubtful


@dataclass(order=True)
class _Open:
    """A chain that waits, in the order in which chains are extended."""

    cost: float
    depth: int
    count: int
    chain: Chain = field(compare=False)


def _extensions(trial: Trial, chain: Chain, proposals: Sequence[Proposal[Any]]) -> list[Chain]:
    """The chain with each proposal that is not refused; of equal ones the likeliest."""
    if not proposals:
        trial.dead_end(chain)
    distinct: dict[Any, Proposal[Any]] = {}
    for proposal in proposals:
        key = (proposal.step, proposal.final)
        if key not in distinct or distinct[key].log_probability < proposal.log_probability:
            distinct[key] = proposal
    found = (trial.extend(chain, proposal) for proposal in distinct.values())
    return [longer for longer in found if longer is not None]
