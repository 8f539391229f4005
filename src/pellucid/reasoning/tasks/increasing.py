"""The longest increasing subsequence, by dynamic programming (Feng et al. 2023, arXiv 2305.15408).

"12 11 15 13 <sep>" has the chain "1 1 2 2 <sep> 2": of each number the length of the longest
increasing subsequence that ends there, and then the greatest of these.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from pellucid.config import check
from pellucid.errors import DataError
from pellucid.reasoning.tasks.sequence import Rows, Vocabulary, column, join
from pellucid.reasoning.tasks.task import SEPARATOR, Drawn, Task, number
from pellucid.reasoning.verification import Verdict


@dataclass(frozen=True)
class LongestIncreasing(Task):
    """Sequences of `length` numbers below `values`; published: lengths 50, 80, 100, values 250.

    Lengths and values share their words, and values begin where lengths end, at `lowest`
    (length + 1 where it is not given); for one vocabulary for several lengths, give the same.
    """

    length: int = 50
    values: int = 250
    lowest: int | None = None

    def __post_init__(self) -> None:
        check(self.length >= 3, f"length is {self.length}: give 3 or more")
        check(self._lowest > self.length, f"lowest is {self.lowest}: lengths need the words below")
        check(
            self.values - self._lowest >= self.length,
            f"values is {self.values}: at least {self._lowest + self.length}, so that a sequence "
            "may increase throughout",
        )

    @property
    def _lowest(self) -> int:
        return self.length + 1 if self.lowest is None else self.lowest

    @property
    def name(self) -> str:
        """What it is called."""
        return "longest increasing subsequence"

    @cached_property
    def vocabulary(self) -> Vocabulary:
        """Numbers, and the separator."""
        return Vocabulary.of(SEPARATOR, *map(str, range(self.values)))

    @cached_property
    def closers(self) -> frozenset[str]:
        """Every number is a step; the last comes behind the separator."""
        return frozenset(map(str, range(self.values)))

    def draw(self, random: np.random.Generator, count: int) -> Drawn:
        """One to three increasing runs at random places, and random numbers between."""
        values = random.integers(self._lowest, self.values, size=(count, self.length))
        total, runs = self._runs(random, count)
        keys = random.random((count, 3, self.values - self._lowest))
        chosen = keys.argsort(2).argsort(2) < runs[:, :, None]
        places = random.random((count, self.length)).argsort(1).argsort(1) < total[:, None]
        # Both masks are read row by row, in order: the k-th number goes to the k-th place.
        values[places] = self._lowest + chosen.nonzero()[2]
        lengths = np.ones_like(values)
        for j in range(1, self.length):
            smaller = np.where(values[:, :j] < values[:, j, None], lengths[:, :j], 0)
            lengths[:, j] += smaller.max(1)
        zero = self.vocabulary.number("0")
        separator = column(self.vocabulary.number(SEPARATOR), count)
        answer = Rows.full(zero + lengths.max(1, keepdims=True))
        question = join(Rows.full(zero + values), separator)
        return Drawn(question, join(Rows.full(zero + lengths), separator, answer), answer)

    def _runs(self, random: np.random.Generator, count: int) -> tuple[np.ndarray, np.ndarray]:
        """How many numbers stand in increasing runs, (B,), and in each of three, (B, 3)."""
        total = random.integers(3, self.length + 1, size=count)
        kind = random.integers(1, 4, size=count)
        halves = 1 + random.integers(total // 2 + 1)
        first = 1 + random.integers(total // 3 + 1)
        second = 1 + random.integers((total - first) // 2 + 1)
        runs = np.where(kind == 1, total, np.where(kind == 2, halves, first))
        others = np.where(kind == 2, total - halves, np.where(kind == 3, second, 0))
        return total, np.stack([runs, others, total - runs - others], axis=1)

    def final(self, problem: str, chain: Sequence[str]) -> bool:
        """After the number behind the separator."""
        return bool(chain) and chain[-1].startswith(SEPARATOR)

    def truth(self, problem: str) -> str:
        """By patience sorting: the least number on which a subsequence of each length can end."""
        ends: list[int] = []
        for value in self._values(problem):
            place = bisect_left(ends, value)
            ends[place : place + 1] = [value]
        return str(len(ends))

    def next_step(self, problem: str, chain: Sequence[str]) -> str:
        """One more than the greatest length of a smaller number before it; at last the greatest."""
        values = self._values(problem)
        said = [number(length, self.values) for length in chain]
        lengths = [length for length in said if length is not None]
        if len(lengths) < len(said):
            raise DataError("a step is no length")
        if len(lengths) == len(values):
            return f"{SEPARATOR} {max(lengths)}"
        before = zip(values, lengths, strict=False)
        return str(1 + max((n for v, n in before if v < values[len(lengths)]), default=0))

    def step(self, problem: str, chain: Sequence[str]) -> Verdict:
        """Whether it is the length that the numbers and lengths before give."""
        values, said = self._values(problem), chain[-1]
        if len(chain) > len(values) + 1:
            return Verdict.fails(f"there are {len(values)} numbers, and no step {len(chain)}")
        try:
            true = self.next_step(problem, chain[:-1])
        except DataError as error:
            return Verdict.fails(str(error))
        if len(chain) > len(values):
            words = f"the greatest of the lengths is {true.removeprefix(SEPARATOR).strip()}"
        else:
            words = f"the longest that ends at {values[len(chain) - 1]} has length {true}"
        return Verdict.holds(words) if said == true else Verdict.fails(f"{words}, not '{said}'")

    def _values(self, problem: str) -> list[int]:
        words = problem.split()
        values = [number(word, self.values) for word in words[:-1]]
        known = [value for value in values if value is not None]
        if words[-1:] != [SEPARATOR] or len(known) < len(values) or not known:
            raise DataError(
                f"'{problem}' is no problem: write numbers from 0 to {self.values - 1} and "
                f"{SEPARATOR}, such as '12 11 15 {SEPARATOR}'"
            )
        return known
