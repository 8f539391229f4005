"""Whether a mortal device errs as CrossSim's analog core does, where both have the same fault.

    found = parity(mortal_body, CrossSim().body)

Every fault is given alone to a body of ours and to one of CrossSim's, and at last most together;
the same input is put on both (`bench_mortal_bodies`). What chance has no part in must agree to one
step of the converter. Where it has one, the means of columns and the deviation must agree within
the error of sampling.
"""

from __future__ import annotations

import functools
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import torch
from rich.console import Console
from rich.table import Table
from torch import Tensor

from pellucid.experiments.bench_mortal_bodies import FAULTS, Fault, Maker, mortal_body
from pellucid.experiments.bench_pairs import Side, alternate, interval_of

ALLOWED_STEPS = 1.0
"""By how many steps of the converter what is exact may differ: one, where floats round apart."""
ALLOWED_ERRORS = 4.0
"""By how many standard errors what is drawn may differ."""


@dataclass(frozen=True)
class Statistic:
    """One statistic of the errors of outputs under one fault."""

    fault: str
    quantity: str
    ours: float
    peers: float
    apart: float
    """Steps of the converter for `error`, standard errors for all others."""
    allowed: float

    @property
    def holds(self) -> bool:
        """Whether they are no further apart than allowed."""
        return self.apart <= self.allowed


def parity(
    ours: Maker, peers: Maker, *, rows: int = 64, columns: int = 64, count: int = 1000
) -> list[Statistic]:
    """Every fault: errors against the exact product, of `count` draws where there is chance."""
    draw = torch.Generator().manual_seed(0)
    weights = (torch.randn(rows, columns, generator=draw) / 3).clamp(-0.8, 0.8)
    x = 2 * torch.rand(count, rows, generator=draw) - 1
    found = []
    for fault in FAULTS:
        if fault.write == fault.read == 0:
            few = x[:8]  # CrossSim solves wires by iterations that settle for all inputs at once
            ideal = few @ weights
            pair = [maker(fault, weights, 1)(few) - ideal for maker in (ours, peers)]
            found.append(_exactly(fault, *pair))
        else:
            ideal = x[:1] @ weights
            pair = [_draws(maker, fault, weights, x[:1], count) for maker in (ours, peers)]
            found += _likely(fault, *(outputs - ideal for outputs in pair))
    return found


def _draws(maker: Maker, fault: Fault, weights: Tensor, x: Tensor, count: int) -> Tensor:
    """Outputs (count, columns): of as many bodies, or as many reads of one if none is written.

    Bodies stand side by side in one that is `count` times as wide: their cells are their own.
    """
    if fault.write > 0:
        return maker(fault, weights.repeat(1, count), 1)(x).reshape(count, -1)
    return maker(fault, weights, 1)(x.repeat(count, 1))


def _exactly(fault: Fault, ours: Tensor, peers: Tensor) -> Statistic:
    apart = float((ours - peers).abs().max()) / fault.step
    mine, other = (float(error.square().mean().sqrt()) for error in (ours, peers))
    # What is a whole number of steps comes through floats as nearly one.
    return Statistic(fault.name, "error", mine, other, round(apart, 3), ALLOWED_STEPS)


def _likely(fault: Fault, ours: Tensor, peers: Tensor) -> list[Statistic]:
    """Means column by column, by chi-square, and the deviation within columns."""
    sides = [side.double() for side in (ours, peers)]
    count, columns = ours.shape
    means = [side.mean(0) for side in sides]
    squares = [(side - mean).square() for side, mean in zip(sides, means, strict=True)]
    variances = [square.mean(0) for square in squares]
    chi = (means[0] - means[1]).square() / ((variances[0] + variances[1]) / count)
    # Wilson and Hilferty 1931: the cube root of chi-square / n is nearly normal.
    small = 2 / (9 * columns)
    unlikely = (float(chi.mean()) ** (1 / 3) - (1 - small)) / small**0.5
    error = sum(float(square.var(0).sum()) for square in squares) ** 0.5 / (columns * count**0.5)
    total = [float(variance.mean()) for variance in variances]
    bias = [float(mean.square().mean().sqrt()) for mean in means]
    spread = [value**0.5 for value in total]
    apart = abs(total[0] - total[1]) / error
    return [
        Statistic(fault.name, "mean", bias[0], bias[1], unlikely, ALLOWED_ERRORS),
        Statistic(fault.name, "deviation", spread[0], spread[1], apart, ALLOWED_ERRORS),
    ]


@dataclass(frozen=True)
class Beside:
    """A pass of ours beside one of CrossSim's, CPU milliseconds."""

    fault: str
    rows: int
    columns: int
    batch: int
    cpu_ms: float
    peer_cpu_ms: float
    ratio: float
    ratio_low: float
    ratio_high: float


def race(
    ours: Maker, peers: Maker, *, repeats: int, rows: int = 784, columns: int = 256
) -> list[Beside]:
    """Passes with converters: without noise of reads, and with that of every cell."""
    found = []
    for fault, batch in ((FAULTS[0], 1000), (FAULTS[-1], 10)):
        draw = torch.Generator().manual_seed(0)
        weights = (torch.randn(rows, columns, generator=draw) / 3).clamp(-1, 1)
        x = torch.rand(batch, rows, generator=draw)
        bodies = [maker(fault, weights, 1) for maker in (ours, peers)]
        sides: list[Side] = [functools.partial(body, x) for body in bodies]
        times = alternate(sides, repeats=repeats)[:, :, 0]
        mine, other = map(float, np.median(times, axis=0))
        pairs = interval_of(times[:, 0] / times[:, 1])
        found.append(Beside(fault.name, rows, columns, batch, mine, other, *pairs))
    return found


def compare(
    peers: Maker | None, console: Console, *, repeats: int, quick: bool
) -> tuple[bool, dict[str, Any] | None]:
    """Print both tables: whether all statistics hold, and the record of them; None: no CrossSim."""
    if peers is None:
        console.print(
            "CrossSim is not installed: git clone https://github.com/sandialabs/cross-sim, "
            "and put the checkout on PYTHONPATH"
        )
        return True, None
    found = parity(mortal_body, peers, count=200 if quick else 1000)
    raced = race(mortal_body, peers, repeats=2 if quick else min(repeats, 10))
    table = Table(title="errors of outputs under one fault, beside CrossSim")
    for heading in ("fault", "statistic", "ours", "CrossSim", "apart", "allowed"):
        table.add_column(heading, justify="right")
    for row in found:
        unit = "steps" if row.quantity == "error" else "s.e."
        words = (
            f"{row.ours:.5f}",
            f"{row.peers:.5f}",
            f"{row.apart:.2f}",
            f"{row.allowed:g} {unit}",
        )
        table.add_row(row.fault, row.quantity, *words)
    console.print(table)
    for pair in raced:
        console.print(
            f"{pair.fault}, {pair.rows} x {pair.columns}, batch {pair.batch}: "
            f"{pair.cpu_ms:.2f} ms, CrossSim {pair.peer_cpu_ms:.2f} ms, ratio {pair.ratio:.3f} "
            f"({pair.ratio_low:.3f}..{pair.ratio_high:.3f})"
        )
    record = {
        "statistics": [asdict(row) for row in found],
        "speed": [asdict(row) for row in raced],
    }
    bad = sum(not row.holds for row in found)
    console.print(f"{bad} of {len(found)} statistics differ from CrossSim's")
    return bad == 0, record
