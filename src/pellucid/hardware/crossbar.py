"""What a crossbar's wires do to the current of a column: exact for lines of equal resistance.

Cells sit along a column line that ends in a converter at ground. Each adds its current, and all
currents that pass a piece of wire lower the voltage that the cells beyond it see. With g_i the
conductances counted from the converter, r the resistance of a piece of wire and y_i the conductance
of all that lies from cell i outwards,

    y_i = g_i + y_{i+1} / (1 + r y_{i+1}),      z_0 = 1,  z_i = z_{i-1} / (1 + r y_i),

the column's current is sum_i g_i z_i v_i: by reciprocity z_i is the voltage at cell i when one volt
is put on the converter's end. Row lines are taken to be ideal.
"""

from __future__ import annotations

import torch
from torch import Tensor


def seen_through_wires(conductance: Tensor, resistance: float) -> Tensor:
    """The conductances (..., rows, columns), siemens, that a column's current seems to come from.

    `resistance` is that of the wire between two cells, ohms; row 0 is next to the converter.
    """
    if resistance == 0:
        return conductance
    rows = conductance.unbind(-2)
    beyond = torch.zeros_like(rows[0])
    outwards = []
    for g in reversed(rows):
        beyond = g + beyond / (1 + resistance * beyond)
        outwards.append(beyond)
    voltage = torch.ones_like(beyond)
    seen = []
    for g, y in zip(rows, reversed(outwards), strict=True):
        voltage = voltage / (1 + resistance * y)
        seen.append(g * voltage)
    return torch.stack(seen, dim=-2)
