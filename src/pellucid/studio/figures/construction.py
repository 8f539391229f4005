"""A network that is constructed layer by layer: what each layer did to the rates of its data."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from pellucid.learning.forward import ForwardTrace
from pellucid.studio.figures import style


@style.styled
def draw(trace: ForwardTrace) -> Figure:
    """The rate of all samples and of each class by itself, and what they save: their difference.

    The band between the two rates of the left panel is the line of the right panel. A layer that
    did not raise the rate reduction is marked there.
    """
    figure, (rates, saved) = style.panels(2, height=3.6)
    layers = np.arange(len(trace.rate))
    line: dict[str, Any] = {"linewidth": 1.8}
    rates.fill_between(
        layers, trace.conditional_rate, trace.rate, color=style.SERIES[2], alpha=0.14, linewidth=0
    )
    rates.plot(layers, trace.rate, color=style.SERIES[0], label="all in one code, R", **line)
    rates.plot(
        layers,
        trace.conditional_rate,
        color=style.SERIES[1],
        linestyle=style.DASHES[1],
        label="each class in its own, R_c",
        **line,
    )
    saved.plot(layers, trace.rate_reduction, color=style.SERIES[2], **line)
    fell = 1 + np.flatnonzero(np.diff(trace.rate_reduction) <= 0)
    if len(fell):
        look: dict[str, Any] = {"linestyle": "", "marker": "x", "color": style.FAILED}
        saved.plot(fell, trace.rate_reduction[fell], label="did not rise", **look)
        saved.legend()
    rates.set_title("What the features cost")
    saved.set_title(f"What classes save, R - R_c: rose at {trace.raised} of {len(layers) - 1}")
    for panel in (rates, saved):
        panel.set_xlabel("layers made (0: the data)")
        panel.set_ylabel("nats")
        panel.set_ylim(0)
        panel.xaxis.set_major_locator(MaxNLocator(integer=True))
    rates.legend()
    return figure
