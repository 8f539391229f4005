"""Rows of tokens of different lengths, as arrays: packed, joined, and what is learned of them.

Shape suffixes: B rows, L tokens.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from pellucid.errors import DataError

PAD, EOS = "<pad>", "<eos>"


@dataclass(frozen=True)
class Vocabulary:
    """Words as numbers: a word is its place. The first two are `<pad>` and `<eos>`."""

    words: tuple[str, ...]

    @classmethod
    def of(cls, *words: str) -> Vocabulary:
        """Of a task's own words."""
        return cls((PAD, EOS, *words))

    def __post_init__(self) -> None:
        assert self.words[:2] == (PAD, EOS), "what pads is 0, what ends is 1"
        assert len(set(self.words)) == len(self.words), "no word twice"
        object.__setattr__(self, "_places", {word: k for k, word in enumerate(self.words)})

    def __len__(self) -> int:
        return len(self.words)

    def number(self, word: str) -> int:
        """The number of a word; DataError for one that is not of the vocabulary."""
        places: dict[str, int] = self.__dict__["_places"]
        if word not in places:
            raise DataError(
                f"'{word}' is no word of this task: known are {' '.join(self.words[2:12])} ..."
            )
        return places[word]

    def encode(self, text: str) -> np.ndarray:
        """Words between spaces as numbers (L,) int64."""
        return np.array([self.number(word) for word in text.split()], np.int64)

    def decode(self, tokens: Sequence[int] | np.ndarray) -> str:
        """The text of numbers (L,), up to `<eos>`, without padding."""
        words = []
        for token in tokens:
            if token == 1:
                break
            if token != 0:
                words.append(self.words[int(token)])
        return " ".join(words)


@dataclass(frozen=True, eq=False)
class Rows:
    """Rows of tokens that begin at the left: tokens (B, L) int64, zero behind length (B,)."""

    tokens: np.ndarray
    length: np.ndarray

    @classmethod
    def full(cls, tokens: np.ndarray) -> Rows:
        """Rows (B, L) that all have L tokens."""
        tokens = tokens.astype(np.int64, copy=False)
        return cls(tokens, np.full(len(tokens), tokens.shape[1]))

    @classmethod
    def packed(cls, tokens: np.ndarray, keep: np.ndarray) -> Rows:
        """What of tokens (B, L) is kept by the mask (B, L), pushed together."""
        length = keep.sum(1)
        packed = np.zeros((len(tokens), int(length.max(initial=0))), np.int64)
        packed[np.arange(packed.shape[1]) < length[:, None]] = tokens[keep]
        return cls(packed, length)

    @property
    def mask(self) -> np.ndarray:
        """(B, L), true where there is a token."""
        return np.arange(self.tokens.shape[1]) < self.length[:, None]

    def take(self, index: np.ndarray) -> Rows:
        """Some of the rows, in the given order."""
        return Rows(self.tokens[index], self.length[index])


def join(*parts: Rows) -> Rows:
    """Row by row one behind the other."""
    tokens = np.concatenate([part.tokens for part in parts], axis=1)
    return Rows.packed(tokens, np.concatenate([part.mask for part in parts], axis=1))


def column(token: int, count: int) -> Rows:
    """One and the same token in each of `count` rows."""
    return Rows.full(np.full((count, 1), token))


@dataclass(frozen=True, eq=False)
class TokenBatch:
    """What a causal network learns from.

    tokens (B, L) int64, 0 behind the end; question (B,) and length (B,), the numbers of tokens of
    the question and of the whole with `<eos>`. A network reads tokens[:, :-1] and is to say
    tokens[:, 1:] where learned[:, 1:] is true: everything behind the question.
    """

    tokens: np.ndarray
    question: np.ndarray
    length: np.ndarray

    @property
    def learned(self) -> np.ndarray:
        """(B, L) bool, true for the tokens that follow the question, `<eos>` among them."""
        place = np.arange(self.tokens.shape[1])
        return (place >= self.question[:, None]) & (place < self.length[:, None])
