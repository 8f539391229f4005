"""Many small pictures as one: atoms, filters, parts of pictures."""

from __future__ import annotations

import numpy as np


def sheet(tiles: np.ndarray, columns: int) -> np.ndarray:
    """Tiles (U, C, h, w), each at its full contrast around grey, row by row as one picture."""
    count, channels, height, width = tiles.shape
    rows = -(-count // columns)
    picture = np.ones((rows * (height + 1) + 1, columns * (width + 1) + 1, 3))
    for number, tile in enumerate(tiles):
        grey = 0.5 + 0.5 * tile / max(float(np.abs(tile).max()), 1e-12)
        coloured = (grey if channels == 3 else np.repeat(grey[:1], 3, 0)).transpose(1, 2, 0)
        top, left = number // columns * (height + 1) + 1, number % columns * (width + 1) + 1
        picture[top : top + height, left : left + width] = coloured
    return picture
