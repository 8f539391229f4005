"""Pictures of gears: each arrangement before, and while, a hand turns its first gear clockwise."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.figure import Figure

from pellucid.studio.figures import style


@style.styled
def draw(sequences: Mapping[str, Sequence[np.ndarray]]) -> Figure:
    """A row of pictures (H, W, 3) for each name, one moment after the other."""
    moments = max(len(pictures) for pictures in sequences.values())
    columns = 2
    rows = -(-len(sequences) // columns)
    figure, panels = style.panels(columns, rows, height=1.5)
    for panel, (name, pictures) in zip(panels, sequences.items(), strict=False):
        gap = np.full((pictures[0].shape[0], 3, 3), 255, np.uint8)
        strip = [part for picture in pictures for part in (picture, gap)][:-1]
        panel.imshow(np.concatenate(strip, axis=1), interpolation="nearest")
        panel.set_title(name)
    for panel in panels:
        panel.set_axis_off()
    figure.suptitle(f"The first gear is pushed clockwise: {moments} moments", x=0.01, ha="left")
    return figure
