"""The dictionary of a white-box encoder's first layer: what it can say about a picture."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure

from pellucid.studio.figures import style


@style.styled
def draw(patterns_NCHW: np.ndarray, *, title: str = "patterns of the first layer") -> Figure:
    """Every pattern as a tile of its own; grey is zero, each at its full contrast.

    `title` says what they are, after their number.
    """
    count, channels, height, width = patterns_NCHW.shape
    columns = min(16, count)
    rows, gap = -(-count // columns), 1
    sheet = np.ones((rows * (height + gap) + gap, columns * (width + gap) + gap, 3))
    for number, pattern in enumerate(patterns_NCHW):
        tile = 0.5 + 0.5 * pattern / max(float(np.abs(pattern).max()), 1e-12)
        tile = (
            tile.transpose(1, 2, 0)
            if channels == 3
            else np.repeat(tile[:1], 3, 0).transpose(1, 2, 0)
        )
        top = gap + number // columns * (height + gap)
        left = gap + number % columns * (width + gap)
        sheet[top : top + height, left : left + width] = tile
    figure, (panel,) = style.panels(1, height=0.45 + 9.2 * sheet.shape[0] / sheet.shape[1])
    panel.imshow(sheet, interpolation="nearest")
    panel.set_axis_off()
    panel.set_title(f"The {count} {title}, {height} x {width} pixels each (grey: zero)")
    return figure
