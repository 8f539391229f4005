"""Shuffled pixels find their places

All pixels are shuffled in one way, and nobody says how. Pixels that see the same strokes tell much
about each other; distances along the graph of such neighbours make a map. A pixel has the same
colour in both maps: that of its true place. The map may come out turned or mirrored, since nothing
says where up is.
"""

import numpy as np
from matplotlib.figure import Figure

from pellucid.data import load_images
from pellucid.learning import SensorMap
from pellucid.studio.figures import style


@style.styled
def draw() -> Figure:
    """What is seen, what is true, and what was found."""
    pictures = load_images("mnist").train_images[:10_000].reshape(-1, 784)
    order = np.random.default_rng(0).permutation(784)
    sensors = SensorMap(49, random_state=0).fit(pictures[:, order])
    row, column = np.divmod(order, 28)
    colours = np.stack([row / 27, 0.45 + 0 * row, column / 27], 1)
    figure, (seen, true, found) = style.panels(3, height=3.4)
    seen.imshow(pictures[0, order].reshape(28, 28), cmap="gray")
    seen.set_title("a digit, as it is seen")
    heard = sensors.heard_
    true.scatter(column[heard], -row[heard], c=colours[heard], s=14)
    true.set_title(f"true places of {len(heard)} pixels")
    across, up = sensors.positions_[heard].T
    found.scatter(across, up, c=colours[heard], s=14)
    found.set_title("places found")
    for panel in (seen, true, found):
        panel.set_axis_off()
        panel.set_aspect("equal")
    return figure
