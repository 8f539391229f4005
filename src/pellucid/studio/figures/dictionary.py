"""The dictionary of a white-box encoder's first layer: what it can say about a picture."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure

from pellucid.studio.figures import style
from pellucid.studio.figures.tiles import sheet


@style.styled
def draw(patterns_NCHW: np.ndarray, *, title: str = "patterns of the first layer") -> Figure:
    """Every pattern as a tile of its own; grey is zero, each at its full contrast.

    `title` says what they are, after their number.
    """
    count, _, height, width = patterns_NCHW.shape
    picture = sheet(patterns_NCHW, min(16, count))
    figure, (panel,) = style.panels(1, height=0.45 + 9.2 * picture.shape[0] / picture.shape[1])
    panel.imshow(picture, interpolation="nearest")
    panel.set_axis_off()
    panel.set_title(f"The {count} {title}, {height} x {width} pixels each (grey: zero)")
    return figure
