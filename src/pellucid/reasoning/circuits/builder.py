"""Arithmetic in threshold gates of constant depth, whatever is added up.

    x = builder.number(total, values)    # the binary digits of any function of a sum: depth 2
    p = builder.product(x, y)            # a sum over ANDs of digits: depth 1
    q = builder.quotient(above, below)   # the nearest whole number to a fraction: depth 2

A sum is not a gate: it is what gates compare. So adding up any number of numbers costs no depth,
and a function of a sum is read off by the places where its digits change (as symmetric functions
are in depth 2; Hajnal et al. 1993, Siu and Bruck 1991). A fraction is at least t where its
numerator less t denominators is not negative, which is a sum again: division needs no more.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from pellucid.reasoning.circuits.threshold import Circuit


@dataclass(frozen=True, eq=False)
class Sum:
    """constant + weights . bits of wires: a whole number that depends on the circuit's input."""

    wires: np.ndarray
    weights: np.ndarray
    constant: int = 0

    @classmethod
    def of(cls, constant: int) -> Sum:
        """The same for every input."""
        return cls(np.zeros(0, np.int64), np.zeros(0, np.int64), constant)

    @classmethod
    def total(cls, parts: Sequence[Sum], factors: Sequence[int], constant: int = 0) -> Sum:
        """The sum constant + factors . parts; a wire of several parts is read once."""
        wires = np.concatenate([np.zeros(0, np.int64), *(p.wires for p in parts)])
        scaled = [p.weights * f for p, f in zip(parts, factors, strict=True)]
        weights = np.concatenate([np.zeros(0, np.int64), *scaled])
        constant += sum(f * p.constant for p, f in zip(parts, factors, strict=True))
        unique, place = np.unique(wires, return_inverse=True)
        together = np.zeros(len(unique), np.int64)
        np.add.at(together, place, weights)
        counts = together != 0
        return cls(unique[counts], together[counts], constant)

    @cached_property
    def low(self) -> int:
        """No input gives less."""
        return self.constant + int(self.weights[self.weights < 0].sum())

    @cached_property
    def high(self) -> int:
        """No input gives more."""
        return self.constant + int(self.weights[self.weights > 0].sum())


