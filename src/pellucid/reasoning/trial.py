"""One problem that is being solved: chains that were judged, and what all of it took."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from typing import Any

from pellucid.errors import ConfigError
from pellucid.reasoning.generation import Proposal
from pellucid.reasoning.verification import Judgement, Verdict, Verifier, judged


@dataclass(frozen=True)
class Chain:
    """Steps none of which was refused."""

    steps: tuple[Any, ...] = ()
    log_probability: float = 0.0
    certain: tuple[bool, ...] = ()
    """Of each step, whether it was found to hold; the others are unknown."""
    complete: bool = False
    verdict: Verdict | None = None
    """Of the whole, once it is complete."""

    @property
    def holds(self) -> bool:
        """Whether it is complete and was found to hold."""
        return self.verdict is not None and self.verdict.judgement is Judgement.HOLDS

    def back(self, count: int) -> Chain:
        """Without the last `count` steps; likelihoods are forgotten, as one chain has no rival."""
        kept = max(len(self.steps) - count, 0)
        return Chain(self.steps[:kept], 0.0, self.certain[:kept])


@dataclass(frozen=True)
class Work:
    """What a solution took."""

    proposals: int = 0
    """Steps generated, those that were refused among them."""
    tokens: int = 0
    """Tokens of these steps."""
    verifications: int = 0
    """Calls of the verifier, for steps and for answers."""
    rounds: int = 0
    """How often the generator was asked."""
    seconds: float = 0.0
    """On the clock; of many solved side by side, until this one was done."""


class Trial:
    """What a strategy sees of its problem; it asks nobody else."""

    def __init__(
        self,
        problem: Any,
        verifier: Verifier[Any, Any] | None,
        *,
        length: int,
        seconds: float | None = None,
    ) -> None:
        self.problem, self.verifier = problem, verifier
        self.length, self.seconds = length, seconds
        self.reason = "nothing was proposed"
        self.work = Work()
        self._began = time.monotonic()

    @property
    def elapsed(self) -> float:
        """Seconds since it began."""
        return time.monotonic() - self._began

    @property
    def late(self) -> bool:
        """Whether its time is over."""
        return self.seconds is not None and self.elapsed > self.seconds

    def extend(self, chain: Chain, proposal: Proposal[Any]) -> Chain | None:
        """The chain with one more step, or None where that does not hold; `reason` says why."""
        steps = (*chain.steps, proposal.step)
        if len(steps) > self.length or (len(steps) == self.length and not proposal.final):
            self.reason = f"after {self.length} steps there was no answer"
            return None
        verdict = self._judge(steps)
        if verdict.judgement is Judgement.FAILS:
            self.reason = f"step {len(steps)} does not hold: {verdict.reason}"
            return None
        longer = Chain(
            steps,
            chain.log_probability + proposal.log_probability,
            (*chain.certain, verdict.judgement is Judgement.HOLDS),
        )
        return self._completed(longer) if proposal.final else longer

    def dead_end(self, chain: Chain) -> None:
        """Note that nothing can follow a chain."""
        self.reason = f"the generator proposed nothing after {len(chain.steps)} steps"

    def asked(self, proposals: list[Proposal[Any]]) -> None:
        """Count what was generated for this problem.

        Raises
        ------
        ConfigError
            If a log-probability is not a number: nothing could be ranked by it.
        """
        for proposal in proposals:
            if not proposal.log_probability < float("inf"):
                raise ConfigError(
                    f"the generator gave step '{proposal.step}' the log-probability "
                    f"{proposal.log_probability}: give a finite number or -inf"
                )
        self.work = replace(
            self.work,
            rounds=self.work.rounds + 1,
            proposals=self.work.proposals + len(proposals),
            tokens=self.work.tokens + sum(p.tokens for p in proposals),
        )

    def _completed(self, chain: Chain) -> Chain | None:
        verdict = self._judge(chain.steps, complete=True)
        if verdict.judgement is Judgement.FAILS:
            self.reason = f"the answer does not hold: {verdict.reason}"
            return None
        by_steps = self.verifier is not None and self.verifier.steps_suffice and all(chain.certain)
        if verdict.judgement is Judgement.UNKNOWN and by_steps:
            verdict = Verdict.holds(f"each of its {len(chain.steps)} steps holds")
        return replace(chain, complete=True, verdict=verdict)

    def _judge(self, steps: tuple[Any, ...], *, complete: bool = False) -> Verdict:
        if self.verifier is None:
            return Verdict.unknown("there is no verifier")
        self.work = replace(self.work, verifications=self.work.verifications + 1)
        return judged(self.verifier, self.problem, steps, complete=complete)
