"""Linear equations modulo a prime, solved column by column (Feng et al. 2023, arXiv 2305.15408).

    "3 a + 5 b = 2 , 1 a + 0 b = 4 , <sep>"

The chain is the system after each column of Gauss-Jordan elimination. Of the columns that are done,
terms with 0 are left out and a factor 1 is not written, as published. A number of the next system
is a function of four of this one; in `finer` chains, of two systems a column, of three.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from pellucid.config import check
from pellucid.errors import DataError
from pellucid.reasoning.tasks.modular import eliminate, solve_exactly
from pellucid.reasoning.tasks.sequence import Rows, Vocabulary, join
from pellucid.reasoning.tasks.task import SEPARATOR, Drawn, Task, number
from pellucid.reasoning.verification import Verdict

NAMES = "abcdefgh"
SIGNS = ("+", "=", ",", SEPARATOR)


@dataclass(frozen=True)
class LinearEquations(Task):
    """`unknowns` equations with as many unknowns, modulo a prime; published: modulus 11, 3 to 5.

    In a `finer` chain a row is scaled in one step, and taken from the others in the next.
    """

    modulus: int = 11
    unknowns: int = 3
    finer: bool = False

    def __post_init__(self) -> None:
        p = self.modulus
        prime = p >= 2 and all(p % k for k in range(2, int(p**0.5) + 1))
        check(prime, f"modulus is {p}: give a prime number, so that one can divide")
        check(
            1 <= self.unknowns <= len(NAMES),
            f"unknowns is {self.unknowns}: give 1 to {len(NAMES)}",
        )

    @property
    def name(self) -> str:
        """What it is called."""
        return f"linear equations modulo {self.modulus}"

    @cached_property
    def vocabulary(self) -> Vocabulary:
        """Signs, unknowns, and residues."""
        return Vocabulary.of(*SIGNS, *NAMES, *map(str, range(self.modulus)))

    @property
    def closers(self) -> frozenset[str]:
        """A step is a whole system."""
        return frozenset([SEPARATOR])

    def draw(self, random: np.random.Generator, count: int) -> Drawn:
        """Uniform coefficients; systems without exactly one solution are drawn anew."""
        shape = (self.unknowns, self.unknowns + 1)
        found, missing = [], count
        while missing:
            system = random.integers(self.modulus, size=(missing + missing // 4 + 8, *shape))
            history, regular = eliminate(system, self.modulus, finer=self.finer)
            found.append(history[:, regular][:, :missing])
            missing -= found[-1].shape[1]
        history = np.concatenate(found, axis=1)
        lines = [self._rows(system, step) for step, system in enumerate(history)]
        return Drawn(lines[0], join(*lines[1:]), lines[-1])

    @property
    def _steps(self) -> int:
        """Of a column."""
        return 2 if self.finer else 1

    def _rows(self, system: np.ndarray, step: int) -> Rows:
        """Systems (B, n, n + 1) after so many steps, as texts."""
        count, n = system.shape[:2]
        step, rest = divmod(step, self._steps)
        number = self.vocabulary.number
        # Of each equation: factor, name and plus of every unknown; then equals, value, comma.
        words = np.zeros((count, n, 3 * n + 3), np.int64)
        keep = np.ones(words.shape, bool)
        factor = system[:, :, :n]
        done = np.arange(n) < step
        shown = (factor != 0) | ~done
        words[:, :, 0 : 3 * n : 3] = number("0") + factor
        words[:, :, 1 : 3 * n : 3] = number(NAMES[0]) + np.arange(n)
        words[:, :, 2 : 3 * n : 3] = number("+")
        keep[:, :, 0 : 3 * n : 3] = shown & ~(done & (factor == 1))
        keep[:, :, 1 : 3 * n : 3] = shown
        # A plus follows a term that is shown where another one comes.
        more = np.flip(np.cumsum(np.flip(shown, 2), 2), 2) - shown > 0
        keep[:, :, 2 : 3 * n : 3] = shown & more
        words[:, :, 3 * n] = number("=")
        words[:, :, 3 * n + 1] = number("0") + system[:, :, n]
        words[:, :, 3 * n + 2] = number(",")
        flat = words.reshape(count, -1), keep.reshape(count, -1)
        if step < n or rest:
            flat[0][:, -1] = number(SEPARATOR)
        else:
            flat[1][:, -1] = False
        return Rows.packed(*flat)

    def final(self, problem: str, chain: Sequence[str]) -> bool:
        """Once no separator follows."""
        return bool(chain) and not chain[-1].endswith(SEPARATOR)

    def truth(self, problem: str) -> str:
        """By substitution."""
        found = solve_exactly(self._read(problem), self.modulus)
        return " , ".join(f"{a} = {v}" for a, v in zip(NAMES, found, strict=False))

    def next_step(self, problem: str, chain: Sequence[str]) -> str:
        """The next column eliminated."""
        solve_exactly(self._read(problem), self.modulus)
        system = np.array([self._read(problem)])
        history, _ = eliminate(system, self.modulus, finer=self.finer)
        rows = self._rows(history[len(chain) + 1], len(chain) + 1)
        return self.vocabulary.decode(rows.tokens[0])

    def step(self, problem: str, chain: Sequence[str]) -> Verdict:
        """Whether the last system follows from the one before, with one column more done."""
        before = self._read(problem)
        true = solve_exactly(before, self.modulus)
        try:
            after = self._read(chain[-1])
        except DataError as error:
            return Verdict.fails(str(error))
        for k, row in enumerate(after):
            left = sum(a * x for a, x in zip(row, true, strict=False)) % self.modulus
            if left != row[-1]:
                words = " , ".join(f"{a} = {x}" for a, x in zip(NAMES, true, strict=False))
                return Verdict.fails(
                    f"equation {k + 1} does not follow: with {words} its left side is {left}, "
                    f"not {row[-1]}"
                )
        if (done := self._undone(after, len(chain) // self._steps)) is not None:
            return Verdict.fails(done)
        whole = self.unknowns * self._steps
        if (len(chain) == whole) == chain[-1].endswith(SEPARATOR):
            return Verdict.fails(f"{whole} systems make the chain, and this is {len(chain)}")
        columns = len(chain) // self._steps
        return Verdict.holds(f"it has the same solution, and {columns} columns are done")

    def _undone(self, system: list[list[int]], columns: int) -> str | None:
        """Why not so many columns are those of the identity; or that solutions were lost."""
        for j in range(min(columns, self.unknowns)):
            if [row[j] for row in system] != [int(i == j) for i in range(self.unknowns)]:
                return f"the column of {NAMES[j]} is not done"
        try:
            solve_exactly(system, self.modulus)
        except DataError as error:
            return f"something is lost: {error}"
        return None

    def _read(self, text: str) -> list[list[int]]:
        """Rows of factors and values."""
        words = text.split()
        if words[-1:] == [SEPARATOR]:
            words = words[:-1]
        rows = [self._equation(e.split()) for e in " ".join(words).split(" , ")]
        if len(rows) != self.unknowns:
            raise DataError(
                f"'{text}' has {len(rows)} equations: write {self.unknowns}, between commas"
            )
        return rows

    def _equation(self, words: list[str]) -> list[int]:
        row, text = [0] * (self.unknowns + 1), " ".join(words)
        example = "write such as '3 a + 5 b = 2'"
        if len(words) < 3 or words[-2] != "=" or (last := number(words[-1], self.modulus)) is None:
            raise DataError(f"'{text}' is no equation modulo {self.modulus}: {example}")
        row[-1] = last
        for term in " ".join(words[:-2]).split(" + "):
            parts = term.split()
            factor = number(parts[0], self.modulus) if len(parts) == 2 else 1
            name = parts[-1] if parts else ""
            if factor is None or len(parts) > 2 or name not in tuple(NAMES[: self.unknowns]):
                raise DataError(f"'{term}' in '{text}' is no term: {example}")
            row[NAMES.index(name)] += factor
        return row
