"""Context-free grammars in Chomsky's normal form: which symbols derive a word, and words at random.

Sets of nonterminals are numbers, a bit for each, so that the table of Cocke, Younger and Kasami is
an array.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property

import numpy as np

from pellucid.config import check


@dataclass(frozen=True)
class Grammar:
    """Rules `S -> A B` and `A -> a`; the first symbol is the start.

    `Grammar.of("S -> S S | A B | A X ; X -> S B ; A -> ( ; B -> )")`: symbols that never stand on a
    left side are letters.
    """

    nonterminals: tuple[str, ...]
    letters: tuple[str, ...]
    pairs: tuple[tuple[int, int, int], ...]
    """(S, A, B) for S -> A B."""
    singles: tuple[tuple[int, int], ...]
    """(A, a) for A -> a."""

    @classmethod
    def of(cls, text: str) -> Grammar:
        """From its text; ConfigError names the rule that is not in normal form."""
        rules: list[tuple[str, list[str]]] = []
        for line in text.split(";"):
            left, arrow, right = line.partition("->")
            check(
                bool(arrow) and len(left.split()) == 1,
                f"'{line.strip()}' is no rule: write such as S -> A B | a",
            )
            rules += [(left.strip(), one.split()) for one in right.split("|")]
        names = list(dict.fromkeys(left for left, _ in rules))
        check(len(names) <= 8, f"a grammar of {len(names)} nonterminals: give at most 8")
        letters = list(dict.fromkeys(w for _, right in rules for w in right if w not in names))
        pairs, singles = [], []
        for name, made in rules:
            where = f"'{name} -> {' '.join(made)}' is not in Chomsky's normal form"
            if len(made) == 2 and all(symbol in names for symbol in made):
                pairs.append((names.index(name), names.index(made[0]), names.index(made[1])))
            else:
                good = len(made) == 1 and made[0] in letters
                check(good, f"{where}: two nonterminals, or one letter")
                singles.append((names.index(name), letters.index(made[0])))
        return cls(tuple(names), tuple(letters), tuple(pairs), tuple(singles))

    @property
    def subsets(self) -> int:
        """How many sets of nonterminals there are."""
        return 1 << len(self.nonterminals)

    @cached_property
    def combined(self) -> np.ndarray:
        """What derives xy where some set derives x and another y, (sets, sets)."""
        sets = np.arange(self.subsets)
        found = np.zeros((self.subsets, self.subsets), np.int64)
        for s, a, b in self.pairs:
            found |= np.outer(sets >> a & 1, sets >> b & 1) << s
        return found

    @cached_property
    def of_letter(self) -> np.ndarray:
        """What derives each letter, (letters,)."""
        found = np.zeros(len(self.letters), np.int64)
        for a, letter in self.singles:
            found[letter] |= 1 << a
        return found

    def table(self, words: np.ndarray) -> list[np.ndarray]:
        """For words (B, n), of each span length k the sets (B, n - k + 1) that derive its spans."""
        n = words.shape[1]
        rows = [self.of_letter[words]]
        for span in range(2, n + 1):
            row = np.zeros((len(words), n - span + 1), np.int64)
            for left in range(1, span):
                one, two = rows[left - 1][:, : n - span + 1], rows[span - left - 1][:, left:]
                row |= self.combined[one, two]
            rows.append(row)
        return rows

    def members(self, words: np.ndarray) -> np.ndarray:
        """Which of words (B, n) the start derives."""
        return (self.table(words)[-1][:, 0] & 1).astype(bool)

    def derives(self, word: Sequence[str]) -> bool:
        """Whether the start derives a word, by recursion from the top and without a table."""

        @cache
        def by(symbol: int, begin: int, end: int) -> bool:
            if end - begin == 1:
                return (symbol, self.letters.index(word[begin])) in self.singles
            return any(
                by(a, begin, middle) and by(b, middle, end)
                for s, a, b in self.pairs
                if s == symbol
                for middle in range(begin + 1, end)
            )

        return all(letter in self.letters for letter in word) and bool(word) and by(0, 0, len(word))

    def sample(self, random: np.random.Generator, count: int, length: int) -> np.ndarray:
        """Words (B, length) of random derivations, each of which is equally likely.

        ConfigError where there is no word of that length.
        """
        choices = self._choices(length)
        check(bool(choices[0, length]), f"the grammar has no word of length {length}")
        symbols, spans = np.zeros(count, np.int64), np.full(count, length)
        while (spans > 1).any():
            symbols, spans = _expanded(symbols, spans, choices, random)
        letters = np.empty(len(symbols), np.int64)
        for a in range(len(self.nonterminals)):
            where = symbols == a
            known = [letter for s, letter in self.singles if s == a]
            if where.any():
                letters[where] = random.choice(known, size=where.sum())
        return letters.reshape(count, length)

    def _choices(self, length: int) -> Mapping[tuple[int, int], list[tuple[int, int, int, float]]]:
        """For each symbol and span the (A, B, span of A, derivations) that it may become."""
        number: dict[tuple[int, int], float] = {}
        found: dict[tuple[int, int], list[tuple[int, int, int, float]]] = {}
        for span in range(1, length + 1):
            for s in range(len(self.nonterminals)):
                ways = [
                    (a, b, left, number[a, left] * number[b, span - left])
                    for parent, a, b in self.pairs
                    if parent == s
                    for left in range(1, span)
                ]
                found[s, span] = [way for way in ways if way[3]]
                single = sum(1.0 for a, _ in self.singles if a == s) if span == 1 else 0.0
                number[s, span] = single + sum(way[3] for way in ways)
        return found


def _expanded(
    symbols: np.ndarray,
    spans: np.ndarray,
    choices: Mapping[tuple[int, int], list[tuple[int, int, int, float]]],
    random: np.random.Generator,
) -> tuple[np.ndarray, np.ndarray]:
    """Every symbol whose span is longer than 1 replaced by two; all words one behind the other."""
    width = 1 + (spans > 1)
    first = np.cumsum(width) - width
    after, lengths = np.repeat(symbols, width), np.repeat(spans, width)
    for s, span in {(int(s), int(n)) for s, n in zip(symbols, spans, strict=True) if n > 1}:
        ways = choices[s, span]
        weights = np.array([way[3] for way in ways])
        where = first[(symbols == s) & (spans == span)]
        drawn = random.choice(len(ways), size=len(where), p=weights / weights.sum())
        parts = np.array([way[:3] for way in ways])[drawn]
        after[where], after[where + 1] = parts[:, 0], parts[:, 1]
        lengths[where], lengths[where + 1] = parts[:, 2], span - parts[:, 2]
    return after, lengths
