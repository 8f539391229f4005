"""How a head's mask lies over the object of a picture: found, missed, and beside it."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from matplotlib.figure import Figure

from pellucid.studio.figures import style

FOUND, BESIDE, MISSED = "#0072b2", "#d55e00", "#f0c419"
"""What the mask holds of the object, what else it holds, and what of the object it leaves out."""


@style.styled
def draw(
    pictures: np.ndarray, truth: np.ndarray, masks: Mapping[str, np.ndarray], *, faint: float = 0.35
) -> Figure:
    """A row of the pictures, then for each network a row of its masks in three colours.

    `pictures` are (N, H, W) uint8, `truth` and each of the `masks` (N, H, W) bool.
    """
    count = len(pictures)
    side = style.WIDTH / (count + 1)
    rows = {"picture": None, **masks}
    figure, axes = style.panels(count, len(rows), height=side + 0.05)
    for number, (name, found) in enumerate(rows.items()):
        for column, panel in enumerate(axes[number * count : (number + 1) * count]):
            panel.set_xticks([])
            panel.set_yticks([])
            panel.grid(False)
            panel.spines[:].set_visible(False)
            shown = _grey(pictures[column])
            if found is not None:
                shown = _overlaid(shown, truth[column], found[column], faint)
            panel.imshow(shown, interpolation="nearest")
        axes[number * count].set_ylabel(name, fontsize=8.5)
    square = {"linestyle": "", "marker": "s", "markersize": 8}
    entries = (("object, found", FOUND), ("object, missed", MISSED), ("beside the object", BESIDE))
    style.key(figure, [(label, {**square, "color": colour}) for label, colour in entries])
    return figure


def _grey(picture: np.ndarray) -> np.ndarray:
    return np.repeat(picture[..., None] / 255, 3, -1)


def _overlaid(
    picture: np.ndarray, truth: np.ndarray, found: np.ndarray, faint: float
) -> np.ndarray:
    """The picture with its three regions tinted; what is in none stays grey."""
    shown = picture.copy()
    for where, colour in (
        (truth & found, FOUND),
        (truth & ~found, MISSED),
        (~truth & found, BESIDE),
    ):
        tint = np.array([int(colour[k : k + 2], 16) / 255 for k in (1, 3, 5)])
        shown[where] = faint * shown[where] + (1 - faint) * tint
    return shown