class CircuitBuilder:
    """Lays gates one behind the other; `build` makes the circuit of them."""

    def __init__(self, inputs: int) -> None:
        self.inputs = inputs
        self._levels = np.zeros(max(inputs, 1024), np.int64)
        self._count = inputs
        self._row_count = 0
        self._lengths: list[np.ndarray] = []
        self._wires: list[np.ndarray] = []
        self._weights: list[np.ndarray] = []
        self._rows: list[np.ndarray] = []
        self._thresholds: list[np.ndarray] = []

    def build(self, outputs: np.ndarray) -> Circuit:
        """The circuit of all gates so far, of which the wires `outputs` are read."""
        none = np.zeros(0, np.int64)
        return Circuit(
            self.inputs,
            np.concatenate([[0], np.cumsum(np.concatenate([none, *self._lengths]))]),
            np.concatenate([none, *self._wires]),
            np.concatenate([none, *self._weights]),
            np.concatenate([none, *self._rows]),
            np.concatenate([none, *self._thresholds]),
            self._levels[self.inputs : self._count].copy(),
            np.asarray(outputs, np.int64),
        )

    def at_least(self, total: Sum, thresholds: Sequence[int]) -> np.ndarray:
        """Wires that say whether the sum reaches each threshold; all read one row of wires.

        A threshold lies above the least that the sum can be, and not above the most.
        """
        assert all(total.low < t <= total.high for t in thresholds), "a gate, not a constant"
        level = 1 + int(self._levels[total.wires].max())
        self._add_row(total.wires, total.weights)
        row = np.full(len(thresholds), self._row_count - 1)
        return self._add_gates(row, np.asarray(thresholds, np.int64) - total.constant, level)

    def number(self, total: Sum, values: np.ndarray) -> Sum:
        """The whole number values[total - total.low], as a sum of its binary digits (depth 2)."""
        assert len(values) == total.high - total.low + 1, "a value for all that the sum can be"
        changes = np.flatnonzero(np.diff(values)) + 1
        if not len(changes):
            return Sum.of(int(values[0]))
        gates = self.at_least(total, (total.low + changes).tolist())
        return self._digits(gates, values[np.concatenate([[0], changes])])

    def product(self, one: Sum, two: Sum) -> Sum:
        """The product of two numbers: a sum over ANDs of a digit of each (depth 1)."""
        grid = self._ands(np.repeat(one.wires, len(two.wires)), np.tile(two.wires, len(one.wires)))
        both = Sum(grid, np.outer(one.weights, two.weights).ravel())
        return Sum.total(
            [both, one, two], [1, two.constant, one.constant], -one.constant * two.constant
        )

    def quotient(self, above: Sum, below: Sum, low: int, high: int) -> Sum:
        """The whole number nearest to above / below, halves upward, from `low` to `high`; depth 2.

        `below` is positive and the fraction within these bounds, whatever the input.
        """
        gates, values = [], [low]
        for t in range(low + 1, high + 1):
            excess = Sum.total([above, below], [2, 1 - 2 * t])  # 2 above >= (2 t - 1) below
            if excess.low >= 0:
                values = [t]
            elif excess.high >= 0:
                gates.append(self.at_least(excess, [0]))
                values.append(t)
        if not gates:
            return Sum.of(values[0])
        return self._digits(np.concatenate(gates), np.array(values))

    def largest(self, totals: Sequence[Sum]) -> np.ndarray:
        """Wires of which the one of the largest sum is true, the first of several (depth 2)."""
        winners = []
        for a, one in enumerate(totals):
            beats = [
                self._compare(Sum.total([one, other], [1, -1]), int(b < a))
                for b, other in enumerate(totals)
                if b != a
            ]
            if any(beat.high == 0 for beat in beats):
                beats = [Sum.of(0)]
            winners.append(self._wire(Sum.total(beats, [1] * len(beats)), len(beats)))
        return np.concatenate(winners)

    def _compare(self, total: Sum, threshold: int) -> Sum:
        if total.low >= threshold or total.high < threshold:
            return Sum.of(int(total.low >= threshold))
        return Sum(self.at_least(total, [threshold]), np.ones(1, np.int64))

    def _wire(self, total: Sum, threshold: int) -> np.ndarray:
        """One wire even where a constant would do: a gate that is always, or never, true."""
        if total.low < threshold <= total.high:
            return self.at_least(total, [threshold])
        true = total.low >= threshold
        self._add_row(np.zeros(1, np.int64), np.ones(1, np.int64))
        row = np.array([self._row_count - 1])
        return self._add_gates(row, np.array([0 if true else 2]), 1)

    def _digits(self, gates: np.ndarray, values: np.ndarray) -> Sum:
        """The number values[k], where k of the gates are true, and always the first k of them.

        Two's complement where a value is negative; a digit is a signed sum of gates.
        """
        signed = int(values.min()) < 0
        bits = max(int(v if v >= 0 else -v - 1).bit_length() for v in values.tolist()) + signed
        wires, weights, constant = [], [], 0
        for j in range(bits):
            weight = -(2**j) if signed and j == bits - 1 else 2**j
            digit = (values >> j) & 1
            steps = np.diff(digit)
            if not steps.any():
                constant += weight * int(digit[0])
                continue
            used = steps != 0
            total = Sum(gates[used], steps[used], int(digit[0]))
            plain = used.sum() == 1 and digit[0] == 0
            wires.append(total.wires if plain else self._add_digit(total))
            weights.append(weight)
        return Sum(np.concatenate(wires), np.array(weights, np.int64), constant)

    def _add_digit(self, total: Sum) -> np.ndarray:
        return self.at_least(total, [1])

    def _ands(self, one: np.ndarray, two: np.ndarray) -> np.ndarray:
        count = len(one)
        if not count:
            return np.zeros(0, np.int64)
        rows = self._row_count + np.arange(count)
        self._row_count += count
        self._lengths.append(np.full(count, 2))
        self._wires.append(np.stack([one, two], 1).ravel())
        self._weights.append(np.ones(2 * count, np.int64))
        levels = 1 + np.maximum(self._levels[one], self._levels[two])
        return self._add_gates(rows, np.full(count, 2), levels)

    def _add_row(self, wires: np.ndarray, weights: np.ndarray) -> None:
        self._row_count += 1
        self._lengths.append(np.array([len(wires)]))
        self._wires.append(wires)
        self._weights.append(weights)

    def _add_gates(
        self, rows: np.ndarray, thresholds: np.ndarray, levels: int | np.ndarray
    ) -> np.ndarray:
        first, self._count = self._count, self._count + len(rows)
        if self._count > len(self._levels):
            more = np.zeros(2 * self._count, np.int64)
            more[:first] = self._levels[:first]
            self._levels = more
        self._levels[first : self._count] = levels
        self._rows.append(rows)
        self._thresholds.append(thresholds)
        return np.arange(first, self._count)
