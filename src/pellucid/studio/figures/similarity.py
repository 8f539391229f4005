"""How alike samples are, sorted by class, before and after a network."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from matplotlib.figure import Figure

from pellucid.studio.figures import style


@style.styled
def draw(features: Mapping[str, np.ndarray], labels: np.ndarray) -> Figure:
    """|cosine| between all pairs of samples; `features` maps a name to rows (B, D).

    Where classes are orthogonal subspaces, blocks on the diagonal are all that is left.
    """
    order = np.argsort(labels, kind="stable")
    ends = np.flatnonzero(np.diff(labels[order])) + 0.5
    middles = [np.flatnonzero(labels[order] == k).mean() for k in np.unique(labels)]
    figure, panels = style.panels(len(features), height=9.6 / max(len(features), 2))
    for panel, (name, rows) in zip(panels, features.items(), strict=True):
        unit = rows / np.linalg.norm(rows, axis=1, keepdims=True).clip(1e-12)
        alike = np.abs(unit[order] @ unit[order].T)
        same = labels[order][:, None] == labels[order][None]
        image = panel.imshow(alike, cmap="viridis", vmin=0, vmax=1, interpolation="nearest")
        for end in ends:
            panel.axhline(end, color="white", linewidth=0.4)
            panel.axvline(end, color="white", linewidth=0.4)
        panel.set_title(
            f"{name}: {alike[same].mean():.2f} within, {alike[~same].mean():.2f} between"
        )
        panel.set_xticks(middles, [str(k) for k in np.unique(labels)])
        panel.set_yticks(middles, [str(k) for k in np.unique(labels)])
        panel.tick_params(length=0)
        panel.grid(False)
        panel.spines[:].set_visible(False)
        panel.set_xlabel("class")
    panels[0].set_ylabel("class")
    figure.colorbar(image, ax=panels, shrink=0.8, label="|cosine|")
    return figure
