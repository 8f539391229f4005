"""The sparse manifold transform: neighbours mean the same

Each row begins with a landmark, a patch of handwriting. Left: the landmarks whose pixels are
nearest to it. Right: those that the transform puts nearest, because they occur beside each other in
pictures: the same stroke where it has moved on, and other parts of what it is a part of.
"""

import numpy as np
from matplotlib.figure import Figure

from pellucid.data import load_images
from pellucid.learning import SparseManifoldTransform
from pellucid.studio.figures import style
from pellucid.studio.figures.tiles import sheet

ROWS, NEAREST = 10, 9


@style.styled
def draw() -> Figure:
    """Landmarks, and their nearest in pixels and on the manifold."""
    pictures = load_images("mnist").train_images[:1000].reshape(1000, -1) / np.float32(255)
    layer = (
        SparseManifoldTransform(
            shape=(28, 28), patch_size=8, n_atoms=512, threshold=0.5, random_state=0
        )
        .fit(pictures)
        .layer_
    )
    atoms, places = layer.atoms.numpy(), layer.projection.numpy()
    patches = (atoms @ np.linalg.inv(layer.whitening.numpy())).reshape(-1, 1, 8, 8)
    places /= np.linalg.norm(places, axis=1, keepdims=True)
    chosen = np.random.default_rng(0).permutation(len(atoms))[:ROWS]
    figure, panels = style.panels(2, height=4.9)
    for panel, rows, name in ((panels[0], atoms, "pixels"), (panels[1], places, "the manifold")):
        nearest = np.argsort(-(rows[chosen] @ rows.T), axis=1)[:, :NEAREST]
        panel.imshow(sheet(patches[nearest.ravel()], NEAREST))
        panel.set_axis_off()
        panel.set_title(f"a landmark, and its nearest by {name}")
    return figure
