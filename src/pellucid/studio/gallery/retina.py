"""A retina finds its own shape

Sensors are dense in the middle and coarse outside, as in an eye, and their wires come in any order.
From what they say alone a map is found in which the dense middle takes the most room: the
magnification of the cortex. The colours are those of the true places.
"""

import numpy as np
from matplotlib.figure import Figure

from pellucid.data import load_photographs, sample_patches
from pellucid.data.retina import retina
from pellucid.learning import SensorMap
from pellucid.studio.figures import style

SIDE, SENSORS = 32, 700


def spiral() -> tuple[np.ndarray, np.ndarray]:
    """Places (S, 2) on a spiral whose density falls outwards, and what sensors see (S, pixels).

    Each sees a Gaussian that is as wide as the spacing where it is.
    """
    return retina(SIDE, SIDE, SENSORS)


def grey_of(said: np.ndarray) -> np.ndarray:
    """Readings (S,) as colours (S, 3), from the darkest to the brightest."""
    return np.repeat((said - said.min())[:, None] / np.ptp(said), 3, axis=1)


@style.styled
def draw() -> Figure:
    """The sensors, what they see, and the map that is found."""
    photographs = load_photographs()
    grey = [photographs[name].grey for name in ("china", "flower")]
    patches = sample_patches(grey, size=SIDE, count=5000)
    places, fields = spiral()
    said = patches @ fields.T
    found = SensorMap(32, dependence="correlation", random_state=0).fit(said).positions_
    red, blue = (places / SIDE + 0.5).T
    colours = np.stack([red, 0.45 + 0 * red, blue], 1).clip(0, 1)
    figure, panels = style.panels(3, height=3.4)
    for panel, where, shade, name in (
        (panels[0], places, colours, "the sensors"),
        (panels[1], places, grey_of(said[said.std(1).argmax()]), "what they see of a photograph"),
        (panels[2], found, colours, "the map that they make"),
    ):
        panel.scatter(where[:, 1], -where[:, 0], c=shade, s=9)
        panel.set_title(name)
        panel.set_axis_off()
        panel.set_aspect("equal")
    return figure
