"""Sensors that lie anywhere, laid out on a grid: so that networks of pictures can look at them.

    order = lay_out(sensors.positions_, (32, 32))          # (1024,) numbers of sensors
    pictures = X[:, order].reshape(-1, 32, 32)

Each place of the grid gets the sensor that belongs there such that the way which all sensors go
together is shortest (linear assignment). Where sensors are dense the grid magnifies, as the cortex
magnifies what the fovea sees.
"""

from __future__ import annotations

import numpy as np
from scipy.optimize import linear_sum_assignment
from scipy.spatial.distance import cdist

from pellucid.errors import DataError

ANGLES = 12
"""Parts of a quarter turn that are tried: a map does not know where up is."""


def lay_out(positions: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    """The sensor of each place of a grid (height, width), row by row: (height * width,).

    `positions` (S, 2) may hold NaN for sensors that have none. Where there are fewer sensors than
    places, the empty places repeat the sensor that is nearest to them. The picture may come out
    turned or mirrored. DataError where there are more sensors than places.
    """
    placed = np.flatnonzero(np.isfinite(positions).all(1))
    height, width = shape
    if not 0 < len(placed) <= height * width:
        raise DataError(
            f"{len(placed)} sensors with a place do not fit a grid of {height} x {width}: give as "
            "many places at least"
        )
    cells = np.indices(shape).reshape(2, -1).T.astype(float)
    cells -= cells.mean(0)
    found = positions[placed] - positions[placed].mean(0)
    spread = np.sqrt(np.square(found).sum(1).mean()) or 1.0
    found = found * (np.sqrt(np.square(cells).sum(1).mean()) / spread)
    # A square looks the same after a quarter turn, another grid after half a turn.
    turns = ANGLES if height == width else 2 * ANGLES
    sensors, places = min(
        (_assigned(found, cells, turn * np.pi / (2 * ANGLES)) for turn in range(turns)),
        key=lambda assigned: assigned[0],
    )[1]
    nearest = cdist(cells, cells[places]).argmin(1)
    return placed[sensors[nearest]]


def _assigned(
    found: np.ndarray, cells: np.ndarray, angle: float
) -> tuple[float, tuple[np.ndarray, np.ndarray]]:
    """The way that all sensors go to their places once they are turned, squared, and which ones."""
    cosine, sine = np.cos(angle), np.sin(angle)
    cost = cdist(found @ np.array([[cosine, -sine], [sine, cosine]]), cells, "sqeuclidean")
    pairs = linear_sum_assignment(cost)
    return float(cost[pairs].sum()), pairs
