"""What a crossbar's wires do to the current of a column: exact for lines of equal resistance.

Cells sit along a column line that ends in a converter at ground. Each adds its current, and all
currents that pass a piece of wire lower the voltage that the cells beyond it see. With g_i the
conductances counted from the converter, r the resistance of a piece of wire and y_i the conductance
of all that lies from cell i outwards,

    y_i = g_i + y_{i+1} / (1 + r y_{i+1}),      z_0 = 1,  z_i = z_{i-1} / (1 + r y_i),

the column's current is sum_i g_i z_i v_i: by reciprocity z_i is the voltage at cell i when one volt
is put on the converter's end. Row lines are taken to be ideal. These z solve the equations of the
line's nodes, (2 + r g_i) z_i = z_{i-1} + z_{i+1}, which is a tridiagonal system for each column.
"""

from __future__ import annotations

import numpy as np
import torch
from scipy.linalg import solveh_banded
from torch import Tensor


def seen_through_wires(conductance: Tensor, resistance: float) -> Tensor:
    """The conductances (..., rows, columns), siemens, that a column's current seems to come from.

    `resistance` is that of the wire between two cells, ohms; row 0 is next to the converter.
    """
    if resistance == 0:
        return conductance
    if conductance.shape[-2] == 1:
        return conductance / (1 + resistance * conductance)
    lines = conductance.mT.double().cpu().numpy()  # (..., columns, rows)
    # All lines as one: between the last cell of one and the first of the next nothing flows.
    diagonal = 2 + resistance * lines
    diagonal[..., -1] -= 1
    beside = np.full(lines.shape, -1.0)
    beside[..., 0] = 0.0
    volts = np.zeros(lines.shape)
    volts[..., 0] = 1.0
    bands = np.stack([beside.ravel(), diagonal.ravel()])
    voltage = solveh_banded(bands, volts.ravel(), overwrite_ab=True, overwrite_b=True)
    seen = torch.from_numpy(voltage.reshape(lines.shape)).mT.to(conductance)
    return conductance * seen
