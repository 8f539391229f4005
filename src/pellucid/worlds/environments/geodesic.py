"""How far it is on foot: exact shortest paths of a body among walls.

    ways = Geodesics(layout)
    ways.distance(starts, goal)            # (N,) pixels
    field = ways.field(goal)               # (SIZE, SIZE), at the pixels' centres
    field_at(field, positions)             # (N,), fast: for many thousands of positions

Among polygons a shortest path runs from corner to corner in straight lines (Lozano-Perez & Wesley
1979), so the graph of corners that see each other gives exact lengths; a grid would add 3 % to
oblique ways even with 16 neighbours.
"""

from __future__ import annotations

import numpy as np

from pellucid.worlds.environments.layouts import SIZE, Layout
from pellucid.worlds.environments.physics import GAP, crosses, inside

BLOCK = 20_000
"""Segments tested against the walls at a time, so that memory stays in the cache."""


class Geodesics:
    """Shortest paths in one layout. What depends on the walls alone is computed once."""

    def __init__(self, layout: Layout) -> None:
        self.walls = layout.solid()
        self.corners = _corners(self.walls)
        self._between = self._straight(self.corners, self.corners)
        axis = np.arange(SIZE) + 0.5
        x, y = np.meshgrid(axis, axis)
        self._pixels = np.stack([x.ravel(), y.ravel()], axis=-1)
        self._free = ~inside(self._pixels, self.walls[None])
        self._to_pixels: np.ndarray | None = None

    def distance(self, position_N2: np.ndarray, goal: np.ndarray) -> np.ndarray:
        """Pixels from positions to a goal (2,), both free; inf where there is no way, (N,)."""
        position_N2 = np.asarray(position_N2, dtype=np.float64)
        return self._join(position_N2, goal, self._straight(position_N2, self.corners))

    def field(self, goal: np.ndarray) -> np.ndarray:
        """Pixels to a goal (2,) from each pixel's centre (row, column), inf inside of walls."""
        if self._to_pixels is None:
            self._to_pixels = self._straight(self._pixels[self._free], self.corners)
        field = np.full(SIZE * SIZE, np.inf)
        field[self._free] = self._join(self._pixels[self._free], goal, self._to_pixels)
        return field.reshape(SIZE, SIZE)

    def _join(self, start_N2: np.ndarray, goal: np.ndarray, first_NC: np.ndarray) -> np.ndarray:
        """The straight way where there is one, else the best first corner, (N,)."""
        goal = np.asarray(goal, dtype=np.float64).reshape(1, 2)
        last_C = _shortest(self._between, self._straight(self.corners, goal)[:, 0])
        around = (first_NC + last_C).min(axis=1, initial=np.inf)
        return np.minimum(self._straight(start_N2, goal)[:, 0], around)

    def _straight(self, from_N2: np.ndarray, to_M2: np.ndarray) -> np.ndarray:
        """Lengths of the straight ways (N, M), inf where a wall is between."""
        start = np.repeat(from_N2, len(to_M2), axis=0)
        end = np.tile(to_M2, (len(from_N2), 1))
        length = np.linalg.norm(end - start, axis=-1)
        for i in range(0, len(start), BLOCK):
            part = slice(i, i + BLOCK)
            length[part][crosses(start[part], end[part], self.walls[None])] = np.inf
        return length.reshape(len(from_N2), len(to_M2))


def field_at(field: np.ndarray, position_N2: np.ndarray) -> np.ndarray:
    """A field (SIZE, SIZE) between its pixels' centres, (N,), by bilinear interpolation.

    The walls of the project's layouts end on centres of pixels, so the four pixels around a free
    position are free, and what is interpolated is smooth but for the folds behind corners.
    Pixels inside of walls do not count; among them alone the result is inf.
    """
    place = np.clip(np.asarray(position_N2, dtype=np.float64) - 0.5, 0, SIZE - 1)
    corner = np.minimum(np.floor(place).astype(int), SIZE - 2)
    share = place - corner
    total, weights = np.zeros(len(place)), np.zeros(len(place))
    for dx, weight_x in ((0, 1 - share[:, 0]), (1, share[:, 0])):
        for dy, weight_y in ((0, 1 - share[:, 1]), (1, share[:, 1])):
            value = field[corner[:, 1] + dy, corner[:, 0] + dx]
            known = np.isfinite(value)
            weight = np.where(known, weight_x * weight_y, 0.0)
            total += weight * np.where(known, value, 0.0)
            weights += weight
    return np.divide(total, weights, out=np.full(len(place), np.inf), where=weights > 0)


def _corners(walls_K4: np.ndarray) -> np.ndarray:
    """The walls' corners that are clear of all walls, (C, 2), a hair outside of their own."""
    x0, y0, x1, y1 = (walls_K4 + GAP * np.array([-1.0, -1.0, 1.0, 1.0])).T
    corners = np.concatenate(
        [np.stack(pair, -1) for pair in ((x0, y0), (x0, y1), (x1, y0), (x1, y1))]
    )
    within = ((corners >= 0) & (corners <= SIZE)).all(-1)
    return np.unique(corners[within & ~inside(corners, walls_K4[None])], axis=0)


def _shortest(between_CC: np.ndarray, last_C: np.ndarray) -> np.ndarray:
    """Shortest ways (C,) over the graph `between`, each ending with its `last` (Dijkstra 1959)."""
    best, done = last_C.copy(), np.zeros(len(last_C), bool)
    for _ in range(len(best)):
        nearest = np.where(done, np.inf, best).argmin()
        done[nearest] = True
        best = np.minimum(best, best[nearest] + between_CC[:, nearest])
    return best
