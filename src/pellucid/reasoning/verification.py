"""Who says whether a step or an answer holds, and what such a judge may say.

A chain is a tuple of steps, whatever steps are: lines of arithmetic, rows of a table, certificates.
A judge answers in three ways, and always says why. One that raises is broken, which is an error and
no answer.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Generic, Protocol, TypeVar

from pellucid.errors import PellucidError

P = TypeVar("P")
S = TypeVar("S")
P_contra = TypeVar("P_contra", contravariant=True)
S_contra = TypeVar("S_contra", contravariant=True)


class VerificationError(PellucidError):
    """A verifier failed, or said what is no verdict."""


class Judgement(Enum):
    """What a verifier may say."""

    HOLDS = "holds"
    FAILS = "does not hold"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Verdict:
    """What a verifier says, and why."""

    judgement: Judgement
    reason: str

    @classmethod
    def holds(cls, reason: str) -> Verdict:
        """It is right."""
        return cls(Judgement.HOLDS, reason)

    @classmethod
    def fails(cls, reason: str) -> Verdict:
        """It is wrong."""
        return cls(Judgement.FAILS, reason)

    @classmethod
    def unknown(cls, reason: str) -> Verdict:
        """It cannot be told."""
        return cls(Judgement.UNKNOWN, reason)

    def __bool__(self) -> bool:
        # `if verdict:` would take what does not hold for true.
        raise TypeError("a verdict has three values: compare its judgement")


class Verifier(Protocol[P_contra, S_contra]):
    """Judges chains of steps.

        verdict = verifier.step(problem, chain)      # the last step, given those before it
        verdict = verifier.answer(problem, chain)    # the whole, once it is complete

    Either may be unknown to it. Where every single step being right makes the answer right, say so
    by `steps_suffice`.
    """

    @property
    def name(self) -> str:
        """What it is called in reasons."""
        ...

    @property
    def steps_suffice(self) -> bool:
        """Whether a complete chain whose steps all hold is an answer that holds."""
        ...

    def step(self, problem: P_contra, chain: Sequence[S_contra]) -> Verdict:
        """Whether the last step of a chain follows from the problem and the steps before it."""
        ...

    def answer(self, problem: P_contra, chain: Sequence[S_contra]) -> Verdict:
        """Whether a complete chain answers the problem."""
        ...


@dataclass(frozen=True)
class AnswerVerifier(Generic[P, S]):
    """Judges complete chains only."""

    judge: Callable[[P, Sequence[S]], Verdict]
    name: str = "the verifier of answers"
    steps_suffice: bool = False

    def step(self, problem: P, chain: Sequence[S]) -> Verdict:
        """Unknown: steps are not looked at."""
        return Verdict.unknown("only answers are judged")

    def answer(self, problem: P, chain: Sequence[S]) -> Verdict:
        """What the judge says."""
        return self.judge(problem, chain)


@dataclass(frozen=True)
class StepVerifier(Generic[P, S]):
    """Judges each step; a complete chain holds if all of its steps do."""

    judge: Callable[[P, Sequence[S]], Verdict]
    name: str = "the verifier of steps"
    steps_suffice: bool = True

    def step(self, problem: P, chain: Sequence[S]) -> Verdict:
        """What the judge says."""
        return self.judge(problem, chain)

    def answer(self, problem: P, chain: Sequence[S]) -> Verdict:
        """Unknown: it follows from the steps."""
        return Verdict.unknown("only steps are judged")


def judged(
    verifier: Verifier[P, S], problem: P, chain: Sequence[S], *, complete: bool = False
) -> Verdict:
    """What a verifier says of a chain's last step, or of the whole if it is `complete`.

    Raises
    ------
    VerificationError
        If the verifier raises, or gives anything but a verdict.
    """
    what = "the answer" if complete else f"step {len(chain)}"
    try:
        verdict = (verifier.answer if complete else verifier.step)(problem, chain)
    except PellucidError:
        raise
    except Exception as error:
        said = f"{type(error).__name__}: {error}"
        raise VerificationError(
            f"{verifier.name} failed at {what} of {_short(problem)} ({said}): mend it, or let it "
            "return Verdict.unknown"
        ) from error
    if not isinstance(verdict, Verdict):
        raise VerificationError(
            f"{verifier.name} said {verdict!r} of {what}: return Verdict.holds, .fails or .unknown"
        )
    return verdict


def _short(problem: object) -> str:
    text = " ".join(str(problem).split())
    return f"'{text}'" if len(text) <= 60 else f"'{text[:57]}...'"
