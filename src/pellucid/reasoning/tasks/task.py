"""What every task of reasoning in steps gives: problems, chains, answers, and who checks them.

    task = Arithmetic(modulus=7, operators=4)
    batch = task.batch(np.random.default_rng(0), 128)               # to learn from, as arrays
    problem, chain = task.example(np.random.default_rng(1))         # to read
    solve(problem, generator, task, retries=2)                      # a task is its own verifier

Texts are words between spaces. A chain is a tuple of steps whose texts, one behind the other, are
what follows the question; it is complete when the task says so.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from pellucid.errors import DataError
from pellucid.reasoning.generation import Proposal
from pellucid.reasoning.tasks.sequence import EOS, Rows, TokenBatch, Vocabulary, column, join
from pellucid.reasoning.verification import Verdict

Form = Literal["chain", "direct"]
SEPARATOR = "<sep>"


@dataclass(frozen=True, eq=False)
class Drawn:
    """Problems with their solutions: each (B, L) tokens."""

    questions: Rows
    chains: Rows
    """Steps and answer, in the published format."""
    answers: Rows
    """The answer alone."""


class Task(ABC):
    """Problems of one kind and size; a `Verifier` of their chains."""

    steps_suffice = False

    @property
    @abstractmethod
    def name(self) -> str:
        """What it is called."""

    @property
    @abstractmethod
    def vocabulary(self) -> Vocabulary:
        """Its words; the same for all sizes whose settings of it agree."""

    @property
    @abstractmethod
    def closers(self) -> frozenset[str]:
        """The words that end a step, beside `<eos>`."""

    @abstractmethod
    def draw(self, random: np.random.Generator, count: int) -> Drawn:
        """Random problems and their solutions, as arrays."""

    @abstractmethod
    def final(self, problem: str, chain: Sequence[str]) -> bool:
        """Whether a chain is complete."""

    @abstractmethod
    def truth(self, problem: str) -> str:
        """The answer, found in another way than by the steps of the chain.

        DataError for a text that is no problem, or a problem without an answer.
        """

    @abstractmethod
    def next_step(self, problem: str, chain: Sequence[str]) -> str:
        """The step that is right after a chain whose steps hold, and which is not complete."""

    @abstractmethod
    def step(self, problem: str, chain: Sequence[str]) -> Verdict:
        """Whether the last step follows from the problem and the steps before it."""

    def answer(self, problem: str, chain: Sequence[str]) -> Verdict:
        """Whether the last step is the answer."""
        said, true = self.said(chain[-1]), self.truth(problem)
        if said == true:
            return Verdict.holds(f"the answer is {true}")
        return Verdict.fails(f"the answer is {true}, not {said or 'nothing'}")

    def said(self, step: str) -> str:
        """The answer in the text of a last step."""
        return step.removeprefix(SEPARATOR).strip()

    def batch(self, random: np.random.Generator, count: int, form: Form = "chain") -> TokenBatch:
        """Random problems to learn from, with all steps or with the answer alone."""
        return self.tokens(self.draw(random, count), form)

    def tokens(self, drawn: Drawn, form: Form = "chain") -> TokenBatch:
        """Problems that were drawn, as what is learned from."""
        after = drawn.chains if form == "chain" else drawn.answers
        end = column(self.vocabulary.number(EOS), len(after.tokens))
        rows = join(drawn.questions, after, end)
        return TokenBatch(rows.tokens, drawn.questions.length, rows.length)

    def example(self, random: np.random.Generator) -> tuple[str, tuple[str, ...]]:
        """One problem and its chain, as texts."""
        [found] = self.examples(self.draw(random, 1))
        return found

    def examples(self, drawn: Drawn) -> list[tuple[str, tuple[str, ...]]]:
        """Problems that were drawn and their chains, as texts."""
        decode = self.vocabulary.decode
        texts = zip(drawn.questions.tokens, drawn.chains.tokens, strict=True)
        return [(decode(question), self.split(decode(chain))) for question, chain in texts]

    def split(self, text: str) -> tuple[str, ...]:
        """The steps of a chain's text."""
        steps: list[list[str]] = [[]]
        for word in text.split():
            steps[-1].append(word)
            if word in self.closers:
                steps.append([])
        return tuple(" ".join(step) for step in steps if step)

    def solution(self, problem: str) -> tuple[str, ...]:
        """A chain that is right, from the text of a problem."""
        chain: tuple[str, ...] = ()
        while not chain or not self.final(problem, chain):
            chain = (*chain, self.next_step(problem, chain))
        return chain

    def right(self, problem: str, chain: tuple[str, ...]) -> Proposal[str] | None:
        """The right next step as a proposal, for `FaultyGenerator`; None where none can follow."""
        try:
            step = self.next_step(problem, chain)
        except DataError:
            return None
        longer = (*chain, step)
        return Proposal(step, self.final(problem, longer), tokens=len(step.split()))


def number(word: str, below: int) -> int | None:
    """The number that a word is, if it is one from 0 to below - 1."""
    return int(word) if word.isascii() and word.isdigit() and int(word) < below else None
