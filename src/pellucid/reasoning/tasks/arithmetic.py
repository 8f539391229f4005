"""Arithmetic modulo a prime, made backwards from the answer (Feng et al. 2023, arXiv 2305.15408).

A number is replaced by an operation that has it as its value, again and again; the chain of thought
is that history read backwards:  "( 3 + 4 ) * 2 =" has the steps  "0 * 2 ="  "0"  modulo 7.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from pellucid.config import check
from pellucid.errors import DataError
from pellucid.reasoning.tasks import expressions
from pellucid.reasoning.tasks.sequence import Rows, Vocabulary, column, join
from pellucid.reasoning.tasks.task import Drawn, Task
from pellucid.reasoning.verification import Verdict

SIGNS = ("+", "-", "*", "/")
WORDS = (*SIGNS, "(", ")", "=")


@dataclass(frozen=True)
class Arithmetic(Task):
    """Expressions of `operators` operations modulo a prime; published: modulus 11, 4 to 6."""

    modulus: int = 11
    operators: int = 4

    def __post_init__(self) -> None:
        p = self.modulus
        prime = p >= 2 and all(p % k for k in range(2, int(p**0.5) + 1))
        check(prime, f"modulus is {p}: give a prime number, so that one can divide")
        check(self.operators >= 1, f"operators is {self.operators}: give 1 or more")

    @property
    def name(self) -> str:
        """What it is called."""
        return f"arithmetic modulo {self.modulus}"

    @cached_property
    def vocabulary(self) -> Vocabulary:
        """Signs, brackets, and residues."""
        return Vocabulary.of(*WORDS, *map(str, range(self.modulus)))

    @property
    def closers(self) -> frozenset[str]:
        """Steps are what stands between equals signs."""
        return frozenset("=")

    def draw(self, random: np.random.Generator, count: int) -> Drawn:
        """By reverse expansion."""
        zero = self.vocabulary.number("0")
        rows = Rows.full(zero + random.integers(self.modulus, size=(count, 1)))
        history = [rows]
        for _ in range(self.operators):
            history.append(self._expand(history[-1], random))
        equals = column(self.vocabulary.number("="), count)
        question = join(history[-1], equals)
        steps = [part for line in history[-2:0:-1] for part in (line, equals)]
        return Drawn(question, join(*steps, history[0]), history[0])

    def _expand(self, rows: Rows, random: np.random.Generator) -> Rows:
        """A random number of each row replaced by an operation with its value."""
        count, width = rows.tokens.shape
        every, zero = np.arange(count), self.vocabulary.number("0")
        place = np.where(rows.tokens >= zero, random.random((count, width)), -1).argmax(1)
        left, sign, right = self._operations(rows.tokens[every, place] - zero, random)
        padded = np.pad(rows.tokens, ((0, 0), (1, 1)))
        bracket = self._needs_bracket(padded[every, place], sign, padded[every, place + 2])
        number = self.vocabulary.number
        made = np.stack(
            [
                np.full(count, number("(")),
                zero + left,
                number("+") + sign,
                zero + right,
                np.full(count, number(")")),
            ],
            axis=1,
        )
        keep = np.ones((count, 5), bool)
        keep[:, 0] = keep[:, 4] = bracket
        columns = np.arange(width)
        before = Rows(rows.tokens, place)
        after = Rows.packed(rows.tokens, rows.mask & (columns > place[:, None]))
        return join(before, Rows.packed(made, keep), after)

    def _needs_bracket(self, before: np.ndarray, sign: np.ndarray, after: np.ndarray) -> np.ndarray:
        minus, times, over = (self.vocabulary.number(s) for s in SIGNS[1:])
        loose = sign < 2
        close = (before == times) | (after == times) | (after == over) | (before == minus)
        return (before == over) | (loose & close)

    def _operations(
        self, result: np.ndarray, random: np.random.Generator
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Random (left, sign, right) of which each has the wanted result."""
        outcomes, cumulated = self._table
        chosen = (random.random(len(result))[:, None] > cumulated[result]).sum(1)
        left, sign, right = np.moveaxis(outcomes[result, chosen], -1, 0)
        return left, sign, right

    @cached_property
    def _table(self) -> tuple[np.ndarray, np.ndarray]:
        """For each result the operations that have it, and their cumulated probabilities.

        The left number and the sign are uniform; what has no solution is drawn anew, and where
        every right number would do, it is uniform, but for 0 / 0.
        """
        p = self.modulus
        inverse = [0, *(pow(a, -1, p) for a in range(1, p))]
        lists: list[list[tuple[int, int, int, float]]] = []
        for x in range(p):
            found = [(a, 0, (x - a) % p, 1.0) for a in range(p)]
            found += [(a, 1, (a - x) % p, 1.0) for a in range(p)]
            found += [(a, 2, x * inverse[a] % p, 1.0) for a in range(1, p)]
            if x:
                found += [(a, 3, a * inverse[x] % p, 1.0) for a in range(1, p)]
            else:
                found += [(0, 2, b, 1 / p) for b in range(p)]
                found += [(0, 3, b, 1 / p) for b in range(1, p)]
            lists.append(found)
        widest = max(map(len, lists))
        outcomes = np.zeros((p, widest, 3), np.int64)
        cumulated = np.ones((p, widest))
        for x, found in enumerate(lists):
            table = np.array(found)
            outcomes[x, : len(found)] = table[:, :3]
            cumulated[x, : len(found)] = np.cumsum(table[:, 3]) / table[:, 3].sum()
        cumulated[:, -1] = 1.0
        return outcomes, cumulated

    def final(self, problem: str, chain: Sequence[str]) -> bool:
        """Once no equals sign follows."""
        return bool(chain) and not chain[-1].endswith("=")

    def truth(self, problem: str) -> str:
        """By recursive descent."""
        return str(expressions.value(_body(problem), self.modulus))

    def next_step(self, problem: str, chain: Sequence[str]) -> str:
        """The first operation from the left that may be carried out."""
        last = chain[-1] if chain else problem
        found = expressions.reductions(_body(last), self.modulus)
        if not found:
            self.truth(problem)
            raise DataError(f"'{last}' has no operation left to carry out")
        words = found[0].words
        return " ".join(words if len(words) == 1 else (*words, "="))

    def step(self, problem: str, chain: Sequence[str]) -> Verdict:
        """Whether one operation was carried out, and rightly."""
        before = _body(chain[-2] if len(chain) > 1 else problem)
        words = chain[-1].split()
        after = words[:-1] if words[-1:] == ["="] else words
        if not after:
            return Verdict.fails("nothing is said")
        if (len(after) == 1) == (words[-1] == "="):
            return Verdict.fails(f"'{chain[-1]}': a value ends the chain, an expression does not")
        try:
            meant, found = (expressions.value(w, self.modulus) for w in (before, after))
        except DataError as error:
            return Verdict.fails(str(error))
        text = " ".join(after)
        if meant != found:
            return Verdict.fails(f"{' '.join(before)} is {meant}, but {text} is {found}")
        possible = expressions.reductions(before, self.modulus)
        if any(list(reduction.words) == after for reduction in possible):
            return Verdict.holds(f"one operation of {' '.join(before)}")
        return Verdict.fails(f"{text} is not {' '.join(before)} with one operation carried out")


def _body(line: str) -> list[str]:
    words = line.split()
    if len(words) < 2 or words[-1] != "=" or "=" in words[:-1]:
        raise DataError(f"'{line}' is no problem: write an expression and '=', such as '3 + 4 ='")
    return words[:-1]
