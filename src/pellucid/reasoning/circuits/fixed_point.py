"""A causal transformer of fixed precision: whole numbers throughout, and rounding that is stated.

    network = random_transformer(FixedConfig(vocabulary=8), np.random.default_rng(0))
    network.say(tokens, length=4, steps=4)     # (B, 5) -> (B, 4): the chain after each question

Every activation is a whole number of `bits` bits; weights have `shift` bits behind the point. What
is exact: sums, products and fractions are computed without rounding, then rounded once to the
nearest, halves upward, and held in the range (saturating). Softmax attention has its exponentials
from a table of whole numbers. There is no layer norm: saturation keeps activations in range.

A row of tokens is a question of `length` tokens, then a start token, then what was said. A token's
position is its place in its part. Axes: B rows, L tokens, D features, V words of the vocabulary.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from pellucid.config import check, check_counts
from pellucid.errors import DataError


@dataclass(frozen=True)
class FixedConfig:
    """Sizes, and where numbers are cut."""

    vocabulary: int = 8
    dimension: int = 8
    heads: int = 1
    hidden: int = 16
    """units between the two maps of a feed-forward part"""
    depth: int = 1
    """blocks"""
    places: int = 8
    """tokens of the longest question, and steps of the longest chain"""
    bits: int = 4
    """of an activation, its sign among them"""
    weight_bits: int = 6
    """of a weight, its sign among them"""
    shift: int = 3
    """bits of a weight behind the point"""
    score_shift: int = 3
    """by how many bits a score of attention is shortened before it is cut"""
    octaves: int = 7
    """the largest exponential of attention is 2^octaves times the smallest, which is 1"""

    def __post_init__(self) -> None:
        names = ("vocabulary", "dimension", "heads", "hidden", "depth", "places", "octaves")
        check_counts(self, *names, "shift", "score_shift")
        check(self.bits >= 2, f"bits is {self.bits}: a sign and one bit at least, so 2 or more")
        check(self.weight_bits >= 2, f"weight_bits is {self.weight_bits}: give 2 or more")
        check(
            self.dimension % self.heads == 0,
            f"dimension {self.dimension}: {self.heads} heads must divide it",
        )

    @property
    def low(self) -> int:
        """The least activation."""
        return -(2 ** (self.bits - 1))

    @property
    def high(self) -> int:
        """The greatest."""
        return 2 ** (self.bits - 1) - 1

    @cached_property
    def exponentials(self) -> np.ndarray:
        """Of each score from `low` to `high`, (2^bits,) int64, from 1 to 2^octaves."""
        steps = np.arange(2**self.bits) / (2**self.bits - 1)
        return np.rint(2.0 ** (self.octaves * steps)).astype(np.int64)


@dataclass(frozen=True, eq=False)
class FixedAffine:
    """W x + b in units of 2^-shift: weight (out, in) and bias (out,), int64."""

    weight: np.ndarray
    bias: np.ndarray

    def __call__(self, x: np.ndarray) -> np.ndarray:
        """(..., in) -> (..., out), exact."""
        found: np.ndarray = x @ self.weight.T + self.bias
        return found


@dataclass(frozen=True, eq=False)
class FixedBlock:
    """Attention, then a feed-forward part of ReLU; both are added to what they read."""

    query: FixedAffine
    key: FixedAffine
    value: FixedAffine
    output: FixedAffine
    widen: FixedAffine
    narrow: FixedAffine


@dataclass(frozen=True, eq=False)
class FixedTransformer:
    """Tables of whole numbers: words (V, D), question places (N, D), chain places (N + 1, D)."""

    config: FixedConfig
    words: np.ndarray
    question: np.ndarray
    chain: np.ndarray
    blocks: tuple[FixedBlock, ...]
    readout: FixedAffine

    def states(self, tokens: np.ndarray, length: int) -> np.ndarray:
        """Activations behind the last block, (B, L, D), of rows (B, L).

        Raises
        ------
        DataError
            If the row is longer than the tables, has no start token, or a word is unknown.
        """
        self._check(tokens, length)
        c = self.config
        x = self.words[tokens] + self.positions(length, tokens.shape[1])
        x = np.clip(x, c.low, c.high)
        for block in self.blocks:
            x = self._cut(block.output(self._attended(block, x)), x)
            hidden = np.maximum(self._cut(block.widen(x)), 0)
            x = self._cut(block.narrow(hidden), x)
        return x

    def logits(self, tokens: np.ndarray, length: int) -> np.ndarray:
        """Of the word after the last token, (B, V), in units of 2^-shift."""
        return self.readout(self.states(tokens, length)[:, -1])

    def say(self, tokens: np.ndarray, length: int, *, steps: int) -> np.ndarray:
        """What follows rows (B, L): the likeliest word, `steps` times, (B, steps).

        Of equal words the first is said.
        """
        row = tokens
        for _ in range(steps):
            following = self.logits(row, length).argmax(1)
            row = np.concatenate([row, following[:, None]], axis=1)
        return row[:, tokens.shape[1] :]

    def positions(self, length: int, count: int) -> np.ndarray:
        """The vectors of the first `count` places, (count, D)."""
        table = np.concatenate([self.question[:length], self.chain])
        return table[:count]

    def _attended(self, block: FixedBlock, x: np.ndarray) -> np.ndarray:
        """The rounded mean of earlier values, weighted by exponentials; (B, L, D)."""
        c, count = self.config, x.shape[1]
        heads = (len(x), count, c.heads, -1)
        query, key, value = (
            self._cut(part(x)).reshape(heads).swapaxes(1, 2)
            for part in (block.query, block.key, block.value)
        )
        score = _rounded(query @ key.swapaxes(2, 3), c.score_shift)
        weight = c.exponentials[np.clip(score, c.low, c.high) - c.low]
        weight = weight * np.tril(np.ones((count, count), np.int64))
        below = weight.sum(3, keepdims=True)
        # Halves upward: floor(a / b + 1/2) = floor((2 a + b) / (2 b)).
        mean = (2 * (weight @ value) + below) // (2 * below)
        found: np.ndarray = mean.swapaxes(1, 2).reshape(x.shape)
        return found

    def _cut(self, total: np.ndarray, residual: np.ndarray | int = 0) -> np.ndarray:
        """The sum residual + total 2^-shift, rounded and held in the range."""
        c = self.config
        return np.clip(residual + _rounded(total, c.shift), c.low, c.high)

    def _check(self, tokens: np.ndarray, length: int) -> None:
        c = self.config
        count = tokens.shape[1] if tokens.ndim == 2 else 0
        if not 1 <= length <= c.places or not length < count <= length + c.places + 1:
            raise DataError(
                f"rows {tokens.shape} with questions of {length} tokens: give a start token behind "
                f"the question, and at most {c.places} tokens in each part"
            )
        if tokens.size and not 0 <= tokens.min() <= tokens.max() < c.vocabulary:
            raise DataError(f"a token is outside of the vocabulary, 0 to {c.vocabulary - 1}")


def _rounded(total: np.ndarray, shift: int) -> np.ndarray:
    """The nearest whole number to total 2^-shift, halves upward."""
    return (total + 2 ** (shift - 1)) >> shift


def random_transformer(config: FixedConfig, random: np.random.Generator) -> FixedTransformer:
    """A network of random weights, which are not learned: for sizes and for tests."""
    most = 2 ** (config.weight_bits - 1) - 1
    d, h = config.dimension, config.hidden

    def affine(rows: int, columns: int) -> FixedAffine:
        drawn = random.normal(0, 2**config.shift / columns**0.5, (rows, columns))
        weight = np.clip(np.rint(drawn), -most - 1, most).astype(np.int64)
        # Small biases: else most activations would lie at an end of their range.
        half = 2 ** (config.shift - 1)
        return FixedAffine(weight, random.integers(-half, half + 1, rows))

    def table(rows: int) -> np.ndarray:
        drawn = random.normal(0, config.high / 2, (rows, d))
        return np.clip(np.rint(drawn), config.low, config.high).astype(np.int64)

    sizes = ((d, d), (d, d), (d, d), (d, d), (h, d), (d, h))
    blocks = tuple(FixedBlock(*(affine(*size) for size in sizes)) for _ in range(config.depth))
    return FixedTransformer(
        config,
        table(config.vocabulary),
        table(config.places),
        table(config.places + 1),
        blocks,
        affine(config.vocabulary, d),
    )
