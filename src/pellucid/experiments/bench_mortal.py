"""How fast a mortal device is read beside aihwkit's torch tile, and whether cells are the same.

    python -m pellucid.experiments.bench_mortal

Speed: batches through one crossbar with converters and noise, ours and `AnalogLinear` with
`TorchInferenceRPUConfig` (its defaults: 7 and 9 bits, output noise), on one thread, in alternation;
CPU time is compared. Ours also has stuck cells, noise of each cell's read, wires and columns of its
own; theirs shares its identity with nobody, for it has none. The bar is its time.

Cells: phase-change cells are written and aged by both, and the deviation of writing and the mean
and deviation of what is left are compared. The bar is 3 %, of which sampling takes about 1.

Errors: one fault at a time, ours and CrossSim's analog core (`bench_mortal_parity`).

Both are optional: a checkout of CrossSim on PYTHONPATH, and
pip install --no-deps --only-binary :all: aihwkit==1.1.0
"""

from __future__ import annotations

import importlib.util
from dataclasses import asdict, dataclass
from typing import Any, Protocol

import numpy as np
import torch
from rich.console import Console
from rich.table import Table
from torch import Tensor

from pellucid.experiments.bench_mortal_bodies import CrossSim
from pellucid.experiments.bench_mortal_parity import compare
from pellucid.experiments.bench_pairs import Side, alternate, interval_of, parser_of, save, steady
from pellucid.hardware import CELLS, Ledger, MortalDevice

CASES = ((784, 256, 1000), (784, 128, 100), (512, 512, 256))
"""Rows, columns, and inputs at once."""
TARGETS = (1.0, 5.0, 12.5, 25.0)
"""Microsiemens."""
AGES = {"a minute": 60.0, "a day": 86_400.0, "a year": 365 * 86_400.0}
SAME = 0.03


class Peer(Protocol):
    """What a peer must do to be compared."""

    def tile(self, rows: int, columns: int, x: Tensor) -> Side:
        """One pass of x (B, rows), ready to run."""
        ...

    def written(self, target: Tensor) -> Tensor:
        """Phase-change cells as they were written, microsiemens."""
        ...

    def aged(self, target: Tensor, seconds: float) -> Tensor:
        """Cells that were written without error, that much later."""
        ...


@dataclass(frozen=True)
class Speed:
    """Ours beside the peer, CPU milliseconds of one batch."""

    rows: int
    columns: int
    batch: int
    cpu_ms: float
    peer_cpu_ms: float | None
    ratio: float | None
    ratio_low: float | None
    ratio_high: float | None
    reads_per_second: float
    """Passes of one sample, of ours."""


@dataclass(frozen=True)
class Cell:
    """One statistic of cells of one conductance."""

    target: float
    quantity: str
    ours: float
    peers: float

    @property
    def apart(self) -> float:
        """By which share they differ."""
        return abs(self.ours / self.peers - 1)


class Aihwkit:
    """The torch tile of IBM's analog hardware acceleration kit."""

    def __init__(self) -> None:
        from aihwkit.inference import PCMLikeNoiseModel
        from aihwkit.nn import AnalogLinear
        from aihwkit.simulator.configs import TorchInferenceRPUConfig

        self._linear: Any = AnalogLinear
        self._config: Any = TorchInferenceRPUConfig
        self._noise: Any = PCMLikeNoiseModel(g_max=CELLS["pcm"].g_max)

    def tile(self, rows: int, columns: int, x: Tensor) -> Side:
        """See `Peer`."""
        config = self._config()
        config.mapping.max_input_size = config.mapping.max_output_size = 0  # one tile, as ours
        config.noise_model = self._noise
        layer = self._linear(rows, columns, bias=False, rpu_config=config).eval()
        layer.program_analog_weights()

        def read() -> object:
            with torch.no_grad():
                return layer(x)

        return read

    def written(self, target: Tensor) -> Tensor:
        """See `Peer`."""
        done: Tensor = self._noise.apply_programming_noise_to_conductance(target)
        return done

    def aged(self, target: Tensor, seconds: float) -> Tensor:
        """See `Peer`: drift alone, without the noise of the read."""
        nu = self._noise.generate_drift_coefficients(target)
        return target * ((seconds + self._noise.t_0) / self._noise.t_0) ** -nu


