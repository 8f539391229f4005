"""Strokes, parts, digits: three layers of one principle

Three transforms are stacked without a label. A unit is drawn as the mean of all parts of pictures
that make it active; beside it are such parts from pictures that it was not made from.
"""

import numpy as np
from matplotlib.figure import Figure

from pellucid.data import load_images
from pellucid.learning import SparseManifoldTransform, example_fields, mean_fields
from pellucid.studio.figures import units

SHOWN, EXAMPLES = 64, 8


def draw() -> Figure:
    """Units of each layer, and what makes them active."""
    images = load_images("mnist")
    known, new = (
        part[:2000].reshape(-1, 784) / np.float32(255)
        for part in (images.train_images, images.test_images)
    )
    strokes = SparseManifoldTransform(
        48, shape=(28, 28), patch_size=8, n_atoms=512, threshold=0.5, max_samples=500
    )
    parts = SparseManifoldTransform(
        48, below=strokes, stride=2, patch_size=4, n_atoms=512, threshold=0.55, distinct=0.8,
        context=3, centred=False, max_samples=500,
    )  # fmt: skip
    digits = SparseManifoldTransform(
        48, below=parts, patch_size=6, n_atoms=128, threshold=None, distinct=0.6,
        context=3, centred=False, random_state=0,
    )  # fmt: skip
    digits.set_params(below__random_state=0, below__below__random_state=0).fit(known)
    layers = []
    for name, layer in (
        ("strokes", digits.below_.below_),
        ("parts", digits.below_),
        ("digits", digits),
    ):
        shapes = mean_fields(layer, known)
        used = np.flatnonzero(shapes.counts >= 10)
        chosen = np.random.default_rng(0).permutation(used)[:SHOWN]
        examples = example_fields(layer, new, chosen[:EXAMPLES], EXAMPLES)
        side = layer.field[0][0]
        layers.append(
            units.Layer(f"{name}: {side} x {side} pixels", shapes.drawn()[chosen], examples)
        )
    return units.draw(layers)
