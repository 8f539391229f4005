"""Who proposes steps: the seam between anything that generates and the search that uses it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

import numpy as np

P = TypeVar("P")
S = TypeVar("S")


@dataclass(frozen=True)
class Request(Generic[P, S]):
    """A wish for steps that may come next."""

    problem: P
    chain: tuple[S, ...]
    """The steps so far."""
    count: int = 1
    """How many are wanted; fewer may come, and none where nothing can follow."""
    refused: tuple[tuple[S, str], ...] = ()
    """Steps that were tried here and do not hold, with the reason: what can be learned from."""


@dataclass(frozen=True)
class Proposal(Generic[S]):
    """A step that may come next."""

    step: S
    final: bool = False
    """Whether the chain is complete with it."""
    log_probability: float = 0.0
    """By the generator's own opinion, in nats; beams and trees rank by it."""
    tokens: int = 1
    """What it took to generate, for the account of work."""


class StepGenerator(Protocol[P, S]):
    """Proposes steps, for many chains at once, so that a network runs once for all of them.

        [proposals] = generator.propose([Request(problem, chain, count=4)], random)

    Answers come in the order of the requests. All chance comes from `random`.
    """

    def propose(
        self, requests: Sequence[Request[P, S]], random: np.random.Generator
    ) -> Sequence[Sequence[Proposal[S]]]:
        """Up to `count` next steps for each request."""
        ...