def speed(
    peer: Peer | None, *, repeats: int, cases: tuple[tuple[int, int, int], ...]
) -> list[Speed]:
    """Every case."""
    rows = []
    for height, width, batch in cases:
        draw = torch.Generator().manual_seed(0)
        device = MortalDevice(height, width, seed=0)
        device.write((torch.randn(height, width, generator=draw) / 3).clamp(-1, 1))
        x = torch.rand(batch, height, generator=draw)
        sides: list[Side] = [lambda device=device, x=x: device.forward(x)]  # type: ignore[misc]
        if peer is not None:
            sides.append(peer.tile(height, width, x))
        with Ledger() as book:
            times = alternate(sides, repeats=repeats)[:, :, 0]
        assert book.total("reads") == batch * (repeats + 1)
        mine = float(np.median(times[:, 0]))
        other = ratio = low = high = None
        if peer is not None:
            other = float(np.median(times[:, 1]))
            ratio, low, high = interval_of(times[:, 0] / times[:, 1])
        rows.append(Speed(height, width, batch, mine, other, ratio, low, high, 1e3 * batch / mine))
    return rows


def cells(peer: Peer, *, count: int) -> list[Cell]:
    """How cells of the peer and ours were written, and what became of them."""
    found = []
    model = CELLS["pcm"]
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        draw = torch.Generator().manual_seed(0)
        for value in TARGETS:
            target = torch.full((count,), value)
            own = model.program(target, draw)
            theirs = peer.written(target)
            found.append(
                Cell(value, "deviation of writing", float(own.written.std()), float(theirs.std()))
            )
            exact = type(own)(target, target, own.fate)
            for name, seconds in AGES.items():
                left, others = model.conductance(exact, seconds), peer.aged(target, seconds)
                found += [
                    Cell(value, f"mean after {name}", float(left.mean()), float(others.mean())),
                    Cell(value, f"deviation after {name}", float(left.std()), float(others.std())),
                ]
    return found


def table_of(rows: list[Speed]) -> Table:
    """Speeds as a table."""
    table = Table(title="one crossbar with converters and noise, forward, one thread")
    for heading in ("rows x columns", "batch", "CPU ms", "aihwkit", "ratio", "95 %", "reads a s"):
        table.add_column(heading, justify="right")
    for row in rows:
        beside = ("-", "-", "-")
        if row.peer_cpu_ms is not None:
            beside = (
                f"{row.peer_cpu_ms:.2f}",
                f"{row.ratio:.3f}",
                f"{row.ratio_low:.2f}..{row.ratio_high:.2f}",
            )
        table.add_row(
            f"{row.rows} x {row.columns}",
            str(row.batch),
            f"{row.cpu_ms:.2f}",
            *beside,
            f"{row.reads_per_second:,.0f}",
        )
    return table


def main(argv: list[str] | None = None) -> int:
    """Print the tables; 0 when ours is as fast, and its cells and errors are the same, else 1."""
    parser = parser_of(
        "mortal", "Time mortal devices.", repeats=30, counted="pairs", quick="the smallest only"
    )
    options = parser.parse_args(argv)
    peer = Aihwkit() if importlib.util.find_spec("aihwkit") is not None else None
    with steady():
        rows = speed(peer, repeats=options.repeats, cases=CASES[1:2] if options.quick else CASES)
    console = Console(width=110)
    console.print(table_of(rows))
    found = [] if peer is None else cells(peer, count=2000 if options.quick else 200_000)
    core = CrossSim().body if importlib.util.find_spec("simulator") is not None else None
    with steady():
        errs, others = compare(core, console, repeats=options.repeats, quick=options.quick)
    record = {"rows": [asdict(row) for row in rows], "cells": [asdict(cell) for cell in found]}
    save(options.save, record | {"crosssim": others})
    if peer is None:
        console.print(
            "aihwkit is not installed: pip install --no-deps --only-binary :all: aihwkit==1.1.0"
        )
        return 0 if errs else 1
    worst = max(found, key=lambda cell: cell.apart)
    slow = [row for row in rows if row.ratio is not None and row.ratio > 1]
    console.print(
        f"cells: {len(found)} statistics, apart by {100 * worst.apart:.1f} % at most "
        f"({worst.quantity}, {worst.target:g} uS)"
    )
    same = options.quick or worst.apart <= SAME
    console.print(
        f"{'holds' if same and not slow else 'DOES NOT HOLD'}: {len(slow)} of {len(rows)} sizes "
        "are slower than aihwkit's torch tile"
    )
    return 0 if same and errs and not slow else 1


if __name__ == "__main__":
    raise SystemExit(main())
