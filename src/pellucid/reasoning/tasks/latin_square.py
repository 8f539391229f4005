"""Latin squares to be completed: each number once in every row and every column.

    "1 _ 3 , _ 3 _ , 3 _ _ <sep>"  has the chain of its rows  "1 2 3 ,"  "2 3 1 ,"  "3 1 2"

Known to logic as quasigroup completion (Gomes and Selman 1997). No row follows from those before
it: what is written first must suit what comes last, so a row that breaks no rule may still lead
nowhere, and a verifier of steps cannot see it. A problem may have several answers; any will do.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache, cached_property

import numpy as np

from pellucid.config import check
from pellucid.errors import DataError
from pellucid.reasoning.tasks.sequence import Rows, Vocabulary
from pellucid.reasoning.tasks.task import SEPARATOR, Drawn, Task, number
from pellucid.reasoning.verification import Verdict

BLANK, COMMA = "_", ","
BANK = 64
"""Squares of an order that are found by search, of which all others are made."""

Square = list[list[int]]
"""Numbers from 1 on; 0 where a cell is blank."""


@dataclass(frozen=True)
class LatinSquare(Task):
    """Squares of `order` numbers, of whose cells each is given with probability `given`."""

    order: int = 4
    given: float = 0.4

    def __post_init__(self) -> None:
        check(2 <= self.order <= 9, f"order is {self.order}: give 2 to 9")
        check(0 <= self.given < 1, f"given is {self.given}: give a share from 0 to below 1")

    @property
    def name(self) -> str:
        """What it is called."""
        return f"Latin squares of order {self.order}"

    @cached_property
    def vocabulary(self) -> Vocabulary:
        """Signs, and numbers."""
        return Vocabulary.of(COMMA, SEPARATOR, BLANK, *map(str, range(1, self.order + 1)))

    @property
    def closers(self) -> frozenset[str]:
        """A step is a row; the last ends the text."""
        return frozenset(COMMA)

    def draw(self, random: np.random.Generator, count: int) -> Drawn:
        """Squares of a bank, rows, columns and numbers exchanged at random, and cells left out."""
        n = self.order
        bank = _bank(n)
        squares = bank[random.integers(len(bank), size=count)]
        rows, columns, names = (random.random((count, n)).argsort(1) for _ in range(3))
        squares = np.take_along_axis(squares, rows[:, :, None], 1)
        squares = np.take_along_axis(squares, columns[:, None, :], 2)
        squares = np.take_along_axis(names[:, None, :], squares, 2)
        shown = random.random(squares.shape) < self.given
        said = self.vocabulary.number("1") + squares
        asked = np.where(shown, said, self.vocabulary.number(BLANK))
        questions = self._lines(asked, self.vocabulary.number(SEPARATOR))
        answers = Rows.full(self._lines(said, 0)[:, :-1])
        return Drawn(Rows.full(questions), answers, answers)

    def _lines(self, cells: np.ndarray, last: int) -> np.ndarray:
        """Cells (B, n, n) as tokens (B, n (n + 1)), a comma behind each row but the last."""
        ends = np.full((len(cells), self.order, 1), self.vocabulary.number(COMMA))
        ends[:, -1] = last
        return np.concatenate([cells, ends], 2).reshape(len(cells), -1)

    def final(self, problem: str, chain: Sequence[str]) -> bool:
        """After the last row."""
        return len(chain) == self.order

    def truth(self, problem: str) -> str:
        """One answer, by search; DataError where there is none."""
        for square in completions(self._read(problem)):
            return " , ".join(" ".join(map(str, row)) for row in square)
        raise DataError(f"'{problem}' cannot be completed to a Latin square")

    def next_step(self, problem: str, chain: Sequence[str]) -> str:
        """The next row of the first completion with the rows that are there."""
        square = self._read(problem)
        for k, step in enumerate(chain):
            square[k] = self._row(step, k)
        for whole in completions(square):
            words = list(map(str, whole[len(chain)]))
            return " ".join(words if len(chain) == self.order - 1 else [*words, COMMA])
        raise DataError(f"no Latin square begins with '{' '.join(chain)}'")

    def step(self, problem: str, chain: Sequence[str]) -> Verdict:
        """Whether the last row keeps to what is given, and repeats nothing of the rows above."""
        asked, k = self._read(problem), len(chain) - 1
        if k >= self.order:
            return Verdict.fails(f"the square has {self.order} rows, and no step {k + 1}")
        try:
            rows = [self._row(step, place) for place, step in enumerate(chain)]
        except DataError as error:
            return Verdict.fails(str(error))
        for j, (own, given) in enumerate(zip(rows[k], asked[k], strict=True), start=1):
            if given not in (0, own):
                return Verdict.fails(f"row {k + 1}, column {j}: {given} is given, not {own}")
        if len(set(rows[k])) < self.order:
            return Verdict.fails(f"row {k + 1} repeats a number")
        for j, column in enumerate(zip(*rows, strict=True), start=1):
            if len(set(column)) < len(column):
                return Verdict.fails(f"column {j} repeats {column[k]} in row {k + 1}")
        return Verdict.holds(f"row {k + 1} breaks no rule")

    def answer(self, problem: str, chain: Sequence[str]) -> Verdict:
        """Whether all rows are there, and each holds."""
        if len(chain) != self.order:
            return Verdict.fails(f"the square has {self.order} rows, not {len(chain)}")
        for k in range(1, len(chain) + 1):
            verdict = self.step(problem, chain[:k])
            if verdict.judgement is not verdict.judgement.HOLDS:
                return verdict
        return Verdict.holds("each number is once in every row and every column")

    def right_squares(self, questions: Rows, answers: np.ndarray) -> np.ndarray:
        """Of many answers' tokens (B, n (n + 1) - 1), which `answer` would say hold; (B,) bool."""
        n, first = self.order, self.vocabulary.number("1")
        shape = (len(answers), n, n + 1)
        said = np.pad(answers, ((0, 0), (0, 1))).reshape(shape)
        asked = questions.tokens.reshape(shape)
        cells, given = said[:, :, :n] - first, asked[:, :, :n] - first
        commas = (said[:, :-1, n] == self.vocabulary.number(COMMA)).all(1)
        kept = ((given < 0) | (given == cells)).all((1, 2))
        every = np.arange(n)
        rows = (np.sort(cells, 2) == every).all((1, 2))
        columns = (np.sort(cells, 1) == every[:, None]).all((1, 2))
        return np.asarray(commas & kept & rows & columns)

    def _row(self, step: str, k: int) -> list[int]:
        words = step.split()
        if k < self.order - 1 and words[-1:] != [COMMA]:
            raise DataError(f"row {k + 1}, '{step}', does not end with a comma")
        words = words[:-1] if words[-1:] == [COMMA] else words
        values = [number(word, self.order + 1) for word in words]
        row = [value for value in values if value]
        if len(row) != self.order or len(values) != self.order:
            raise DataError(f"row {k + 1}, '{step}', is not {self.order} numbers to {self.order}")
        return row

    def _read(self, problem: str) -> Square:
        lines = problem.removesuffix(SEPARATOR).split(COMMA)
        square = [
            [0 if w == BLANK else number(w, self.order + 1) for w in x.split()] for x in lines
        ]
        read = [[value for value in row if value is not None] for row in square]
        blanks = all(
            value != 0 or word == BLANK
            for row, line in zip(square, lines, strict=True)
            for value, word in zip(row, line.split(), strict=True)
        )
        if (
            not problem.endswith(SEPARATOR)
            or not blanks
            or [len(row) for row in read] != [self.order] * self.order
        ):
            raise DataError(
                f"'{problem}' is no problem: write {self.order} rows of as many numbers or '_' "
                f"with commas between them, then {SEPARATOR}, such as '1 _ , _ _ {SEPARATOR}'"
            )
        return read


