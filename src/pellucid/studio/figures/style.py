"""How every figure looks: colours that colour-blind people tell apart, sizes, and the room.

Colours are those of Okabe & Ito (2008); each means the same in every figure. Lines that may meet
also differ in their dashes, so that a print in grey can be read.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from functools import wraps
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine

INK, FAINT = "#20242c", "#8a909c"
SOLVED, FAILED = "#0072b2", "#d55e00"
REAL, IMAGINED, SHORTEST = "#0072b2", "#b0347e", "#009e73"
START, GOAL = "#ffffff", "#f0c419"
SERIES = ("#0072b2", "#d55e00", "#009e73", "#b0347e", "#7a6200", "#56b4e9", "#555b66", "#e69f00")
"""Lines without a meaning of their own, in this order."""
DASHES = ("-", "--", "-.", ":", (0, (5, 1)), (0, (3, 1, 1, 1)), (0, (1, 1)), (0, (8, 2)))

WIDTH = 9.6
"""Inches of a figure that fills the page."""
DPI = 150

STYLE: dict[Any, Any] = {
    "font.family": ["DejaVu Sans"],
    "font.size": 9.5,
    "text.color": INK,
    "axes.titlesize": 10.5,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.titlepad": 8.0,
    "axes.titlecolor": INK,
    "axes.labelsize": 9.5,
    "axes.labelcolor": INK,
    "axes.edgecolor": FAINT,
    "axes.linewidth": 0.8,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.color": "#e6e8ec",
    "grid.linewidth": 0.8,
    "xtick.color": FAINT,
    "ytick.color": FAINT,
    "xtick.labelcolor": INK,
    "ytick.labelcolor": INK,
    "xtick.labelsize": 8.5,
    "ytick.labelsize": 8.5,
    "legend.frameon": False,
    "legend.fontsize": 8.5,
    "lines.linewidth": 1.8,
    "lines.solid_capstyle": "round",
    "figure.facecolor": "white",
    "figure.dpi": DPI,
    "savefig.dpi": DPI,
}

P = ParamSpec("P")
R = TypeVar("R")


def styled(draw: Callable[P, R]) -> Callable[P, R]:
    """A drawing function whose figures have the style; nothing global is changed."""

    @wraps(draw)
    def wrapper(*args: P.args, **kwargs: P.kwargs) -> R:
        with matplotlib.rc_context(STYLE):
            return draw(*args, **kwargs)

    return wrapper


def panels(
    columns: int, rows: int = 1, *, width: float = WIDTH, height: float = 3.2
) -> tuple[Figure, list[Axes]]:
    """A figure of rows x columns panels, row by row; `height` inches a row."""
    engine = ConstrainedLayoutEngine(w_pad=0.08, h_pad=0.06, wspace=0.04, hspace=0.06)
    figure = Figure(figsize=(width, height * rows), layout=engine)
    axes = figure.subplots(rows, columns, squeeze=False)
    return figure, list(axes.ravel())


@styled
def png(figure: Figure) -> bytes:
    """The figure as a PNG file; the same figure gives the same bytes."""
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", metadata={"Software": None})
    return buffer.getvalue()


def save(figure: Figure, folder: Path, name: str) -> None:
    """Write the figure to folder/name.png; the folder is made where it is missing."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{name}.png").write_bytes(png(figure))


def show_room(axes: Axes, background: np.ndarray, *, ticks: bool = True) -> None:
    """The room's picture (H, W, 3) with axes in pixels, y downwards as in the picture."""
    height, width = background.shape[:2]
    axes.imshow(background, extent=(0, width, height, 0), interpolation="nearest")
    axes.set_xlim(0, width)
    axes.set_ylim(height, 0)
    axes.grid(False)
    axes.spines[:].set_visible(False)
    if ticks:
        axes.set_xticks([0, width // 2, width])
        axes.set_yticks([0, height // 2, height])
        axes.tick_params(length=0)
        axes.set_xlabel("x (pixels)")
        axes.set_ylabel("y (pixels)")
    else:
        axes.set_xticks([])
        axes.set_yticks([])


def mark_start(axes: Axes, place: np.ndarray, *, size: float = 34) -> None:
    """A white disc: here it began."""
    axes.scatter(place[0], place[1], s=size, color=START, edgecolors=INK, linewidths=1.1, zorder=6)


def mark_goal(axes: Axes, place: np.ndarray, *, size: float = 130) -> None:
    """A golden star: here it should end."""
    axes.scatter(
        place[0], place[1], s=size, marker="*", color=GOAL, edgecolors=INK, linewidths=0.8, zorder=7
    )


def key(figure: Figure, entries: Sequence[tuple[str, dict[str, Any]]]) -> None:
    """One legend below all panels: labels and how their lines or marks look."""
    from matplotlib.lines import Line2D

    handles = [Line2D([], [], label=label, **look) for label, look in entries]
    figure.legend(handles=handles, loc="outside lower center", ncols=len(handles))


START_LOOK: dict[str, Any] = {
    "linestyle": "",
    "marker": "o",
    "markersize": 6,
    "markerfacecolor": START,
    "markeredgecolor": INK,
}
GOAL_LOOK: dict[str, Any] = {
    "linestyle": "",
    "marker": "*",
    "markersize": 11,
    "markerfacecolor": GOAL,
    "markeredgecolor": INK,
}
