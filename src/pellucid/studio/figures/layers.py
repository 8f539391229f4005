"""White-box networks layer by layer: what each descended, its coding rate and its zeros."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from pellucid.networks.whitebox import Audit, LayerAudit
from pellucid.studio.figures import style


@style.styled
def draw(audits: Mapping[str, Audit], *, formula: str = "") -> Figure:
    """Change of the objective, coding rate and sparsity by layer, a line for each network.

    Only layers whose formula begins with `formula` are shown: where layers of two kinds take turns,
    a line through both would only show the alternation. Where no code has a zero, as in attention,
    there is no panel of zeros.
    """
    kept = {
        name: [row for row in audit.layers if row.formula.startswith(formula)]
        for name, audit in audits.items()
    }
    sparse = any(row.sparsity > 0 for layers in kept.values() for row in layers)
    figure, (change, rate, *rest) = style.panels(2 + sparse, height=3.6)
    for (name, layers), colour, dash in zip(kept.items(), style.SERIES, style.DASHES, strict=False):
        numbers = np.arange(1, len(layers) + 1)
        look: dict[str, Any] = {"color": colour, "linestyle": dash, "label": name}
        look |= {"marker": "o", "markersize": 4}
        change.plot(numbers, [_change(row) for row in layers], **look)
        rate.plot(numbers, [row.rate for row in layers], **look)
        for zeros in rest:
            zeros.plot(numbers, [100 * row.sparsity for row in layers], **look)
    _descent(change)
    rate.set_title("Coding rate of what it returns")
    rate.set_ylabel("nats")
    rate.set_ylim(0, 1.08 * max(row.rate for layers in kept.values() for row in layers))
    for zeros in rest:
        zeros.set_title("Zeros in its code")
        zeros.set_ylabel("% exactly zero")
        zeros.set_ylim(-3, 103)
    for panel in (change, rate, *rest):
        panel.set_xlabel("white-box layer, first to last")
        panel.xaxis.set_major_locator(MaxNLocator(integer=True))
    handles, labels = rate.get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=min(4, len(labels)))
    return figure


def _change(row: LayerAudit) -> float:
    """In % of where the layer started; of what it returned, where it started at nothing."""
    scale = max(abs(row.before), abs(row.after), 1e-12)
    return 100 * (row.after - row.before) / scale


def _descent(panel: Axes) -> None:
    panel.set_title("Change of its objective")
    panel.set_ylabel("% (below zero: it descends)")
    low, high = panel.get_ylim()
    low, high = min(low, -5.0), max(high, 5.0)
    panel.axhspan(0, high, color=style.FAILED, alpha=0.07, zorder=0)
    panel.axhline(0, color=style.INK, linewidth=1.0)
    panel.set_ylim(low, high)
