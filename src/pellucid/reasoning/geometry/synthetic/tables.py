"""Codes of all directions and lengths of a figure in arrays, to find equal ones at once.

Axes: i, j, k are points. A direction or length of i and j stands at [i, j]; of a point with itself
there is none (`far` is false). An angle (i; j, k) is from the line ij to the line ik, modulo pi.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from pellucid.reasoning.geometry.synthetic.elimination import MODULUS
from pellucid.reasoning.geometry.synthetic.equations import pair
from pellucid.reasoning.geometry.synthetic.figure import TOLERANCE
from pellucid.reasoning.geometry.synthetic.knowledge import Knowledge

Integers = NDArray[np.int64]
Codes = NDArray[np.uint64]
Truths = NDArray[np.bool_]
Reals = NDArray[np.float64]

_TURN = 2**64
_SLACK = 14
"""Bits of a turn that rounding may reach: turns are sums of at most four numbers of 64 bits."""


def mix(*columns: NDArray[np.int64] | Codes | Truths) -> Codes:
    """One number of 64 bits for each row of columns; different rows almost surely differ."""
    shape = np.broadcast_shapes(*(column.shape for column in columns))
    # Arrays wrap around silently; numbers of no axis would warn.
    found = np.full(shape or (1,), 0x9E3779B97F4A7C15, dtype=np.uint64)
    for column in columns:
        found = found ^ column.astype(np.uint64)
        found = (found ^ (found >> np.uint64(32))) * np.uint64(0xD6E8FEB86659FD93)
        found = (found ^ (found >> np.uint64(29))) * np.uint64(0xBF58476D1CE4E5B9)
    return found ^ (found >> np.uint64(31))


def links(key: Codes, full: Codes) -> tuple[Integers, Integers]:
    """Members of classes of equal `key` that differ in `full`: each with the first of its class.

    Returns
    -------
    tuple
        Indices of the first and of the other, in order; those that agree with another in both are
        left out.
    """
    order = np.lexsort((np.arange(len(key)), full, key))
    keys, fulls = key[order], full[order]
    new_key = np.r_[True, keys[1:] != keys[:-1]]
    new_full = new_key | np.r_[True, fulls[1:] != fulls[:-1]]
    start = np.maximum.accumulate(np.where(new_key, np.arange(len(key)), 0))
    member = np.flatnonzero(new_full & ~new_key)
    first, other = order[start[member]], order[member]
    sequence = np.lexsort((other, first))
    return first[sequence], other[sequence]


@dataclass(frozen=True)
class Triangles:
    """Ordered triples of points; arrays have one entry for each."""

    a: Integers
    b: Integers
    c: Integers
    turn: Integers
    """As `Figure.turn`; zero for points on a line."""


class Table:
    """A photograph of what is known: it does not change when facts are added."""

    def __init__(self, knowledge: Knowledge) -> None:
        self.names = knowledge.points
        self.count = n = len(self.names)
        self.place: Reals = np.array([knowledge.figure.places[p] for p in self.names]).reshape(n, 2)
        self.far: Truths = np.zeros((n, n), dtype=bool)
        self.direction: Integers = np.zeros((n, n), dtype=np.int64)
        self.turn: Codes = np.zeros((n, n), dtype=np.uint64)
        self.length: Integers = np.zeros((n, n), dtype=np.int64)
        directions, ratios = knowledge.systems["direction"], knowledge.systems["ratio"]
        for i in range(n):
            for j in range(i):
                variable = pair(self.names[i], self.names[j])
                if not knowledge.figure.apart(*variable):
                    continue
                turn = directions.turn(variable)
                self.far[i, j] = self.far[j, i] = True
                self.direction[i, j] = self.direction[j, i] = directions.code(variable)
                self.turn[i, j] = self.turn[j, i] = turn.numerator * _TURN // turn.denominator
                self.length[i, j] = self.length[j, i] = ratios.code(variable)

    def named(self, *indices: int | np.integer) -> tuple[str, ...]:
        """Names of points."""
        return tuple(self.names[i] for i in indices)

    def directions(self, terms: list[tuple[int, Integers, Integers]], turn: float = 0.0) -> Codes:
        """Code of the sum of factor times direction of i and j, minus `turn`, modulo 1."""
        code = np.zeros(np.broadcast_shapes(*(np.shape(i) for _, i, _ in terms)), dtype=np.int64)
        part = np.full(code.shape, int(-turn % 1 * _TURN) + 2 ** (_SLACK - 1), dtype=np.uint64)
        for factor, i, j in terms:
            code = (code + factor * self.direction[i, j]) % MODULUS
            part = part + np.uint64(factor % _TURN) * self.turn[i, j]
        return mix(code, part >> np.uint64(_SLACK))

    def angle(self, i: Integers, j: Integers, k: Integers, sign: int = 1) -> Codes:
        """Code of the angle (i; j, k), or of its opposite."""
        return self.directions([(sign, i, k), (-sign, i, j)])

    def ratio(self, i: Integers, j: Integers, k: Integers, l: Integers) -> Codes:
        """Code of the ratio of the lengths ij and kl."""
        return mix((self.length[i, j] - self.length[k, l]) % MODULUS)

    @cached_property
    def distance(self) -> Reals:
        """Lengths in the figure, (n, n)."""
        difference = self.place[:, None] - self.place[None]
        return np.asarray(np.hypot(difference[..., 0], difference[..., 1]))

    @cached_property
    def triples(self) -> Triangles:
        """All ordered triples of points that are drawn apart."""
        a, b, c = (x.ravel() for x in np.indices((self.count,) * 3))
        apart = self.far[a, b] & self.far[b, c] & self.far[a, c]
        a, b, c = a[apart], b[apart], c[apart]
        u, v = self.place[b] - self.place[a], self.place[c] - self.place[a]
        area = u[:, 0] * v[:, 1] - u[:, 1] * v[:, 0]
        sides = np.sort(
            np.stack([self.distance[a, b], self.distance[b, c], self.distance[a, c]]), 0
        )
        flat = np.abs(area) <= TOLERANCE * sides[1] * sides[2]
        return Triangles(a, b, c, np.where(flat, 0, np.sign(area)).astype(np.int64))

    @cached_property
    def triangles(self) -> Triangles:
        """All ordered triples of points that are not on a line."""
        return self._chosen(self.triples.turn != 0)

    @cached_property
    def collinear(self) -> Triangles:
        """All ordered triples of points that are known to be on a line."""
        t = self.triples
        same = self.directions([(1, t.a, t.b), (-1, t.a, t.c)]) == self._nothing
        also = self.directions([(1, t.a, t.b), (-1, t.b, t.c)]) == self._nothing
        return self._chosen((t.turn == 0) & same & also)

    @property
    def _nothing(self) -> np.uint64:
        zero = np.zeros(1, dtype=np.int64)
        return np.uint64(mix(zero, zero.astype(np.uint64))[0])

    def _chosen(self, which: Truths) -> Triangles:
        t = self.triples
        return Triangles(t.a[which], t.b[which], t.c[which], t.turn[which])
