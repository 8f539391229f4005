"""What the units of a stack of layers stand for, and parts of pictures that make them active."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from pellucid.studio.figures import style
from pellucid.studio.figures.tiles import sheet


@dataclass(frozen=True)
class Layer:
    """The units of one layer, as pixels."""

    title: str
    shapes: np.ndarray
    """The mean field of units (U, C, h, w)."""
    examples: np.ndarray
    """For some of them fields that made them active, (V, n, C, h, w); V are the first units."""


@style.styled
def draw(layers: Sequence[Layer]) -> Figure:
    """A row for each layer: its units on the left, on the right some of them with examples.

    Grey is the mean of a field, white is ink. The first picture of a row on the right, framed, is
    the unit; the others are fields of different pictures.
    """
    figure, axes = style.panels(2, len(layers), height=4.6)
    for layer, (left, right) in zip(layers, zip(axes[::2], axes[1::2], strict=True), strict=True):
        columns = int(np.ceil(np.sqrt(len(layer.shapes))))
        _show(left, sheet(layer.shapes, columns))
        left.set_title(layer.title)
        count, across = layer.examples.shape[:2]
        rows = np.concatenate([layer.shapes[:count, None], layer.examples], axis=1)
        _show(right, sheet(rows.reshape(-1, *rows.shape[2:]), across + 1))
        right.set_title("a unit (framed), and what makes it active")
        height, width = layer.shapes.shape[2:]
        for row in range(count):
            corner = (0.5, row * (height + 1) + 0.5)
            right.add_patch(_frame(corner, width, height))
    return figure


def _show(panel: Axes, picture: np.ndarray) -> None:
    panel.imshow(picture, interpolation="nearest")
    panel.set_axis_off()


def _frame(corner: tuple[float, float], width: int, height: int) -> Rectangle:
    return Rectangle(corner, width, height, fill=False, edgecolor=style.FAILED, linewidth=1.6)
