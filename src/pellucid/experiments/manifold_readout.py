"""How CIFAR-10's features are read: along their main axes, by neighbours and by a smooth map.

Features are many and most of their directions are noise, so the main axes of the known ones are
found first, without labels. Neighbours are sought where axes count by a power of their variance.
The smooth map is ridge regression to the classes with the kernel exp((cos - 1) / width) between
features of length one: near pictures count most and far ones a little. A picture and its mirror
image are made to say the same: the kernel is that of the pair, which is as if both were known, for
a quarter of the numbers. Nystrom's method with a tenth as many landmarks lost five points.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np
from scipy.linalg import eigh

ROWS = 2048
"""Rows whose kernel is held at once."""


@dataclass(frozen=True)
class Axes:
    """The main axes of features (N, F), of the greatest variance first."""

    mean: np.ndarray
    directions: np.ndarray
    """(F, D), orthonormal."""
    variances: np.ndarray
    """(D,)"""

    @classmethod
    def of(cls, pieces: Iterable[np.ndarray], most: int) -> Axes:
        """At most so many, of features that come in pieces (N, F)."""
        count, total, square = 0, None, None
        for piece in pieces:
            rows = piece.astype(np.float32)
            if total is None or square is None:
                total, square = np.zeros(rows.shape[1]), np.zeros((rows.shape[1],) * 2, np.float32)
            count += len(rows)
            total += rows.sum(0, dtype=np.float64)
            square += rows.T @ rows
        assert total is not None
        assert square is not None
        mean = (total / count).astype(np.float32)
        square /= count
        square -= np.outer(mean, mean)
        first = max(0, len(mean) - most)
        variances, directions = eigh(
            square, overwrite_a=True, subset_by_index=(first, len(mean) - 1)
        )
        return cls(mean, np.ascontiguousarray(directions[:, ::-1]), variances[::-1].clip(min=1e-12))

    def along(self, rows: np.ndarray, power: float = 0.0) -> np.ndarray:
        """Features (N, F) along the axes (N, D), of length one.

        Each axis is first divided by its deviation to a power.
        """
        turned = (rows.astype(np.float32) - self.mean) @ self.directions
        turned *= self.variances ** (-power / 2)
        turned /= np.linalg.norm(turned, axis=1, keepdims=True).clip(min=1e-12)
        return turned


@dataclass(frozen=True)
class SmoothMap:
    """Kernel ridge regression to classes; see the module."""

    known: np.ndarray
    """(N, D), of length one."""
    mirrored: np.ndarray
    """(N, D), the same pictures mirrored."""
    weights: np.ndarray
    """(N, classes)."""
    width: float
    steps: int
    """Of conjugate gradients."""

    @classmethod
    def fit(
        cls,
        known: np.ndarray,
        mirrored: np.ndarray,
        labels: np.ndarray,
        *,
        width: float,
        price: float,
        told: Callable[[float], None] = lambda _: None,
    ) -> SmoothMap:
        """From known rows (N, D) of length one, those of their mirror pictures, and classes (N,).

        (K + price I) W = Y is solved by conjugate gradients; K, of N^2 numbers, is held whole.
        """
        count = len(known)
        kernel = np.empty((count, count), np.float32)
        parts = [slice(first, first + ROWS) for first in range(0, count, ROWS)]
        for number, down in enumerate(parts):
            for across in parts[: number + 1]:
                block = _kernel(known[down], known[across], width)
                block += _kernel(mirrored[down], mirrored[across], width)
                block += _kernel(known[down], mirrored[across], width)
                block += _kernel(mirrored[down], known[across], width)
                kernel[down, across] = block / 2
                kernel[across, down] = block.T / 2
            told((number + 1) / len(parts))
        kernel[np.diag_indices(count)] += price
        classes = np.eye(int(labels.max()) + 1, dtype=np.float32)
        wanted = (classes - 1 / len(classes))[labels]
        weights, steps = conjugate_gradients(kernel, wanted)
        return cls(known, mirrored, weights, width, steps)

    def predict(self, rows: np.ndarray) -> np.ndarray:
        """The classes (N,) of rows (N, D)."""
        found = []
        for first in range(0, len(rows), ROWS):
            some = rows[first : first + ROWS]
            near = _kernel(some, self.known, self.width)
            near += _kernel(some, self.mirrored, self.width)
            found.append((near @ self.weights).argmax(1))
        return np.concatenate(found)


def conjugate_gradients(
    matrix: np.ndarray, wanted: np.ndarray, *, tolerance: float = 1e-3, most: int = 1000
) -> tuple[np.ndarray, int]:
    """X with `matrix` (N, N) X = `wanted` (N, K), and the steps; columns go side by side.

    Until no column's residual is above `tolerance` of what was wanted.
    """
    found = np.zeros_like(wanted)
    rest = wanted.copy()
    way = rest.copy()
    square = (rest * rest).sum(0)
    enough = tolerance**2 * square
    for step in range(most):
        if (square <= enough).all():
            return found, step
        moved = matrix @ way
        size = square / (way * moved).sum(0).clip(min=1e-30)
        found += size * way
        rest -= size * moved
        new = (rest * rest).sum(0)
        way = rest + (new / square.clip(min=1e-30)) * way
        square = new
    return found, most


def _kernel(rows: np.ndarray, others: np.ndarray, width: float) -> np.ndarray:
    """exp((cos - 1) / width), (N, M)."""
    similar = rows @ others.T
    similar -= 1
    similar /= width
    return np.exp(similar, out=similar)
