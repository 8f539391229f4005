"""A frame in the words of the dictionary: what few coefficients keep of it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from matplotlib.figure import Figure

from pellucid.studio.figures import style


@dataclass(frozen=True, eq=False)
class SparseCode:
    """A frame and its first-layer code."""

    frame: np.ndarray
    """(H, W, C) uint8."""
    reconstruction: np.ndarray
    """What the code says about the frame, (H, W, C) uint8."""
    code: np.ndarray
    """Coefficients, (atoms, h, w), none negative."""


@style.styled
def draw(shown: SparseCode) -> Figure:
    """The frame, what the code says, and how many patterns speak at each place."""
    figure, (frame, said, where, use) = style.panels(4, height=2.75)
    share = 100 * float((shown.code > 0).mean())
    for panel, picture, title in (
        (frame, shown.frame, "A frame"),
        (said, shown.reconstruction, "What its code says"),
    ):
        style.show_room(panel, picture if picture.shape[-1] == 3 else picture[..., :1], ticks=False)
        panel.set_title(title)
    image = where.imshow((shown.code > 0).sum(0), cmap="viridis", interpolation="nearest")
    where.set_xticks([])
    where.set_yticks([])
    where.grid(False)
    where.spines[:].set_visible(False)
    where.set_title("Patterns in use, by place")
    figure.colorbar(image, ax=where, shrink=0.75, label="number of patterns")
    amounts = np.sort(shown.code.sum((1, 2)))[::-1]
    use.bar(np.arange(1, len(amounts) + 1), amounts, color=style.REAL, width=0.9)
    use.set_title(f"Code: {share:.0f} % not zero")
    use.set_xlabel("pattern, sorted")
    use.set_ylabel("sum of coefficients")
    use.grid(False, axis="x")
    return figure
