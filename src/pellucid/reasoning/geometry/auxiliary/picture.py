"""Several diagrams of one problem at once, and the lines and circles that all of them show.

Places are complex numbers, so that turning is multiplying. Axes: D diagrams, n points.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

Places = NDArray[np.complex128]
Truths = NDArray[np.bool_]
Reals = NDArray[np.float64]

EQUAL = 1e-7
"""Numbers of size one that differ by less are equal in a diagram."""


@dataclass(frozen=True)
class Circle:
    """Points on a circle, in the order of the figure; its centre, where that is a point."""

    members: tuple[int, ...]
    centre: int | None


@dataclass(frozen=True)
class Picture:
    """Points in several diagrams; what is true in all of them is no accident of one.

    Parameters
    ----------
    names
        Of the points.
    places
        (D, n); no two points are drawn in one place.
    """

    names: tuple[str, ...]
    places: Places

    @classmethod
    def of(cls, diagrams: Sequence[Mapping[str, tuple[float, float]]]) -> Picture:
        """The points of the first diagram, in its order; of points in one place, the first."""
        names = tuple(diagrams[0])
        places = np.array([[complex(*d[name]) for name in names] for d in diagrams])
        size = np.abs(places - places.mean(1, keepdims=True)).max(1)
        kept: list[int] = []
        for i in range(len(names)):
            away = np.abs(places[:, kept] - places[:, [i]]) > EQUAL * size[:, None]
            if away.all():
                kept.append(i)
        return cls(tuple(names[i] for i in kept), places[:, kept])

    @property
    def count(self) -> int:
        """How many points."""
        return len(self.names)

    @property
    def size(self) -> Reals:
        """The extent of each diagram, (D, 1)."""
        z = self.places
        wide = z.real.max(1) - z.real.min(1)
        return np.asarray(np.maximum(wide, z.imag.max(1) - z.imag.min(1)))[:, None]

    def collinear(self) -> Truths:
        """Whether three points are on one line in all diagrams, (n, n, n)."""
        way = self.places[:, None, :] - self.places[:, :, None]
        area = np.abs((way[:, :, :, None].conj() * way[:, :, None, :]).imag)
        length = np.abs(way)
        scale = np.maximum(length[:, :, :, None], length[:, :, None, :])
        scale = np.maximum(scale, length[:, None, :, :])
        return np.asarray((area <= EQUAL * scale**2).all(0))

    def lines(self) -> list[tuple[int, ...]]:
        """The largest sets of points on a line; of any two points there is one."""
        on = self.collinear()
        sets = (
            tuple(np.flatnonzero(on[i, j]).tolist()) for i, j in combinations(range(self.count), 2)
        )
        return list(dict.fromkeys(sets))

    def circles(self) -> list[Circle]:
        """Circles of four points or more, and those of two or more about a point."""
        found: dict[tuple[int, ...], Circle] = {}
        for centre in range(self.count):
            for members in self._equally_far(centre):
                found.setdefault(members, Circle(members, centre))
        for members in self._concyclic():
            if not any(set(members) <= set(other) for other in found):
                found[members] = Circle(members, None)
        return list(found.values())

    def _equally_far(self, centre: int) -> list[tuple[int, ...]]:
        far = np.abs(self.places - self.places[:, [centre]]) / self.size
        groups: list[list[int]] = []
        for i in range(self.count):
            same = (np.abs(far[:, i] - far[:, group[0]]).max() < EQUAL for group in groups)
            k = next((k for k, equal in enumerate(same) if equal), len(groups))
            groups[k : k + 1] = [[*(groups[k] if k < len(groups) else ()), i]]
        return [tuple(group) for group in groups if len(group) > 1]

    def _concyclic(self) -> list[tuple[int, ...]]:
        """Four or more points on a circle: their cross ratio is real."""
        found: list[tuple[int, ...]] = []
        flat, z = self.collinear(), self.places
        for i, j, k in combinations(range(self.count), 3):
            if flat[i, j, k] or any({i, j, k} <= set(members) for members in found):
                continue
            a, b, c = (z[:, [x]] for x in (i, j, k))
            cross = (a - z) * (b - c) * ((b - z) * (a - c)).conj()
            scale = np.abs(b - c) * np.abs(a - c) * np.maximum(np.abs(a - z), np.abs(b - z)) ** 2
            members = np.flatnonzero((np.abs(cross.imag) <= EQUAL * scale).all(0))
            if len(members) > 3:
                found.append(tuple(members.tolist()))
        return found
