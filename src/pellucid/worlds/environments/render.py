"""Pictures of arenas: flat walls and an anti-aliased disc, drawn for many arenas at once."""

from __future__ import annotations

import numpy as np

from pellucid.worlds.environments.layouts import RADIUS, SIZE, Layout

FLOOR = np.array([240, 238, 232], dtype=np.uint8)
WALL = np.array([58, 66, 84], dtype=np.uint8)
BODY = np.array([222, 84, 44], dtype=np.uint8)


def draw_background(layout: Layout) -> np.ndarray:
    """The arena without its body, (SIZE, SIZE, 3) uint8."""
    picture = np.empty((SIZE, SIZE, 3), dtype=np.uint8)
    picture[:] = FLOOR
    for wall in layout.drawn():
        x0, y0, x1, y1 = np.clip(np.round(wall), 0, SIZE).astype(int)
        picture[y0:y1, x0:x1] = WALL
    return picture


def draw_bodies(background_NHWC: np.ndarray, position_N2: np.ndarray) -> np.ndarray:
    """Pictures (N, SIZE, SIZE, 3) uint8 with a disc at each position (x, y).

    A pixel's share of the disc falls linearly over the pixel that the rim crosses, so that motions
    smaller than a pixel are seen.
    """
    picture = background_NHWC.copy()
    reach = int(np.ceil(RADIUS)) + 1
    offsets = np.arange(-reach, reach + 1)
    centre = np.floor(position_N2).astype(int)
    x = centre[:, 0, None] + offsets
    y = centre[:, 1, None] + offsets
    dx2 = (x + 0.5 - position_N2[:, 0, None]) ** 2
    dy2 = (y + 0.5 - position_N2[:, 1, None]) ** 2
    cover = np.clip(RADIUS + 0.5 - np.sqrt(dy2[:, :, None] + dx2[:, None, :]), 0.0, 1.0)
    rows = np.arange(len(picture))[:, None, None]
    at = (rows, np.clip(y, 0, SIZE - 1)[:, :, None], np.clip(x, 0, SIZE - 1)[:, None, :])
    blend = picture[at] * (1 - cover[..., None]) + BODY * cover[..., None]
    picture[at] = np.round(blend).astype(np.uint8)
    return picture
