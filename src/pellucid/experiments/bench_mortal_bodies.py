"""Bodies with one fault: mortal devices, and the analog cores of Sandia's CrossSim.

    body = mortal_body(FAULTS[0], weights, seed)      # weights (rows, columns) from -1 to 1
    body = CrossSim().body(FAULTS[0], weights, seed)
    y = body(x)                                       # (B, rows) -> (B, columns)

Both write a weight as two cells of which one is at zero, and no cell gets below it. When they are
read, CrossSim keeps cells from falling below zero and we do not: noise there is symmetric. So for
reading with noise that is the same for all cells, CrossSim's pairs are laid around half of the
largest conductance, where it has nothing to keep; their difference is the same weight.

CrossSim is optional and not on PyPI: git clone https://github.com/sandialabs/cross-sim, and put the
checkout on PYTHONPATH.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from pellucid.hardware import CELLS, DeviceConfig, MortalDevice
from pellucid.hardware.cells import CellModel, Cells

RANGE = 6.0
"""The largest output that is converted."""
G_MAX = 25.0
"""Microsiemens of the largest conductance."""


@dataclass(frozen=True)
class Fault:
    """What is wrong with a body; all else is ideal. Deviations are shares of a conductance."""

    name: str
    write: float = 0.0
    """Deviation of what is written."""
    read: float = 0.0
    """Deviation of each cell from read to read."""
    proportional: bool = False
    """Whether deviations are shares of the cell's own conductance, or of the largest one."""
    wire: float = 0.0
    """Ohms between two cells of a column."""
    dac_bits: int = 12
    adc_bits: int = 12

    @property
    def step(self) -> float:
        """One step of the output's converter."""
        return RANGE / (2 ** (self.adc_bits - 1) - 1)


FAULTS = (
    Fault("converters, 7 and 9 bits", dac_bits=7, adc_bits=9),
    Fault("wires, 5 ohms a cell", wire=5.0),
    Fault("writing, 2 % of the largest", write=0.02),
    Fault("writing, 10 % of the target", write=0.1, proportional=True),
    Fault("reading, 2 % of the largest", read=0.02),
    Fault("reading, 10 % of the cell", read=0.1, proportional=True),
    Fault("all but wires", 0.1, 0.1, proportional=True, dac_bits=7, adc_bits=9),
)

Body = Callable[[Tensor], Tensor]
"""From inputs (B, rows) from -1 to 1 to outputs (B, columns)."""
Maker = Callable[[Fault, Tensor, int], Body]
"""A body with this fault, these weights (rows, columns) from -1 to 1, and this seed."""


@dataclass(frozen=True)
class EvenCells(CellModel):
    """Cells whose errors are normal, and a fixed share of the largest conductance or of their own.

    These are the NormalIndependentDevice and the NormalProportionalDevice of CrossSim.
    """

    write: float = 0.0
    tremble: float = 0.0
    proportional: bool = False

    def _deviation(self, share: float, conductance: Tensor) -> Tensor:
        return share * (
            conductance if self.proportional else torch.full_like(conductance, self.g_max)
        )

    def write_noise(self, target: Tensor) -> Tensor:
        """See the class."""
        return self._deviation(self.write, target)

    def fate(self, target: Tensor, draw: Tensor) -> Tensor:
        """None: they do not age."""
        return torch.zeros_like(target)

    def conductance(self, cells: Cells, seconds: Tensor | float) -> Tensor:
        """As it was written."""
        return cells.written

    def read_noise(self, cells: Cells, seconds: Tensor | float) -> Tensor:
        """See the class."""
        return self._deviation(self.tremble, cells.written)


@contextlib.contextmanager
def _known(model: CellModel) -> Iterator[str]:
    """The name of a kind of cell that devices can be made of within."""
    name = "even"
    CELLS[name] = model
    try:
        yield name
    finally:
        del CELLS[name]


def mortal_body(fault: Fault, weights: Tensor, seed: int) -> Body:
    """A mortal device; see `Maker`."""
    rows, columns = weights.shape
    with _known(EvenCells(G_MAX, fault.write, fault.read, fault.proportional)) as cells:
        config = DeviceConfig(
            cells=cells,
            spread=0,
            stuck=0,
            column_gain=0,
            column_offset=0,
            bend=0,
            wire=fault.wire,
            output_noise=0,
            # Equal variances are the product of their two factors; others are not.
            read_noise="cells" if fault.proportional else "columns",
            dac_bits=fault.dac_bits,
            adc_bits=fault.adc_bits,
            output_range=RANGE,
        )
        device = MortalDevice(rows, columns, config, seed=seed)
    device.write(weights)
    return device.forward


class CrossSim:
    """The analog cores of Sandia's CrossSim 3, on NumPy."""

    def __init__(self) -> None:
        from simulator import AnalogCore, CrossSimParameters

        self._core: Any = AnalogCore
        self._parameters: Any = CrossSimParameters

    def body(self, fault: Fault, weights: Tensor, seed: int) -> Body:
        """See `Maker`. Draws from NumPy's global generator, which is as it was after each call."""
        state = np.random.RandomState(seed).get_state()
        with _drawing_from(state) as after:
            # Its converter is beside the last row, and ours beside the first.
            core = self._core(weights.flip(0).numpy().T.copy(), self._parameters_of(fault))

        def read(x: Tensor) -> Tensor:
            nonlocal after
            with _drawing_from(after[0]) as after:
                return torch.from_numpy(np.asarray(core @ x.flip(1).numpy().T).T.copy())

        return read

    def _parameters_of(self, fault: Fault) -> Any:
        """The same fault in CrossSim's words, in which 1 is the largest conductance."""
        parameters = self._parameters()
        core, bar = parameters.core, parameters.xbar
        core.style = "BALANCED"
        around_half = fault.read > 0 and not fault.proportional
        core.balanced.style = "TWO_SIDED" if around_half else "ONE_SIDED"
        for mapping in (core.mapping.weights, core.mapping.inputs.mvm):
            mapping.percentile, mapping.min, mapping.max, mapping.clipping = None, -1.0, 1.0, True
        bar.device.infinite_on_off_ratio = True
        bar.device.Rmin = 1e6 / G_MAX
        model = f"Normal{'Proportional' if fault.proportional else 'Independent'}Device"
        kinds = ((bar.device.programming_error, fault.write), (bar.device.read_noise, fault.read))
        for error, share in kinds:
            if share > 0:
                error.enable, error.model, error.magnitude = True, model, share
        if fault.wire > 0:
            bar.array.parasitics.enable = True
            bar.array.parasitics.Rp_col = fault.wire
            parameters.simulation.Verr_th_mvm = 1e-7
        bar.dac.mvm.model, bar.dac.mvm.bits = "SignMagnitudeDAC", fault.dac_bits
        bar.adc.mvm.model, bar.adc.mvm.bits = "SignMagnitudeADC", fault.adc_bits
        bar.adc.mvm.adc_range_option = "CALIBRATED"
        bar.adc.mvm.calibrated_range = [-RANGE, RANGE]
        return parameters


@contextlib.contextmanager
def _drawing_from(state: Any) -> Iterator[list[Any]]:
    """NumPy's global generator in that state within; afterwards [the state that it came to]."""
    before = np.random.get_state()  # noqa: NPY002
    after: list[Any] = []
    np.random.set_state(state)  # noqa: NPY002
    try:
        yield after
    finally:
        after.append(np.random.get_state())  # noqa: NPY002
        np.random.set_state(before)  # noqa: NPY002
