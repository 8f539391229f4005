"""Complex cells: energies that do not feel the phase

A simple cell answers to stripes where they are bright for it, and not when they have moved by half
a period. A complex cell pools the energies of cells that are active together. Partners are found by
the correlation of energies in photographs, and by nothing else: they turn out to share place,
orientation and frequency, and to differ in phase. So the complex cell's answer stays when a
photograph slides by, where that of its simple cell beats.
"""

import numpy as np
from matplotlib.figure import Figure

from pellucid.data import load_photographs, whiten_spectrum
from pellucid.learning import ComplexCells
from pellucid.studio.figures import style
from pellucid.studio.figures.tiles import sheet
from pellucid.studio.gallery.simple_cells import SIZE, learned

CELLS, POOLED, WAY = 8, 6, 60


@style.styled
def draw() -> Figure:
    """Pools of atoms, and answers to a photograph that slides by."""
    coding, patches = learned()
    filters = coding.components_ / np.linalg.norm(coding.components_, axis=1, keepdims=True)
    cells = ComplexCells(POOLED).fit(patches @ filters.T)
    strong = np.argsort(-np.square(patches @ filters.T).mean(0))[:CELLS]
    pools = filters[cells.pools_[strong]].reshape(-1, 1, SIZE, SIZE)

    flat = whiten_spectrum(load_photographs()["china"].grey)
    row = slice(100, 100 + SIZE)
    seen = np.stack([flat[row, x : x + SIZE].ravel() for x in range(200, 200 + WAY)])
    simple = (seen - seen.mean(1, keepdims=True)) @ filters.T
    whole = cells.transform(simple)

    figure, (left, right) = style.panels(2, height=4.4)
    left.imshow(sheet(pools, POOLED))
    left.set_axis_off()
    left.set_title(f"{CELLS} complex cells: a row is what one pools")
    cell = strong[0]
    right.plot(simple[:, cell], label="simple cell", color=style.SERIES[0])
    right.plot(whole[:, cell], "--", label="complex cell", color=style.SERIES[1])
    right.set_xlabel("pixels that the photograph has moved")
    right.set_ylabel("answer")
    right.set_title("Answers of the first row")
    right.legend()
    return figure
