"""New samples and new tasks: errors by the number of tasks that were learned from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from pellucid.studio.figures import style

ByTasks = Mapping[str, Mapping[int, Sequence[float]]]
"""Errors in percent of each seed, by what was asked or done, and by the number of tasks."""


@style.styled
def draw(in_context: ByTasks, adapted: ByTasks) -> Figure:
    """Two panels: each seed is a point, lines are means."""
    figure, (asked, ways) = style.panels(2, height=4.2)
    _panel(asked, in_context, "In context")
    _panel(ways, adapted, "New tasks")
    return figure


def _panel(panel: Axes, errors: ByTasks, title: str) -> None:
    for k, (label, by_count) in enumerate(errors.items()):
        colour, dash = style.SERIES[k], style.DASHES[k]
        means = [np.mean(values) for values in by_count.values()]
        panel.plot(list(by_count), means, color=colour, linestyle=dash, label=label)
        for count, values in by_count.items():
            panel.plot([count] * len(values), values, ".", color=colour, markersize=4)
    panel.set_xscale("log", base=2)
    panel.set_yscale("log")
    panel.set_title(title)
    panel.set_xlabel("tasks learned from")
    panel.set_ylabel("error (% of the mean square)")
    panel.legend(loc="upper center", bbox_to_anchor=(0.5, -0.16), ncols=2)
