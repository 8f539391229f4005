"""Where the heads of a transformer look, or which tokens belong to them: maps beside pictures."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from pellucid.studio.figures import style


@style.styled
def draw(
    pictures: np.ndarray,
    maps: np.ndarray,
    *,
    label: str,
    even: float,
    titles: Sequence[str] = (),
    most: float = 3.0,
) -> Figure:
    """A row for each picture: itself, then its map in each head.

    `pictures` are (N, H, W) or (N, H, W, 3) uint8, `maps` (N, K, h, w) not negative, as
    `ImageTransformer.attention_maps` gives them. Colours count in multiples of `even`, what each
    place would get if the head made no difference between them: white, red above and blue below,
    from 1 / `most` to `most` times, the same scale for all. `label` says what is counted.
    """
    count, heads = maps.shape[:2]
    columns = heads + 1
    side = min(1.25, (style.WIDTH - 1.2) / columns)
    figure, axes = style.panels(columns, count, width=side * columns + 1.2, height=side)
    limit = np.log2(most)
    for number in range(count):
        picture, *row = axes[number * columns : (number + 1) * columns]
        _bare(picture)
        picture.imshow(pictures[number], cmap="gray", interpolation="nearest")
        if number < len(titles):
            picture.set_ylabel(titles[number], fontsize=8.5)
        for panel, place in zip(row, maps[number], strict=True):
            _bare(panel)
            ratio = np.log2(np.maximum(place, 1e-12) / even)
            image = panel.imshow(
                ratio, cmap="RdBu_r", vmin=-limit, vmax=limit, interpolation="nearest"
            )
    axes[0].set_title("picture", fontsize=9)
    for head, panel in enumerate(axes[1:columns], start=1):
        panel.set_title(f"head {head}", fontsize=9)
    ticks = [1 / most, 1.0, most]
    bar = figure.colorbar(image, ax=axes, shrink=min(1.0, 1.6 / count), aspect=12, label=label)
    bar.set_ticks([float(np.log2(tick)) for tick in ticks], labels=[f"{t:.2g}" for t in ticks])
    return figure


def _bare(panel: Axes) -> None:
    panel.set_xticks([])
    panel.set_yticks([])
    panel.grid(False)
    panel.spines[:].set_visible(False)
