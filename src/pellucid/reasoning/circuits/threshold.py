"""Circuits of threshold gates: each gate says whether a weighted sum of bits reaches a number.

    circuit = builder.build(outputs)
    circuit.depth, circuit.size, circuit.wires, circuit.kinds()
    circuit(bits)                        # (B, inputs) -> (B, outputs), gate by gate

AND, OR and NOT are threshold gates. A gate of whole weights is one majority gate of unit weights
whose wires are laid |weight| times, negative ones through a NOT, and some constants: so a family of
circuits of constant depth whose `unit_wires` are polynomial in the length is in TC0.

Wires are numbers: first the inputs, then the gates in an order in which each reads earlier ones.
Gates that compare one and the same sum share a row of wires. Axes: B samples.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

import numpy as np
from scipy.sparse import csr_matrix

from pellucid.errors import DataError

Kind = Literal["and", "or", "not", "threshold"]
KINDS: tuple[Kind, ...] = ("and", "or", "not", "threshold")
CHUNK = 256
"""Samples that are evaluated at once: the bits of all wires are held for them."""


@dataclass(frozen=True)
class Gate:
    """True where the sum of weights of true wires reaches the threshold."""

    wires: tuple[int, ...]
    weights: tuple[int, ...]
    threshold: int
    kind: Kind


@dataclass(frozen=True, eq=False)
class Circuit:
    """Gates over `inputs` bits; which wires are its outputs.

    Row r reads wires[starts[r]:starts[r + 1]] with the weights there; gate g is true where the sum
    of row rows[g] reaches thresholds[g]; levels[g] is the length of the longest path to it.
    """

    inputs: int
    starts: np.ndarray
    wire_list: np.ndarray
    weights: np.ndarray
    rows: np.ndarray
    thresholds: np.ndarray
    levels: np.ndarray
    outputs: np.ndarray

    @property
    def depth(self) -> int:
        """Gates on the longest path from an input to an output."""
        inside = self.outputs[self.outputs >= self.inputs] - self.inputs
        return int(self.levels[inside].max(initial=0))

    @property
    def size(self) -> int:
        """Gates."""
        return len(self.rows)

    @cached_property
    def wires(self) -> int:
        """Connections, of all gates."""
        return int(np.diff(self.starts)[self.rows].sum())

    @cached_property
    def unit_wires(self) -> int:
        """Connections where a weight w takes |w| of them: those of majority gates."""
        return int(_by_row(np.add, np.abs(self.weights), self.starts)[self.rows].sum())

    @cached_property
    def _kinds(self) -> np.ndarray:
        """The place in KINDS of each gate, by what it computes."""
        least = _by_row(np.minimum, self.weights, self.starts)[self.rows]
        total = _by_row(np.add, self.weights, self.starts)[self.rows]
        fan_in = np.diff(self.starts)[self.rows]
        t = self.thresholds
        return np.select(
            [
                (least > 0) & (t <= total) & (t > total - least),
                (least > 0) & (t > 0) & (t <= least),
                (fan_in == 1) & (least < 0) & (t <= 0) & (t > least),
            ],
            [0, 1, 2],
            3,
        )

    def kinds(self) -> dict[Kind, int]:
        """How many gates there are of each kind."""
        counts = np.bincount(self._kinds, minlength=len(KINDS)).tolist()
        return dict(zip(KINDS, counts, strict=True))

    def gates(self) -> Iterator[Gate]:
        """One by one, in order; gate k drives wire inputs + k."""
        for row, threshold, kind in zip(self.rows, self.thresholds, self._kinds, strict=True):
            part = slice(self.starts[row], self.starts[row + 1])
            wires, weights = self.wire_list[part].tolist(), self.weights[part].tolist()
            yield Gate(tuple(wires), tuple(weights), int(threshold), KINDS[kind])

    def __call__(self, bits: np.ndarray) -> np.ndarray:
        """Outputs (B, outputs) bool, for inputs (B, inputs) bool.

        Raises
        ------
        DataError
            If there are other than `inputs` bits a sample.
        """
        if bits.ndim != 2 or bits.shape[1] != self.inputs:
            raise DataError(f"bits {bits.shape}: the circuit reads (B, {self.inputs})")
        parts = [self._some(bits[k : k + CHUNK]) for k in range(0, len(bits), CHUNK)]
        return np.concatenate([np.zeros((0, len(self.outputs)), bool), *parts])

    def _some(self, bits: np.ndarray) -> np.ndarray:
        state = np.zeros((self.inputs + self.size, len(bits)), self._plan.number)
        state[: self.inputs] = bits.T
        for level in self._plan.levels:
            sums = level.matrix @ state[level.reads]
            state[level.drives] = sums[level.rows] >= level.thresholds[:, None]
        return state[self.outputs].T.astype(bool)

    @cached_property
    def _plan(self) -> _Plan:
        """Rows by level as sparse matrices, in numbers that hold the largest sum."""
        largest = int(_by_row(np.add, np.abs(self.weights), self.starts).max(initial=0))
        largest = max(largest, int(np.abs(self.thresholds).max(initial=0)))
        number = np.int32 if largest < 2**31 else np.int64
        order = np.argsort(self.levels, kind="stable")
        cuts = np.flatnonzero(np.diff(self.levels[order])) + 1
        groups = np.split(order, cuts) if self.size else []
        return _Plan(number, [self._level(gates, number) for gates in groups])

    def _level(self, gates: np.ndarray, number: Any) -> _Level:
        rows, inverse = np.unique(self.rows[gates], return_inverse=True)
        lengths = np.diff(self.starts)[rows]
        starts = np.concatenate([[0], np.cumsum(lengths)])
        within = np.arange(starts[-1]) - np.repeat(starts[:-1], lengths)
        entries = np.repeat(self.starts[rows], lengths) + within
        reads, columns = np.unique(self.wire_list[entries], return_inverse=True)
        values = self.weights[entries].astype(number)
        matrix = csr_matrix((values, columns, starts), shape=(len(rows), len(reads)))
        thresholds = self.thresholds[gates].astype(number)
        return _Level(matrix, reads, inverse, thresholds, self.inputs + gates)


@dataclass(frozen=True)
class _Level:
    """Gates that read earlier levels only."""

    matrix: Any
    reads: np.ndarray
    rows: np.ndarray
    thresholds: np.ndarray
    drives: np.ndarray


@dataclass(frozen=True)
class _Plan:
    number: Any
    levels: Sequence[_Level]


def _by_row(function: np.ufunc, values: np.ndarray, starts: np.ndarray) -> np.ndarray:
    """A sum or minimum of each row; no row is empty."""
    if len(starts) == 1:
        return np.zeros(0, np.int64)
    found: np.ndarray = function.reduceat(values, starts[:-1])
    return found
