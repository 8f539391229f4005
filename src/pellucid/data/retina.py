"""A retina: sensors that are dense in the middle of what is seen, and coarse outside."""

from __future__ import annotations

import numpy as np


def retina(height: int, width: int, sensors: int | None = None) -> tuple[np.ndarray, np.ndarray]:
    """Places of sensors (S, 2) and their fields (S, height * width); as many as pixels by default.

    A spiral of even turns whose density falls with the distance from the middle, out to the edge;
    each sensor sees a Gaussian whose width is the spacing there.
    """
    count = height * width if sensors is None else sensors
    share = (np.arange(count) + 0.5) / count
    radius = 0.5 * min(height, width) * share**0.8
    angle = np.arange(count) * np.pi * (3 - 5**0.5)
    places = np.stack([radius * np.sin(angle), radius * np.cos(angle)], 1)
    spacing = radius * np.sqrt(2 * np.pi * 0.8 / (count * share)) + 1e-9
    pixels = np.indices((height, width)).reshape(2, -1).T - [(height - 1) / 2, (width - 1) / 2]
    square = np.square(places[:, None] - pixels).sum(-1)
    fields = np.exp(-square / (2 * np.maximum(0.5, spacing[:, None] / 2) ** 2))
    return places, fields / fields.sum(1, keepdims=True)
