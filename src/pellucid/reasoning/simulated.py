"""Generators and verifiers with known faults, to measure what verification is worth.

They wrap what is right: a generator errs with a known probability, and a verifier lets wrong steps
pass, or refuses right ones, at known rates.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

import numpy as np

from pellucid.config import check
from pellucid.reasoning.generation import Proposal, Request
from pellucid.reasoning.verification import Judgement, Verdict, Verifier

P = TypeVar("P")
S = TypeVar("S")


@dataclass(frozen=True)
class FaultyGenerator(Generic[P, S]):
    """Knows what is right, and says something else with probability `error`, independently.

    `right(problem, chain)` is the next proposal that is right, or None where there is none;
    `wrong(proposal, random)` spoils one.
    """

    right: Callable[[P, tuple[S, ...]], Proposal[S] | None]
    wrong: Callable[[Proposal[S], np.random.Generator], Proposal[S]]
    error: float

    def __post_init__(self) -> None:
        check(0 <= self.error <= 1, f"error is {self.error}: give a probability, from 0 to 1")

    def propose(
        self, requests: Sequence[Request[P, S]], random: np.random.Generator
    ) -> list[list[Proposal[S]]]:
        """Independent samples for each request."""
        return [self._samples(request, random) for request in requests]

    def _samples(self, request: Request[P, S], random: np.random.Generator) -> list[Proposal[S]]:
        right = self.right(request.problem, request.chain)
        if right is None:
            return []
        faults = random.random(request.count) < self.error
        return [self.wrong(right, random) if fault else right for fault in faults]


@dataclass(frozen=True)
class FaultyVerifier(Generic[P, S]):
    """A verifier that errs at known rates, independently at each call.

    What it accepts is verified in name only: its reasons say how often it is wrong.
    """

    exact: Verifier[P, S]
    random: np.random.Generator = field(repr=False)
    false_accept: float = 0.0
    """The probability that what does not hold is said to hold."""
    false_reject: float = 0.0
    """The probability that what holds is said not to."""

    def __post_init__(self) -> None:
        for name in ("false_accept", "false_reject"):
            rate = getattr(self, name)
            check(0 <= rate <= 1, f"{name} is {rate}: give a probability, from 0 to 1")

    @property
    def name(self) -> str:
        """What it is called in reasons."""
        return (
            f"a simulated verifier that accepts {self.false_accept:.3g} of what is wrong and "
            f"refuses {self.false_reject:.3g} of what is right"
        )

    @property
    def steps_suffice(self) -> bool:
        """As of the exact verifier."""
        return self.exact.steps_suffice

    def step(self, problem: P, chain: Sequence[S]) -> Verdict:
        """The exact verdict, or its contrary."""
        return self._err(self.exact.step(problem, chain))

    def answer(self, problem: P, chain: Sequence[S]) -> Verdict:
        """The exact verdict, or its contrary."""
        return self._err(self.exact.answer(problem, chain))

    def _err(self, verdict: Verdict) -> Verdict:
        if verdict.judgement is Judgement.FAILS and self.random.random() < self.false_accept:
            return Verdict.holds("nothing wrong was noticed")
        if verdict.judgement is Judgement.HOLDS and self.random.random() < self.false_reject:
            return Verdict.fails("it was doubted for no reason")
        return verdict
