"""Why this class? A picture, and layer by layer the parts that its logit is the sum of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from pellucid.errors import DataError
from pellucid.networks.csc_explain import Account, Explanation
from pellucid.studio.figures import style


@dataclass(frozen=True, eq=False)
class ShownPart:
    """An atom that had a say."""

    pattern: np.ndarray
    """What its code says about the picture, (H, W) or (H, W, 3); zero is grey."""
    contribution: float
    """What it added to the logit."""


@dataclass(frozen=True, eq=False)
class ShownLayer:
    """The account of one layer."""

    name: str
    parts: tuple[ShownPart, ...]
    """The most important ones, first."""
    others: float
    """The sum of all other atoms."""
    constants: float
    """The sum of what the constants above added."""


@dataclass(frozen=True, eq=False)
class ShownExplanation:
    """A decision with its accounts."""

    picture: np.ndarray
    """(H, W) or (H, W, 3) uint8."""
    title: str
    logit: float
    layers: tuple[ShownLayer, ...]
    """First to last."""


def shown(told: Explanation, picture: np.ndarray, classes: Sequence[str]) -> ShownExplanation:
    """A class's explanation, ready to be drawn; `picture` (H, W) or (H, W, 3) uint8.

    DataError where a unit is explained: what is drawn here ends in a logit.
    """
    if not isinstance(told.target, int):
        raise DataError(f"the figure explains a class, not {told.target}")
    return ShownExplanation(
        picture=picture,
        title=f"{classes[told.target]}:\nlogit {told.value:+.2f}",
        logit=told.value,
        layers=tuple(_shown_layer(f"layer {n}", a) for n, a in enumerate(told.layers, start=1)),
    )


def _shown_layer(name: str, account: Account) -> ShownLayer:
    parts = tuple(
        ShownPart(part.pattern.movedim(0, -1).squeeze(-1).cpu().numpy(), part.contribution)
        for part in account.parts
    )
    named = sum(part.contribution for part in parts)
    return ShownLayer(
        name, parts, others=account.total - account.bias - named, constants=account.bias
    )


@style.styled
def draw(shown: ShownExplanation, *, most: int = 6) -> Figure:
    """A row for each layer, the last first: its parts, and the sum that gives the logit."""
    layers = shown.layers[::-1]
    columns = most + 2
    figure, axes = style.panels(columns, len(layers), height=1.45)
    for number, layer in enumerate(layers):
        row = axes[number * columns : (number + 1) * columns]
        _picture(row[0], shown.picture if number == 0 else None, shown.title)
        for panel, part in zip(row[1:-1], [*layer.parts[:most], *[None] * most], strict=False):
            _part(panel, part)
        row[1].set_ylabel(layer.name, fontsize=8.5)
        _sum(row[-1], layer, shown.logit, most=most, first=number == 0)
    figure.supxlabel(
        "a pattern: what the codes of one atom say about the picture (grey: nothing); "
        "above it: what they added to the logit; every row adds up to it",
        fontsize=8.5,
    )
    return figure


def _bare(panel: Axes) -> None:
    panel.set_xticks([])
    panel.set_yticks([])
    panel.grid(False)
    panel.spines[:].set_visible(False)


def _picture(panel: Axes, picture: np.ndarray | None, title: str) -> None:
    _bare(panel)
    if picture is not None:
        panel.imshow(picture, cmap="gray", interpolation="nearest")
        panel.set_title(title, fontsize=9)


def _part(panel: Axes, part: ShownPart | None) -> None:
    _bare(panel)
    if part is None:
        return
    scale = max(float(np.abs(part.pattern).max()), 1e-12)
    tile = 0.5 + 0.5 * part.pattern / scale
    panel.imshow(tile, cmap="gray", vmin=0, vmax=1, interpolation="nearest")
    colour = style.SOLVED if part.contribution >= 0 else style.FAILED
    panel.set_title(f"{part.contribution:+.2f}", fontsize=8.5, color=colour, loc="center", pad=3)


def _sum(panel: Axes, layer: ShownLayer, logit: float, *, most: int, first: bool) -> None:
    """Bars: the parts shown, all other atoms, the constants; their sum is the logit."""
    named = sum(part.contribution for part in layer.parts[:most])
    others = layer.others + sum(part.contribution for part in layer.parts[most:])
    values = (named, others, layer.constants, logit)
    colours = [style.SOLVED if value >= 0 else style.FAILED for value in values[:3]] + [style.INK]
    panel.barh(range(4), values, color=colours, height=0.7)
    panel.set_yticks(range(4), ["shown", "others", "constants", "= logit"], fontsize=7)
    panel.tick_params(axis="x", labelsize=6.5)
    panel.invert_yaxis()
    panel.axvline(0, color=style.INK, linewidth=0.8)
    panel.grid(False, axis="y")
    if first:
        panel.set_title("sum", fontsize=9)
