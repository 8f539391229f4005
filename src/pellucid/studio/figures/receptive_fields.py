"""Receptive fields beside the Gabor functions that describe them, and how these are distributed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from pellucid.studio.figures import style

SHOWN = 20
"""Fields that are drawn, from the best described one to the worst."""
WELL = 0.5
"""Only fits that explain so much are counted in the distributions."""


@dataclass(frozen=True)
class ReceptiveFields:
    """A fields, in the order of `r2`'s entries, and what was fitted to them."""

    fields: np.ndarray
    """(A, H, W)"""
    fits: np.ndarray
    """(A, H, W), the Gabor functions."""
    r2: np.ndarray
    null_r2: np.ndarray
    """Of fields that were not learned."""
    frequency: np.ndarray
    """Cycles a pixel."""
    orientation: np.ndarray
    """Degrees."""
    octaves: np.ndarray
    degrees: np.ndarray
    """Bandwidths."""
    cycles_across: np.ndarray
    cycles_along: np.ndarray
    physiology_octaves: float
    physiology_degrees: float
    """Medians of cells, drawn as lines."""


@style.styled
def draw(cells: ReceptiveFields) -> Figure:
    """Fields over their fits, and six distributions."""
    figure = Figure(figsize=(style.WIDTH, 7.0), layout="constrained")
    grid = figure.add_gridspec(3, 3, height_ratios=(0.9, 1, 1))
    _pairs(figure.add_subplot(grid[0, :]), cells)
    panels = [figure.add_subplot(grid[1 + n // 3, n % 3]) for n in range(6)]
    well = cells.r2 >= WELL
    explained, bandwidth, turning, orientation, frequency, shape = panels
    bins = np.linspace(0, 1, 26)
    for values, name, colour in (
        (cells.r2, "learned", style.SERIES[0]),
        (cells.null_r2, "random", style.SERIES[1]),
    ):
        explained.hist(values, bins=list(bins), color=colour, alpha=0.75, label=name)
    explained.legend()
    _name(explained, "How well a Gabor describes them", "R2 of the fit")
    octaves = cells.octaves[well & np.isfinite(cells.octaves)]
    _median(bandwidth, octaves, cells.physiology_octaves, np.linspace(0, 4, 25))
    _name(bandwidth, "Bandwidth of frequency", "octaves at half amplitude")
    _median(turning, cells.degrees[well], cells.physiology_degrees, np.linspace(0, 120, 25))
    _name(turning, "Bandwidth of orientation", "degrees, full width at half amplitude")
    orientation.hist(cells.orientation[well], bins=list(np.linspace(0, 180, 13)))
    orientation.set_xticks([0, 45, 90, 135, 180])
    _name(orientation, "Orientation of the stripes", "degrees (0: horizontal)")
    frequency.hist(cells.frequency[well], bins=list(np.linspace(0, 0.5, 26)))
    _name(frequency, "Frequency", "cycles a pixel")
    shape.plot(cells.cycles_across[well], cells.cycles_along[well], ".", markersize=4)
    shape.set_xlim(0, 1.5)
    shape.set_ylim(0, 3)
    shape.set_ylabel("along the stripes, periods")
    _name(shape, "Size of the envelope", "across the stripes, periods")
    return figure


def _pairs(panel: Axes, cells: ReceptiveFields) -> None:
    """A strip of fields above a strip of their fits."""
    order = np.argsort(-cells.r2, kind="stable")
    chosen = order[np.unique(np.linspace(0, len(order) - 1, min(SHOWN, len(order))).astype(int))]
    _, height, width = cells.fields.shape
    sheet = np.ones((2 * height + 3, len(chosen) * (width + 1) + 1))
    for number, unit in enumerate(chosen):
        left = 1 + number * (width + 1)
        scale = max(float(np.abs(cells.fields[unit]).max()), 1e-12)
        for top, drawn in ((1, cells.fields[unit]), (height + 2, cells.fits[unit])):
            place = np.s_[top : top + height, left : left + width]
            sheet[place] = 0.5 + 0.5 * (drawn / scale).clip(-1, 1)
        panel.text(
            left + width / 2 - 0.5,
            2 * height + 5,
            f"{cells.r2[unit]:.2f}",
            ha="center",
            va="top",
            fontsize=7.5,
        )
    panel.imshow(sheet, cmap="gray", vmin=0, vmax=1, interpolation="nearest")
    panel.set_axis_off()
    panel.set_title("Learned fields (above) and their Gabor fits (below), from best to worst R2")


def _median(panel: Axes, values: np.ndarray, published: float, bins: np.ndarray) -> None:
    panel.hist(values.clip(bins[0], bins[-1]), bins=list(bins))
    if len(values):
        own = float(np.median(values))
        panel.axvline(own, color=style.INK, label=f"median {own:.3g}")
    panel.axvline(published, color=style.SERIES[1], linestyle="--", label=f"V1: {published:.3g}")
    panel.legend()


def _name(panel: Axes, title: str, axis: str) -> None:
    panel.set_title(title)
    panel.set_xlabel(axis)
