"""The distance between two words by single edits, row by row (Feng et al. 2023, arXiv 2305.15408).

"a b | b c <sep>" has the chain of the rows of the table and then its last entry:
"3 5 ," "2 4 ," "<sep> 4"  where an insertion or deletion costs 2 and a substitution 3.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from string import ascii_lowercase

import numpy as np

from pellucid.config import check
from pellucid.errors import DataError
from pellucid.reasoning.tasks.sequence import Rows, Vocabulary, column, join
from pellucid.reasoning.tasks.task import SEPARATOR, Drawn, Task, number
from pellucid.reasoning.verification import Verdict

INDEL, SUBSTITUTION = 2, 3


@dataclass(frozen=True)
class EditDistance(Task):
    """Words of about `length` letters; published: lengths 12, 16, 20.

    `border` is the cost of each letter in the first row and column of the table. The published
    data count 1 there and 2 within (guyuntian/CoT_benchmark), with which the result is no distance;
    give 1 to have them. `longest` is the longest length that the vocabulary speaks of (`length`
    where it is not given). Words are of the first so many `letters` of the alphabet, a problem's of
    10 of them at most.
    """

    length: int = 12
    border: int = INDEL
    longest: int | None = None
    letters: int = 26

    def __post_init__(self) -> None:
        check(self.length >= 2, f"length is {self.length}: give 2 or more")
        check(
            self.border in (1, INDEL), f"border is {self.border}: give {INDEL}, or 1 as published"
        )
        check(3 <= self.letters <= 26, f"letters is {self.letters}: give 3 to 26")
        check(self._longest >= self.length, f"longest is {self.longest}: at least {self.length}")

    @property
    def _longest(self) -> int:
        return self.length if self.longest is None else self.longest

    @property
    def name(self) -> str:
        """What it is called."""
        return "edit distance"

    @cached_property
    def vocabulary(self) -> Vocabulary:
        """Letters, signs, and distances."""
        numbers = map(str, range(INDEL * 2 * (self._longest + 3)))
        return Vocabulary.of("|", ",", SEPARATOR, *ascii_lowercase[: self.letters], *numbers)

    @property
    def closers(self) -> frozenset[str]:
        """A step is a row."""
        return frozenset(",")

    def draw(self, random: np.random.Generator, count: int) -> Drawn:
        """Two random words, or a word and what random edits make of it; the shorter one first."""
        found: list[tuple[Rows, Rows]] = []
        missing = count
        while missing:
            one, two = self._pair(random, missing + missing // 4 + 8)
            near = np.abs(two.length - self.length + 0.5) < 3
            good = (near & ~_equal(one, two)).nonzero()[0][:missing]
            swap = (one.length > two.length)[good]
            one, two = one.take(good), two.take(good)
            found.append((_where(swap, two, one), _where(swap, one, two)))
            missing -= len(good)
        one, two = (_stack([pair[k] for pair in found]) for k in range(2))
        table = self._table(one, two)
        return self._drawn(one, two, table)

    def _pair(self, random: np.random.Generator, count: int) -> tuple[Rows, Rows]:
        letters = random.random((count, self.letters)).argsort(1)
        few = random.integers(3, 1 + min(10, self.letters), size=(count, 1))
        pick = lambda k: np.take_along_axis(letters, random.integers(few, size=(count, k)), 1)  # noqa: E731
        one = Rows.full(pick(self.length))
        longest = self.length + 2
        length = random.integers(max(1, self.length - 3), self.length + 3, size=count)
        other = Rows(pick(longest) * (np.arange(longest) < length[:, None]), length)
        edited = one
        edits = 1 + random.integers(self.length, size=count)
        for k in range(self.length):
            edited = _where(k < edits, _edit(edited, pick(1)[:, 0], random), edited)
        return one, _where(random.random(count) < 0.4, other, edited)

    def _table(self, one: Rows, two: Rows) -> np.ndarray:
        """Distances (B, n + 1, m + 1) of beginnings."""
        n, m = one.tokens.shape[1], two.tokens.shape[1]
        sides = self.border * np.add.outer(np.arange(n + 1), np.arange(m + 1))
        table = np.tile(sides, (len(one.tokens), 1, 1))
        for i in range(1, n + 1):
            for j in range(1, m + 1):
                cost = SUBSTITUTION * (one.tokens[:, i - 1] != two.tokens[:, j - 1])
                gap = np.minimum(table[:, i - 1, j], table[:, i, j - 1]) + INDEL
                table[:, i, j] = np.minimum(gap, table[:, i - 1, j - 1] + cost)
        return table

    def _drawn(self, one: Rows, two: Rows, table: np.ndarray) -> Drawn:
        count, n = one.tokens.shape
        number, every = self.vocabulary.number, np.arange(len(one.tokens))
        letters = lambda rows: Rows((number("a") + rows.tokens) * rows.mask, rows.length)  # noqa: E731
        comma, separator = column(number(","), count), column(number(SEPARATOR), count)
        lines = []
        for i in range(1, n + 1):
            there = i <= one.length
            length = np.where(there, two.length, 0)
            row = Rows((number("0") + table[:, i, 1:]) * two.mask * there[:, None], length)
            lines += [row, Rows(comma.tokens * there[:, None], there.astype(np.int64))]
        last = table[every, one.length, two.length]
        answer = Rows.full(number("0") + last[:, None])
        question = join(letters(one), column(number("|"), count), letters(two), separator)
        return Drawn(question, join(*lines, separator, answer), answer)

    def final(self, problem: str, chain: Sequence[str]) -> bool:
        """After the number behind the separator."""
        return bool(chain) and chain[-1].startswith(SEPARATOR)

    def truth(self, problem: str) -> str:
        """By recursion from the ends of the words."""
        one, two = self._words(problem)

        @cache
        def distance(i: int, j: int) -> int:
            if not i or not j:
                return self.border * (i + j)
            gap = INDEL + min(distance(i - 1, j), distance(i, j - 1))
            other = 0 if one[i - 1] == two[j - 1] else SUBSTITUTION
            return min(gap, distance(i - 1, j - 1) + other)

        for i in range(len(one)):  # so that the recursion is never deep
            distance(i, len(two))
        return str(distance(len(one), len(two)))

    def next_step(self, problem: str, chain: Sequence[str]) -> str:
        """The next row, from the one before it; at last the last entry."""
        one, two = self._words(problem)
        if len(chain) == len(one):
            return f"{SEPARATOR} {self._row(chain[-1], len(two))[-1]}"
        i = len(chain) + 1
        above = [self.border * j for j in range(len(two) + 1)]
        if chain:
            above = [self.border * (i - 1), *self._row(chain[-1], len(two))]
        row = [self.border * i]
        for j, letter in enumerate(two, start=1):
            other = 0 if one[i - 1] == letter else SUBSTITUTION
            row.append(min(above[j] + INDEL, row[-1] + INDEL, above[j - 1] + other))
        return " ".join([*map(str, row[1:]), ","])

    def step(self, problem: str, chain: Sequence[str]) -> Verdict:
        """Whether the row follows from the one before it."""
        one, _ = self._words(problem)
        if len(chain) > len(one) + 1:
            return Verdict.fails(f"the table has {len(one)} rows, and no step {len(chain)}")
        try:
            true = self.next_step(problem, chain[:-1])
        except DataError as error:
            return Verdict.fails(str(error))
        if chain[-1] == true:
            return Verdict.holds(f"row {len(chain)} follows from the one before it")
        return Verdict.fails(f"row {len(chain)} is '{true}', not '{chain[-1]}'")

    def _row(self, line: str, width: int) -> list[int]:
        words = line.split()
        values = [number(word, 10**6) for word in words[:-1]]
        row = [value for value in values if value is not None]
        if words[-1:] != [","] or len(row) != width or len(values) != width:
            raise DataError(f"'{line}' is no row of {width} numbers and a comma")
        return row

    def _words(self, problem: str) -> tuple[list[str], list[str]]:
        one, bar, two = problem.removesuffix(SEPARATOR).partition("|")
        words = one.split(), two.split()
        letters = [letter for word in words for letter in word]
        good = bar and problem.endswith(SEPARATOR) and all(words)
        known = ascii_lowercase[: self.letters]
        if not good or any(len(x) != 1 or x not in known for x in letters):
            raise DataError(
                f"'{problem}' is no problem: write letters from a to {known[-1]} of two words, "
                f"such as 'a b | b c {SEPARATOR}'"
            )
        return words


def _edit(rows: Rows, letters: np.ndarray, random: np.random.Generator) -> Rows:
    """Of each row one letter deleted (where more than two are left), replaced, or inserted."""
    count = len(rows.tokens)
    kind = random.integers(3, size=count)
    kind = np.where((kind == 0) & (rows.length <= 2), 2, kind)
    place = random.integers(rows.length + (kind == 2))
    before = Rows.packed(rows.tokens, np.arange(rows.tokens.shape[1]) < place[:, None])
    behind = np.arange(rows.tokens.shape[1]) >= (place + (kind != 2))[:, None]
    new = Rows(letters[:, None] * (kind != 0)[:, None], (kind != 0).astype(np.int64))
    return join(before, new, Rows.packed(rows.tokens, rows.mask & behind))


def _equal(one: Rows, two: Rows) -> np.ndarray:
    width = max(one.tokens.shape[1], two.tokens.shape[1])
    same = (_widened(one, width) == _widened(two, width)).all(1)
    return np.asarray((one.length == two.length) & same)


def _where(condition: np.ndarray, one: Rows, two: Rows) -> Rows:
    width = max(one.tokens.shape[1], two.tokens.shape[1])
    tokens = np.where(condition[:, None], _widened(one, width), _widened(two, width))
    return Rows(tokens, np.where(condition, one.length, two.length))


def _stack(parts: Sequence[Rows]) -> Rows:
    width = max(part.tokens.shape[1] for part in parts)
    tokens = np.concatenate([_widened(part, width) for part in parts])
    return Rows(tokens, np.concatenate([part.length for part in parts]))


def _widened(rows: Rows, width: int) -> np.ndarray:
    return np.pad(rows.tokens * rows.mask, ((0, 0), (0, width - rows.tokens.shape[1])))
