"""Arithmetic from left to right: the running value after each term, the shortest chain there is.

    + 3 as one word:  "+3 *5 -2 ="  has the chain  3 1 6  modulo 7

The same computation as a word problem over the affine maps of Z/p: one step is one local look-up,
while the answer without steps is a product of n maps that do not commute.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from pellucid.config import check
from pellucid.errors import DataError
from pellucid.reasoning.tasks.sequence import Rows, Vocabulary
from pellucid.reasoning.tasks.task import Drawn, Task, number
from pellucid.reasoning.verification import Verdict

SIGNS = "+-*"


@dataclass(frozen=True)
class PrefixArithmetic(Task):
    """`terms` operations from 0 on, modulo `modulus`; the first is an addition.

    Multiplication by 0 forgets all that came before: `zeros` says whether it may come.
    """

    modulus: int = 7
    terms: int = 12
    zeros: bool = False

    def __post_init__(self) -> None:
        check(self.modulus >= 2, f"modulus is {self.modulus}: give 2 or more")
        check(self.terms >= 1, f"terms is {self.terms}: give 1 or more")

    @property
    def name(self) -> str:
        """What it is called."""
        return f"arithmetic from left to right modulo {self.modulus}"

    @cached_property
    def vocabulary(self) -> Vocabulary:
        """Values, operations with their values, and the equals sign."""
        values = [str(v) for v in range(self.modulus)]
        return Vocabulary.of("=", *values, *(sign + v for sign in SIGNS for v in values))

    @cached_property
    def closers(self) -> frozenset[str]:
        """Every value is a step."""
        return frozenset(map(str, range(self.modulus)))

    def draw(self, random: np.random.Generator, count: int) -> Drawn:
        """Operations and values are uniform."""
        p, first = self.modulus, self.vocabulary.number("0")
        sign = random.integers(3, size=(count, self.terms))
        sign[:, 0] = 0
        low = np.where((sign == 2) & (not self.zeros), 1, 0)
        value = random.integers(low, p, size=(count, self.terms))
        values, running = np.empty_like(value), np.zeros(count, np.int64)
        for t in range(self.terms):
            s, v = sign[:, t], value[:, t]
            running = np.where(s == 0, running + v, np.where(s == 1, running - v, running * v)) % p
            values[:, t] = running
        equals = np.full((count, 1), self.vocabulary.number("="))
        questions = np.concatenate([first + p + p * sign + value, equals], axis=1)
        return Drawn(
            Rows.full(questions), Rows.full(first + values), Rows.full(first + values[:, -1:])
        )

    def final(self, problem: str, chain: Sequence[str]) -> bool:
        """After as many values as there are terms."""
        return len(chain) == len(self._terms(problem))

    def truth(self, problem: str) -> str:
        """By Horner's scheme from the right: the affine map of all terms, applied to 0."""
        scale, shift = 1, 0
        for sign, value in reversed(self._terms(problem)):
            # x -> scale * (x op value) + shift
            if sign == "*":
                scale = scale * value
            else:
                shift += scale * (value if sign == "+" else -value)
        return str(shift % self.modulus)

    def next_step(self, problem: str, chain: Sequence[str]) -> str:
        """The last value with one more term."""
        sign, value = self._terms(problem)[len(chain)]
        last = number(chain[-1], self.modulus) if chain else 0
        if last is None:
            raise DataError(f"'{chain[-1]}' is no value modulo {self.modulus}")
        found = last + value if sign == "+" else last - value if sign == "-" else last * value
        return str(found % self.modulus)

    def step(self, problem: str, chain: Sequence[str]) -> Verdict:
        """Whether the last value is the one before it with its term."""
        terms, said = self._terms(problem), number(chain[-1], self.modulus)
        if said is None:
            return Verdict.fails(f"'{chain[-1]}' is no value modulo {self.modulus}")
        if len(chain) > len(terms):
            return Verdict.fails(f"there are {len(terms)} terms, and no value {len(chain)}")
        before = chain[-2] if len(chain) > 1 else "0"
        sign, value = terms[len(chain) - 1]
        try:
            true = self.next_step(problem, chain[:-1])
        except DataError as error:
            return Verdict.fails(str(error))
        words = f"{before} {sign} {value} is {true} modulo {self.modulus}"
        return Verdict.holds(words) if str(said) == true else Verdict.fails(f"{words}, not {said}")

    def _terms(self, problem: str) -> list[tuple[str, int]]:
        words = problem.split()
        if len(words) < 2 or words[-1] != "=":
            raise DataError(f"'{problem}' is no problem: write terms and '=', such as '+3 *5 ='")
        terms = []
        for word in words[:-1]:
            value = number(word[1:], self.modulus)
            if word[0] not in SIGNS or value is None:
                raise DataError(
                    f"'{word}' is no term: write +, - or * and a value from 0 to "
                    f"{self.modulus - 1}, such as +3"
                )
            terms.append((word[0], value))
        return terms
