"""Dictionaries side by side, and how many of their atoms are copies of others, moved."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
import torch
from matplotlib.figure import Figure

from pellucid.networks.convolutional_inference import shifted_correlations
from pellucid.studio.figures import style
from pellucid.studio.figures.tiles import sheet


@style.styled
def draw(dictionaries: Mapping[str, np.ndarray]) -> Figure:
    """Atoms (K, C, h, w) by name, and the share that has so near a copy.

    Atoms are drawn from the most copied one to the least, each at its full contrast.
    """
    figure = Figure(figsize=(style.WIDTH, 3.6), layout="constrained")
    *sheets, shares = figure.subplots(1, len(dictionaries) + 1)
    for number, (panel, (name, atoms)) in enumerate(zip(sheets, dictionaries.items(), strict=True)):
        nearest = nearest_copies(atoms)
        ordered = atoms[np.argsort(-nearest, kind="stable")]
        panel.imshow(sheet(ordered, math.ceil(math.sqrt(len(atoms)))), interpolation="nearest")
        panel.set_axis_off()
        panel.set_title(name)
        shares.plot(
            np.sort(nearest),
            1 - np.arange(len(nearest)) / len(nearest),
            color=style.SERIES[number],
            linestyle=style.DASHES[number],
            label=name,
        )
    shares.set_xlim(0, 1)
    shares.set_ylim(0, 1.02)
    shares.set_xlabel("correlation with the nearest shifted atom, at least")
    shares.set_title("Share of atoms")
    shares.legend()
    return figure


def nearest_copies(atoms: np.ndarray) -> np.ndarray:
    """How near each of atoms (K, C, h, w) comes to another one that is moved, (K,), 0 to 1."""
    tensor = torch.from_numpy(np.asarray(atoms, dtype=np.float64))
    return shifted_correlations(tensor, tensor).fill_diagonal_(0).amax(1).numpy()
