"""Membership in a context-free language, by the table of Cocke, Younger and Kasami.

    "( [ ] ) <sep>" has the chain of the table's rows, shortest spans first, and then yes or no.

The example of dynamic programming in the theory of Feng et al. 2023 (arXiv 2305.15408) that is
not believed to be within reach of circuits of bounded depth. They publish no data for it; words and
format are ours.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from pellucid.config import check
from pellucid.errors import DataError
from pellucid.reasoning.tasks.grammar import Grammar
from pellucid.reasoning.tasks.sequence import Rows, Vocabulary, column, join
from pellucid.reasoning.tasks.task import SEPARATOR, Drawn, Task
from pellucid.reasoning.verification import Verdict

BRACKETS = (
    "S -> S S | A X | A B | C Y | C D ; X -> S B ; Y -> S D ; A -> ( ; B -> ) ; C -> [ ; D -> ]"
)
"""Brackets of two kinds that are nested rightly (the Dyck language D2, without the empty word)."""
ROUNDS = 1000
"""How often words are changed before the language is held to have nearly all of them."""


@dataclass(frozen=True)
class Membership(Task):
    """Words of `length` letters, half of which are in the language of a grammar.

    Those in it are of random derivations; the others are such words with some letters changed or
    exchanged, and those among them that are still in it are drawn anew.
    """

    length: int = 8
    rules: str = BRACKETS

    def __post_init__(self) -> None:
        check(self.length >= 2, f"length is {self.length}: give 2 or more")
        check(len(self.grammar.letters) > 1, "a language of one letter has only lengths")

    @cached_property
    def grammar(self) -> Grammar:
        """The grammar that the rules say."""
        return Grammar.of(self.rules)

    @property
    def name(self) -> str:
        """What it is called."""
        return "membership in a context-free language"

    @cached_property
    def vocabulary(self) -> Vocabulary:
        """Letters, and a word for each set of nonterminals."""
        sets = [self._name(k) for k in range(self.grammar.subsets)]
        return Vocabulary.of(",", SEPARATOR, "no", "yes", *self.grammar.letters, *sets)

    def _name(self, subset: int) -> str:
        names = self.grammar.nonterminals
        return "{" + "".join(n for k, n in enumerate(names) if subset >> k & 1) + "}"

    @property
    def closers(self) -> frozenset[str]:
        """A step is a row of the table."""
        return frozenset(",")

    def draw(self, random: np.random.Generator, count: int) -> Drawn:
        """Half of the words are in the language, in random order."""
        words = self.grammar.sample(random, count, self.length)
        others = (random.random(count) < 0.5).nonzero()[0]
        for _ in range(ROUNDS):
            if not len(others):
                break
            words[others] = self._changed(words[others], random)
            others = others[self.grammar.members(words[others])]
        check(not len(others), f"hardly a word of length {self.length} is not in the language")
        number, n = self.vocabulary.number, self.length
        table = self.grammar.table(words)
        comma, separator = column(number(","), count), column(number(SEPARATOR), count)
        first = number(self._name(0))
        lines = [part for row in table for part in (Rows.full(first + row), comma)]
        answer = Rows.full(number("no") + (table[n - 1] & 1))
        question = join(Rows.full(number(self.grammar.letters[0]) + words), separator)
        return Drawn(question, join(*lines, separator, answer), answer)

    def _changed(self, words: np.ndarray, random: np.random.Generator) -> np.ndarray:
        """Two random places exchanged, and half the time one letter replaced."""
        every, changed = np.arange(len(words)), words.copy()
        one, two, three = random.integers(self.length, size=(3, len(words)))
        changed[every, one], changed[every, two] = words[every, two], words[every, one]
        replaced = (random.random(len(words)) < 0.5).nonzero()[0]
        letters = random.integers(len(self.grammar.letters), size=len(replaced))
        changed[replaced, three[replaced]] = letters
        return changed

    def final(self, problem: str, chain: Sequence[str]) -> bool:
        """After the word behind the separator."""
        return bool(chain) and chain[-1].startswith(SEPARATOR)

    def truth(self, problem: str) -> str:
        """By recursion from the top."""
        return "yes" if self.grammar.derives(self._letters(problem)) else "no"

    def next_step(self, problem: str, chain: Sequence[str]) -> str:
        """The row of spans one longer, from all rows before it; at last whether S is in it."""
        word = self._letters(problem)
        rows = [self._row(line, len(word) - k) for k, line in enumerate(chain)]
        if len(rows) == len(word):
            return f"{SEPARATOR} {'yes' if rows[-1][0] & 1 else 'no'}"
        span = len(rows) + 1
        if span == 1:
            letters = self.grammar.letters
            row = [int(self.grammar.of_letter[letters.index(letter)]) for letter in word]
        else:
            row = [self._cell(rows, k, span) for k in range(len(word) - span + 1)]
        return " ".join([*map(self._name, row), ","])

    def _cell(self, rows: list[list[int]], begin: int, span: int) -> int:
        found = 0
        for left in range(1, span):
            one, two = rows[left - 1][begin], rows[span - left - 1][begin + left]
            for s, a, b in self.grammar.pairs:
                if one >> a & 1 and two >> b & 1:
                    found |= 1 << s
        return found

    def step(self, problem: str, chain: Sequence[str]) -> Verdict:
        """Whether the row follows from those before it."""
        word = self._letters(problem)
        if len(chain) > len(word) + 1:
            return Verdict.fails(f"the table has {len(word)} rows, and no step {len(chain)}")
        try:
            true = self.next_step(problem, chain[:-1])
        except DataError as error:
            return Verdict.fails(str(error))
        what = f"row {len(chain)}" if len(chain) <= len(word) else "the answer by the table"
        if chain[-1] == true:
            return Verdict.holds(f"{what} follows from those before it")
        return Verdict.fails(f"{what} is '{true}', not '{chain[-1]}'")

    def _row(self, line: str, width: int) -> list[int]:
        words = line.split()
        sets = [self._sets.get(word) for word in words[:-1]]
        row = [subset for subset in sets if subset is not None]
        if words[-1:] != [","] or len(row) != width or len(sets) != width:
            raise DataError(f"'{line}' is no row of {width} sets and a comma")
        return row

    @cached_property
    def _sets(self) -> dict[str, int]:
        return {self._name(k): k for k in range(self.grammar.subsets)}

    def _letters(self, problem: str) -> list[str]:
        words, letters = problem.split(), self.grammar.letters
        if len(words) < 2 or words[-1] != SEPARATOR or any(w not in letters for w in words[:-1]):
            raise DataError(
                f"'{problem}' is no problem: write letters of {' '.join(letters)} and {SEPARATOR}"
            )
        return words[:-1]