def completions(square: Square) -> Iterator[Square]:
    """All Latin squares with the numbers given, by search in the cell with the fewest choices."""
    n = len(square)
    free = [(i, j) for i in range(n) for j in range(n) if not square[i][j]]
    for lines in (square, list(zip(*square, strict=True))):
        for line in lines:
            known = [value for value in line if value]
            if len(set(known)) < len(known):
                return
    if not free:
        yield [list(row) for row in square]
        return
    choices = {
        (i, j): set(range(1, n + 1)) - set(square[i]) - {row[j] for row in square} for i, j in free
    }
    i, j = min(free, key=lambda cell: len(choices[cell]))
    for value in sorted(choices[i, j]):
        yield from completions(
            [
                [value if (a, b) == (i, j) else v for b, v in enumerate(row)]
                for a, row in enumerate(square)
            ]
        )


@cache
def _bank(n: int) -> np.ndarray:
    """Squares (K, n, n) of 0 to n - 1, found row by row at random: of all kinds there are."""
    random = np.random.default_rng(n)
    return np.array([_found(n, random) for _ in range(BANK)]) - 1


def _found(n: int, random: np.random.Generator) -> Square:
    square: Square = [[0] * n for _ in range(n)]

    def fill(cell: int) -> bool:
        if cell == n * n:
            return True
        i, j = divmod(cell, n)
        taken = set(square[i]) | {row[j] for row in square}
        for value in random.permutation(np.arange(1, n + 1)).tolist():
            if value not in taken:
                square[i][j] = value
                if fill(cell + 1):
                    return True
        square[i][j] = 0
        return False

    filled = fill(0)
    assert filled, "every empty square can be filled"
    return square
