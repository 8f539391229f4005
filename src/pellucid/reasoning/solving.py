"""Generate, verify, correct: one loop over any generator and any verifier.

    solution = solve("3 + 4 * 2 =", generator, verifier, retries=2)
    solution.status, solution.answer, solution.reason, solution.work

A solution is verified only if a verifier found it to hold. Without one it is marked unverified, and
where nothing was found that holds there is no answer at all, but the reason.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import Enum
from typing import Any, Generic, TypeVar

import numpy as np

from pellucid.config import check
from pellucid.errors import ConfigError
from pellucid.reasoning.generation import Request, StepGenerator
from pellucid.reasoning.strategies import Beam, Conversation, Retry, Strategy
from pellucid.reasoning.trial import Chain, Trial, Work
from pellucid.reasoning.verification import Verifier

P = TypeVar("P")
S = TypeVar("S")

LENGTH = 10_000
"""Steps after which a chain is given up."""


class Status(Enum):
    """What is known of a solution."""

    VERIFIED = "verified"
    UNVERIFIED = "unverified"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Solution(Generic[S]):
    """A chain, and whether to trust it."""

    status: Status
    chain: tuple[S, ...]
    """Its steps; empty where the status is unknown."""
    reason: str
    work: Work

    @property
    def answer(self) -> S | None:
        """The last step, or None where the status is unknown."""
        return self.chain[-1] if self.chain else None

    @property
    def verified(self) -> bool:
        """Whether a verifier found it to hold."""
        return self.status is Status.VERIFIED


def solve(
    problem: P,
    generator: StepGenerator[P, S],
    verifier: Verifier[P, S] | None = None,
    *,
    retries: int | None = None,
    beam: int | None = None,
    strategy: Strategy | None = None,
    seconds: float | None = None,
    length: int = LENGTH,
    random: np.random.Generator | None = None,
) -> Solution[S]:
    """Solve one problem.

    `retries` and `beam` are short for the strategies `Retry(retries)` and `Beam(beam)`; without any
    it is one chain, whose first refused step ends it. Steps must be hashable.

    `seconds` on the clock end the search between two proposals; a proposal that runs is waited for.
    Chains end after `length` steps. All chance comes from `random`, seed 0 where it is not given.

    Raises
    ------
    VerificationError
        If the verifier fails.
    """
    [solution] = solve_many(
        [problem],
        generator,
        verifier,
        retries=retries,
        beam=beam,
        strategy=strategy,
        seconds=seconds,
        length=length,
        random=random,
    )
    return solution


def solve_many(
    problems: Sequence[P],
    generator: StepGenerator[P, S],
    verifier: Verifier[P, S] | None = None,
    *,
    retries: int | None = None,
    beam: int | None = None,
    strategy: Strategy | None = None,
    seconds: float | None = None,
    length: int = LENGTH,
    random: np.random.Generator | None = None,
) -> list[Solution[S]]:
    """The same for many problems side by side: the generator is asked once a round, for all.

    `seconds` are those of all problems together.
    """
    check(length >= 1, f"length is {length}: give 1 or more")
    check(seconds is None or seconds > 0, f"seconds is {seconds}: give more than 0, or None")
    chosen = _choose(retries, beam, strategy)
    random = random if random is not None else np.random.default_rng(0)
    talks = [_Talk(Trial(p, verifier, length=length, seconds=seconds), chosen) for p in problems]
    waiting = [talk for talk in talks if talk.solution is None]
    while waiting:
        wishes = [wish for talk in waiting for wish in talk.wishes]
        answers = list(generator.propose(wishes, random))
        if len(answers) != len(wishes):
            raise ConfigError(
                f"the generator answered {len(answers)} of {len(wishes)} requests: it must give "
                "one sequence of proposals for each, empty where nothing can follow"
            )
        heard = 0
        for talk in waiting:
            count = len(talk.wishes)
            talk.hear(answers[heard : heard + count])
            heard += count
        waiting = [talk for talk in waiting if talk.solution is None]
    return [_of(talk) for talk in talks]


class _Talk:
    """A strategy at work on one problem."""

    def __init__(self, trial: Trial, strategy: Strategy) -> None:
        self.trial = trial
        self.wishes: list[Request[Any, Any]] = []
        self.solution: Solution[Any] | None = None
        self._conversation: Conversation = strategy.search(trial)
        self._resume(None)

    def hear(self, proposals: Sequence[Any]) -> None:
        """Go on with the proposals that were wished for, one sequence for each wish."""
        self.trial.asked([proposal for some in proposals for proposal in some])
        if self.trial.late:
            self._conversation.close()
            found = f"the time of {self.trial.seconds:g} s is over ({self.trial.reason})"
            self._end(None, found)
        else:
            self._resume(proposals)

    def _resume(self, proposals: Sequence[Any] | None) -> None:
        try:
            send = self._conversation.send
            self.wishes = next(self._conversation) if proposals is None else send(proposals)
        except StopIteration as end:
            self._end(end.value, self.trial.reason)

    def _end(self, chain: Chain | None, reason: str) -> None:
        work = replace(self.trial.work, seconds=self.trial.elapsed)
        if chain is None:
            self.solution = Solution(Status.UNKNOWN, (), reason, work)
            return
        assert chain.verdict is not None, "only complete chains are answers"
        status = Status.VERIFIED if chain.holds else Status.UNVERIFIED
        by = "" if self.trial.verifier is None else f"{self.trial.verifier.name}: "
        self.solution = Solution(status, chain.steps, by + chain.verdict.reason, work)


def _of(talk: _Talk) -> Solution[Any]:
    assert talk.solution is not None, "every talk has ended"
    return talk.solution


def _choose(retries: int | None, beam: int | None, strategy: Strategy | None) -> Strategy:
    given = [one for one in (retries, beam, strategy) if one is not None]
    check(len(given) <= 1, "give one of retries, beam and strategy")
    if strategy is not None:
        return strategy
    return Beam(beam, beam) if beam is not None else Retry(retries or 0)
