"""Expressions modulo a prime: their value, and what it is to carry out one operation.

Words are residues, + - * / and brackets; times and divided bind closer, equals from left to right.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pellucid.errors import DataError
from pellucid.reasoning.tasks.task import number

CLOSE, LOOSE = "*/", "+-"


def apply(a: int, sign: str, b: int, p: int) -> int:
    """A op b modulo a prime p; DataError for a division by 0."""
    if sign == "+":
        return (a + b) % p
    if sign == "-":
        return (a - b) % p
    if sign == "*":
        return a * b % p
    if b % p == 0:
        raise DataError(f"'{a} / {b}' is a division by 0: it has no value")
    return a * pow(b, -1, p) % p


def value(words: Sequence[str], p: int) -> int:
    """The value of an expression modulo a prime p, by recursive descent.

    DataError where it is no expression, or has no value.
    """
    reader = _Reader(tuple(words), p)
    found = reader.sum()
    if reader.place < len(words):
        raise DataError(f"'{' '.join(words)}': '{words[reader.place]}' is not expected there")
    return found


class _Reader:
    def __init__(self, words: tuple[str, ...], p: int) -> None:
        self.words, self.p, self.place = words, p, 0

    def sum(self) -> int:
        return self._chain(LOOSE, lambda: self._chain(CLOSE, self._atom))

    def _chain(self, signs: str, part) -> int:  # type: ignore[no-untyped-def]
        found: int = part()
        while self.place < len(self.words) and self.words[self.place] in tuple(signs):
            sign = self.words[self.place]
            self.place += 1
            found = apply(found, sign, part(), self.p)
        return found

    def _atom(self) -> int:
        text = " ".join(self.words)
        if self.place == len(self.words):
            raise DataError(f"'{text}' ends where a number is expected")
        word = self.words[self.place]
        self.place += 1
        if word == "(":
            found = self.sum()
            if self.words[self.place : self.place + 1] != (")",):
                raise DataError(f"'{text}': a bracket is not closed")
            self.place += 1
            return found
        known = number(word, self.p)
        if known is None:
            raise DataError(f"'{text}': '{word}' is no number from 0 to {self.p - 1}")
        return known


@dataclass(frozen=True)
class Reduction:
    """One operation carried out: the words from `begin` to `end` have become one number."""

    begin: int
    end: int
    words: tuple[str, ...]
    """The expression afterwards."""


def reductions(words: Sequence[str], p: int) -> list[Reduction]:
    """Every operation of two numbers that can be carried out without changing the value.

    Brackets that hold one number only are left out with it. Where a division by 0 stands, nothing
    can be done there.
    """
    found = []
    for k in range(len(words) - 2):
        a, sign, b = words[k : k + 3]
        left, right = number(a, p), number(b, p)
        if left is None or right is None or sign not in tuple(CLOSE + LOOSE):
            continue
        before = words[k - 1] if k else ""
        after = words[k + 3] if k + 3 < len(words) else ""
        if not _may(before, sign, after) or (sign == "/" and right == 0):
            continue
        begin, end = k, k + 3
        if before == "(" and after == ")":
            begin, end = k - 1, k + 4
        result = str(apply(left, sign, right, p))
        found.append(Reduction(begin, end, (*words[:begin], result, *words[end:])))
    return found


def _may(before: str, sign: str, after: str) -> bool:
    """Whether 'before a sign b after' may do this operation first; modulo a prime all is exact."""
    if sign in tuple(CLOSE):
        # x * (a / b) is x * a / b, but x / (a * b) is not x / a * b.
        return before != "/"
    # x + (a - b) is x + a - b, but x - (a + b) is not x - a + b; what is bound closer goes first.
    return before not in ("*", "/", "-") and after not in ("*", "/")
