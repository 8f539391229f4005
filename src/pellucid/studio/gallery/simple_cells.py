"""Simple cells: sparse codes of photographs

Patches of two photographs, their spectrum made flat, are said with as few atoms as possible. What
is learned looks like what neurons of the first visual area answer to: on the right are the Gabor
functions that describe the atoms on the left, each in the same place.
"""

import numpy as np
import torch
from matplotlib.figure import Figure

from pellucid.data import load_photographs, sample_patches, whiten_spectrum
from pellucid.learning import SparseCoding
from pellucid.networks import fit_gabors
from pellucid.studio.figures import style
from pellucid.studio.figures.tiles import sheet

SIZE, ATOMS = 12, 144


def learned() -> tuple[SparseCoding, np.ndarray]:
    """The dictionary, and patches (N, 144) that it did not see."""
    photographs = load_photographs()
    flat = [whiten_spectrum(photographs[name].grey) for name in ("china", "flower")]
    patches = sample_patches(flat, size=SIZE, count=45_000)
    patches -= patches.mean(1, keepdims=True)
    coding = SparseCoding(
        ATOMS, alpha=0.6, epochs=2, batch_size=512, tolerance=1e-2, random_state=0
    )
    return coding.fit(patches[:40_000]), patches[40_000:]


@style.styled
def draw() -> Figure:
    """Atoms, and their Gabor functions."""
    coding, _ = learned()
    atoms = torch.from_numpy(coding.components_).reshape(-1, SIZE, SIZE)
    fits = fit_gabors(atoms)
    order = fits.r2.argsort(descending=True)
    figure, panels = style.panels(2, height=5.0)
    described = f"their Gabor functions: median R2 {fits.r2.median():.2f}"
    shown = ((atoms, f"{ATOMS} atoms"), (fits.draw(SIZE, SIZE), described))
    for panel, (tiles, name) in zip(panels, shown, strict=True):
        panel.imshow(sheet(tiles[order].unsqueeze(1).numpy(), 12))
        panel.set_axis_off()
        panel.set_title(name)
    return figure
