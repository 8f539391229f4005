"""Between two digits: along the manifold, and through the pixels

Of each pair of rows the first is the way along the manifold: over pictures each of which is a
neighbour of the one before it, and from one to the next by the embedding of every patch, drawn back
by the inverse of the transform. The second row is a cross-fade.
"""

import numpy as np
from matplotlib.figure import Figure

from pellucid.data import load_images
from pellucid.learning import SparseManifoldTransform, geodesic, walk_between
from pellucid.studio.figures import style
from pellucid.studio.figures.tiles import sheet

PAIRS, FRAMES = 4, 14


@style.styled
def draw() -> Figure:
    """Ways between digits of different classes."""
    images = load_images("mnist")
    pictures = images.train_images[:3000].reshape(-1, 784) / np.float32(255)
    transform = SparseManifoldTransform(
        64, shape=(28, 28), patch_size=8, threshold=0.5, max_samples=300, random_state=0
    ).fit(pictures)
    features = transform.transform(pictures)
    generator = np.random.default_rng(1)
    rows: list[np.ndarray] = []
    while len(rows) < 2 * PAIRS:
        start, end = generator.choice(len(pictures), 2, replace=False)
        if images.train_labels[start] == images.train_labels[end]:
            continue
        way = walk_between(transform, pictures[geodesic(features, start, end)], steps=2)
        share = np.linspace(0, 1, len(way))[:, None]
        fade = (1 - share) * pictures[start] + share * pictures[end]
        chosen = np.linspace(0, len(way) - 1, FRAMES).round().astype(int)
        rows += [way[chosen], fade[chosen]]
    tiles = np.concatenate(rows).reshape(-1, 1, 28, 28)
    figure, (panel,) = style.panels(1, height=5.9)
    panel.imshow(sheet(tiles, FRAMES))
    panel.set_axis_off()
    return figure
