"""A transformer of fixed precision as a threshold circuit: for one length, every gate laid out.

    direct = compile_circuit(network, length=4)              # the word after the question
    chained = compile_circuit(network, length=4, steps=4)    # a chain of 4 words
    direct.depth, direct.size, direct.wires                  # 18 for one block, at every length
    chained(tokens)                                          # (B, 5) -> (B, 4): as network.say

The circuit's inputs are the tokens, one wire for each word at each place. A step of a chain feeds
the wires of what was said to the next place: gates of places before are used again, and the depth
of one more step is added. So D gates of depth become T D for T steps, which is how a chain leaves
constant depth (Feng et al. 2023, Li et al. 2024).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pellucid.config import check
from pellucid.errors import DataError
from pellucid.reasoning.circuits.builder import CircuitBuilder, Sum
from pellucid.reasoning.circuits.fixed_point import FixedAffine, FixedBlock, FixedTransformer
from pellucid.reasoning.circuits.threshold import Circuit

Vector = list[Sum]
"""The features of a token."""


@dataclass(frozen=True, eq=False)
class TransformerCircuit:
    """A circuit, and how tokens are its bits.

    Its outputs are `steps` words, one wire for each word of the vocabulary; then the digits of the
    last state that was read out, by which it can be compared with the network in more than words.
    """

    circuit: Circuit
    vocabulary: int
    length: int
    steps: int
    state: tuple[Sum, ...]
    """Of each feature, weights of the last outputs: its wires are places among these."""

    @property
    def depth(self) -> int:
        """Gates on the longest path."""
        return self.circuit.depth

    @property
    def size(self) -> int:
        """Gates."""
        return self.circuit.size

    @property
    def wires(self) -> int:
        """Connections."""
        return self.circuit.wires

    def bits(self, tokens: np.ndarray) -> np.ndarray:
        """The input bits of rows of tokens (B, length + 1), (B, (length + 1) V) bool."""
        if tokens.ndim != 2 or tokens.shape[1] != self.length + 1:
            raise DataError(
                f"rows {tokens.shape}: the circuit reads {self.length} tokens and a start token"
            )
        if tokens.size and not 0 <= tokens.min() <= tokens.max() < self.vocabulary:
            raise DataError(f"a token is outside of the vocabulary, 0 to {self.vocabulary - 1}")
        one_hot = tokens[..., None] == np.arange(self.vocabulary)
        return one_hot.reshape(len(tokens), -1)

    def __call__(self, tokens: np.ndarray) -> np.ndarray:
        """What is said after rows of tokens (B, length + 1), (B, steps)."""
        return self.evaluate(tokens)[0]

    def evaluate(self, tokens: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """What is said (B, steps), and the last state that was read out (B, D)."""
        out = self.circuit(self.bits(tokens))
        words = out[:, : self.steps * self.vocabulary].reshape(-1, self.steps, self.vocabulary)
        rest = out[:, self.steps * self.vocabulary :].astype(np.int64)
        state = [s.constant + rest[:, s.wires] @ s.weights for s in self.state]
        return words.argmax(2), np.stack(state, 1)


def compile_circuit(
    network: FixedTransformer, length: int, *, steps: int = 1
) -> TransformerCircuit:
    """The circuit of `steps` words after a question of `length` tokens and a start token.

    Raises
    ------
    ConfigError
        If the question or the chain is longer than the network has places for.
    """
    places = network.config.places
    check(1 <= length <= places, f"length is {length}: the network has {places} places")
    check(1 <= steps <= places + 1, f"steps is {steps}: the network says 1 to {places + 1} words")
    compiler = _Compiler(network, length)
    said = [compiler.say() for _ in range(steps)]
    state = compiler.stream.last_state
    digits = np.unique(np.concatenate([np.zeros(0, np.int64), *(s.wires for s in state)]))
    circuit = compiler.builder.build(np.concatenate([*said, digits]))
    placed = (Sum(np.searchsorted(digits, s.wires), s.weights, s.constant) for s in state)
    return TransformerCircuit(circuit, network.config.vocabulary, length, steps, tuple(placed))


class _Compiler:
    """Lays one token after the other."""

    def __init__(self, network: FixedTransformer, length: int) -> None:
        words = network.config.vocabulary
        self.network = network
        self.builder = CircuitBuilder((length + 1) * words)
        self.positions = network.positions(length, length + network.config.places + 1)
        self.stream = _Stream(self.builder, network)
        for place in range(length):
            # Nothing is read out behind a question's own tokens.
            self.stream.read(self._embedded(place * words + np.arange(words)), last=False)
        self.following = length * words + np.arange(words)

    def say(self) -> np.ndarray:
        """The wires of the next word, (V,)."""
        self.stream.read(self._embedded(self.following), last=True)
        readout, state = self.network.readout, self.stream.last_state
        self.following = self.builder.largest(_affine(readout, state))
        return self.following

    def _embedded(self, words: np.ndarray) -> Vector:
        """The word's vector and the place's, held in the range; of the wires one is true."""
        c, builder = self.network.config, self.builder
        position = self.positions[self.stream.count]
        found = []
        for feature in range(c.dimension):
            values = self.network.words[:, feature] + int(position[feature])
            total = Sum.total([Sum(words, np.ones(len(words), np.int64) * values)], [1])
            found.append(builder.number(total, _held(total, c.low, c.high)))
        return found


class _Stream:
    """The blocks, token by token: keys and values of earlier tokens are gates that stand."""

    def __init__(self, builder: CircuitBuilder, network: FixedTransformer) -> None:
        self.builder, self.network, self.config = builder, network, network.config
        self.count = 0
        self.keys: list[list[Vector]] = [[] for _ in network.blocks]
        self.values: list[list[Vector]] = [[] for _ in network.blocks]
        self.last_state: Vector = []

    def read(self, x: Vector, *, last: bool) -> None:
        """One more token; with `last` its state behind all blocks is found too."""
        for k, block in enumerate(self.network.blocks):
            self.keys[k].append(self._cut(_affine(block.key, x)))
            self.values[k].append(self._cut(_affine(block.value, x)))
            if last or k + 1 < len(self.network.blocks):
                x = self._block(k, block, x)
        self.count += 1
        self.last_state = x

    def _block(self, k: int, block: FixedBlock, x: Vector) -> Vector:
        query = self._cut(_affine(block.query, x))
        size = self.config.dimension // self.config.heads
        seen: Vector = []
        for head in range(self.config.heads):
            part = slice(head * size, (head + 1) * size)
            keys = [key[part] for key in self.keys[k]]
            seen += self._head(query[part], keys, [value[part] for value in self.values[k]])
        x = self._cut(_affine(block.output, seen), x)
        hidden = self._cut(_affine(block.widen, x), floor=0)
        return self._cut(_affine(block.narrow, hidden), x)

    def _head(self, query: Vector, keys: list[Vector], values: list[Vector]) -> Vector:
        weights = [self._exponential(query, key) for key in keys]
        below = Sum.total(weights, [1] * len(weights))
        found = []
        for feature in range(len(query)):
            products = [
                self.builder.product(w, v[feature]) for w, v in zip(weights, values, strict=True)
            ]
            above = Sum.total(products, [1] * len(products))
            mean = self.builder.quotient(above, below, self.config.low, self.config.high)
            found.append(mean)
        return found

    def _exponential(self, query: Vector, key: Vector) -> Sum:
        c = self.config
        parts = [self.builder.product(q, k) for q, k in zip(query, key, strict=True)]
        score = Sum.total(parts, [1] * len(parts))
        place = _held(score, c.low, c.high, shift=c.score_shift) - c.low
        return self.builder.number(score, c.exponentials[place])

    def _cut(
        self, totals: Vector, residual: Vector | None = None, *, floor: int | None = None
    ) -> Vector:
        """Each sum, rounded to whole numbers and held in the range, of which `floor` is the least.

        What is added to it is whole: added before rounding it changes nothing.
        """
        c = self.config
        low = c.low if floor is None else floor
        found = []
        for k, total in enumerate(totals):
            if residual is not None:
                total = Sum.total([total, residual[k]], [1, 2**c.shift])
            found.append(self.builder.number(total, _held(total, low, c.high, shift=c.shift)))
        return found


def _affine(part: FixedAffine, x: Vector) -> Vector:
    rows = zip(part.weight.tolist(), part.bias.tolist(), strict=True)
    return [Sum.total(x, row, bias) for row, bias in rows]


def _held(total: Sum, low: int, high: int, *, shift: int = 0) -> np.ndarray:
    """What becomes of all that a sum can be: rounded, halves upward, and held in a range."""
    values = np.arange(total.low, total.high + 1)
    if shift:
        values = (values + 2 ** (shift - 1)) >> shift
    return np.clip(values, low, high)
