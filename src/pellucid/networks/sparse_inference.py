"""Sparse codes of many signals over one dictionary, to a proven precision.

    z = argmin 1/2 ||x - D'z||^2 + price ||z||_1        (LASSO; with z >= 0 if `nonnegative`)

    code = infer_codes(atoms, signals, price=0.1)       # (A, F), (N, F) -> (N, A)

Three algorithms find the same minimum: FISTA (Beck and Teboulle 2009) in its greedy form, greedy
coordinate descent (Li and Osher 2009), and the circuit LCA (Rozell et al. 2008). All of them work
on the Gram matrix of the atoms, so that a step does not touch the signals; and each signal ends
when its duality gap (`pellucid.networks.fista.duality_gap`) is small enough: no estimate, but a
bound on how far its energy can lie above the minimum. Signals that have ended cost nothing more.

Shape suffixes: N signals, F numbers in a signal, A atoms.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import torch
from torch import Tensor

from pellucid.errors import ConfigError, DataError

Method = Literal["fista", "coordinate", "lca"]

ROWS = 4096
"""Signals that are coded at a time: memory is bounded, and their codes stay in a CPU's cache."""
COMPACT = 0.1
"""Rows are gathered anew when this share of them has ended: gathering costs about one step."""


@dataclass(frozen=True)
class Inferred:
    """Codes, and how near to the minimum they are."""

    code: Tensor
    """(N, A)"""
    gap: Tensor
    """The duality gap of each signal, as a share of half its squared length, (N,)."""
    steps: Tensor
    """How many steps each signal took, (N,)."""


def infer_codes(
    atoms: Tensor,
    signals: Tensor,
    *,
    price: float,
    method: Method = "fista",
    nonnegative: bool = False,
    tolerance: float = 1e-4,
    most: int = 2000,
) -> Inferred:
    """The codes of signals (N, F) over atoms (A, F) as rows.

    A signal ends when its energy lies at most `tolerance` x 1/2 ||x||^2 above the minimum, or after
    `most` steps; `Inferred.gap` tells which. Float32 proves about 1e-6; give float64 for more.
    Errors: ConfigError for settings out of range, DataError for shapes that do not fit or numbers
    that are not finite.
    """
    _check(atoms, signals, price, tolerance, most, method)
    problem = _Problem(atoms @ atoms.mT, price, nonnegative)
    code = signals.new_empty(len(signals), len(atoms))
    gap, steps = signals.new_empty(len(signals)), torch.zeros(len(signals), dtype=torch.long)
    make = METHODS[method]
    with torch.no_grad():
        for first in range(0, len(signals), ROWS):
            part = slice(first, first + ROWS)
            some = signals[part]
            search = make(problem, some @ atoms.mT)
            code[part], gap[part], steps[part] = _run(
                search, 0.5 * some.square().sum(1), tolerance, most
            )
    return Inferred(code, gap, steps.to(signals.device))


def _run(
    search: _Search, half: Tensor, tolerance: float, most: int
) -> tuple[Tensor, Tensor, Tensor]:
    """All rows of one search, to the end."""
    code, gap = search.code.clone(), torch.zeros_like(half)
    steps, rows = torch.zeros(len(half), dtype=torch.long), torch.arange(len(half))
    taken = 0
    while True:
        found = search.gap(half) / half.clamp_min(torch.finfo(half.dtype).tiny)
        ended = found <= tolerance
        last = taken >= most
        leaving = torch.ones_like(ended) if last else ended
        count = int(leaving.sum())
        if last or count == len(leaving) or count >= COMPACT * len(leaving):
            there = rows[leaving.cpu()]
            code[there], gap[there], steps[there] = search.code[leaving], found[leaving], taken
            if count == len(leaving):
                return code, gap, steps
            staying = ~leaving
            search.keep(staying)
            half, rows = half[staying], rows[staying.cpu()]
        pace = min(search.pace, most - taken)
        for _ in range(pace):
            search.step()
        taken += pace


@dataclass(frozen=True)
class _Problem:
    """What all signals share."""

    gram: Tensor
    """(A, A)"""
    price: float
    nonnegative: bool

    @cached_property
    def norm(self) -> float:
        """The spectral norm of the Gram matrix."""
        return float(torch.linalg.matrix_norm(self.gram.double(), 2).clamp_min(1e-12))


class _Search(ABC):
    """The state of an algorithm on n rows; `code` (n, A) is what it has found so far."""

    pace = 10
    """Steps between two looks at the gap, which costs about one step of FISTA."""

    def __init__(self, problem: _Problem, drive: Tensor) -> None:
        self.gram, self.drive = problem.gram, drive
        self.price, self.nonnegative = problem.price, problem.nonnegative
        self.code = torch.zeros_like(drive)

    @abstractmethod
    def step(self) -> None:
        """One step of all rows."""

    def keep(self, rows: Tensor) -> None:
        """Go on with the rows of the mask (n,) only."""
        self.drive, self.code = self.drive[rows], self.code[rows]

    def shrink(self, value: Tensor, price: float) -> Tensor:
        """The proximal map of the price."""
        if self.nonnegative:
            return (value - price).clamp_min_(0)
        # value less what is clamped: one pass less than sign times the clamped magnitude
        return value - value.clamp(-price, price)

    def gap(self, half: Tensor) -> Tensor:
        """The duality gap (n,) of the code; `half` is 1/2 ||x||^2.

        With the residual r = x - D'z: <x, r> = ||x||^2 - <Dx, z>, and D r is the pull, so that
        nothing of length F is needed.
        """
        pull = self.drive - self.code @ self.gram
        inner = 2 * half - (self.drive * self.code).sum(1)
        square = inner - (pull * self.code).sum(1)
        asked = pull.amax(1) if self.nonnegative else pull.abs().amax(1)
        scale = self.price / asked.clamp_min(self.price)
        energy = 0.5 * square + self.price * self.code.abs().sum(1)
        return energy - (scale * inner - 0.5 * scale.square() * square)


class _FISTA(_Search):
    """Proximal gradient steps with full momentum, which a row loses when it points uphill.

    Greedy FISTA (Liang, Luo and Schoenlieb 2022): the momentum is 1 from the first step on and a
    step is 1.3 / L long, with the gradient restart of O'Donoghue and Candes (2015), decided for
    each row by itself. A row whose changes have not shrunk since the first one goes on without
    momentum: such steps, shorter than 2 / L, descend always.
    """

    greed = 1.3
    watch = 10
    """Steps between two looks at whether changes shrink."""

    def __init__(self, problem: _Problem, drive: Tensor) -> None:
        super().__init__(problem, drive)
        self.size = self.greed / problem.norm
        # z <- shrink(y (1 - s G) + s Dx): the step is one product and one addition
        self.advance = torch.eye(len(self.gram)).to(self.gram) - self.size * self.gram
        self.drift = self.size * drive
        self.at = self.code
        self.first: Tensor | None = None
        self.calm = torch.zeros(len(drive), 1, dtype=torch.bool, device=drive.device)
        self.taken = 0

    def step(self) -> None:
        moved = self.shrink(torch.addmm(self.drift, self.at, self.advance), self.size * self.price)
        change = moved - self.code
        halted = ((self.at - moved) * change).sum(1, keepdim=True) > 0
        if self.first is None:
            self.first = change.norm(dim=1, keepdim=True)
        self.taken += 1
        if self.taken % self.watch == 0:
            self.calm |= change.norm(dim=1, keepdim=True) > self.first
        halted |= self.calm
        self.at = torch.addcmul(moved, (~halted).to(moved.dtype), change)
        self.code = moved

    def keep(self, rows: Tensor) -> None:
        super().keep(rows)
        self.drift, self.at, self.calm = self.drift[rows], self.at[rows], self.calm[rows]
        if self.first is not None:
            self.first = self.first[rows]


class _Coordinate(_Search):
    """Each row changes the one coefficient that gains most, to its best value."""

    pace = 40

    def __init__(self, problem: _Problem, drive: Tensor) -> None:
        super().__init__(problem, drive)
        self.pull = drive.clone()
        self.square = self.gram.diagonal().clamp_min(torch.finfo(drive.dtype).tiny)

    def step(self) -> None:
        best = self.shrink(self.code * self.square + self.pull, self.price) / self.square
        change = best - self.code
        # What a change of d gains is 1/2 G_jj d^2 at least.
        chosen = (change.square() * self.square).argmax(1, keepdim=True)
        by = change.gather(1, chosen)
        self.code.scatter_add_(1, chosen, by)
        self.pull.addcmul_(self.gram[chosen.squeeze(1)], by, value=-1)

    def keep(self, rows: Tensor) -> None:
        super().keep(rows)
        self.pull = self.pull[rows]


class _LCA(_Search):
    """Units that are driven by their match, leak, and inhibit those that are like them.

        tau du/dt = Dx - u - (G - 1) a,    a = shrink(u)              Rozell et al. 2008, eq. 3.4

    in steps of tau / 10, or shorter for a coherent dictionary, for which Euler's method would
    overshoot.
    """

    pace = 20

    def __init__(self, problem: _Problem, drive: Tensor) -> None:
        super().__init__(problem, drive)
        self.rate = min(0.1, 1.0 / problem.norm)
        self.potential = torch.zeros_like(drive)

    def step(self) -> None:
        inhibition = self.code @ self.gram - self.code
        self.potential += self.rate * (self.drive - self.potential - inhibition)
        self.code = self.shrink(self.potential, self.price)

    def keep(self, rows: Tensor) -> None:
        super().keep(rows)
        self.potential = self.potential[rows]


METHODS: dict[str, type[_Search]] = {"fista": _FISTA, "coordinate": _Coordinate, "lca": _LCA}


def _check(
    atoms: Tensor, signals: Tensor, price: float, tolerance: float, most: int, method: str
) -> None:
    if method not in METHODS:
        raise ConfigError(f"no method '{method}' of sparse inference: give {', '.join(METHODS)}")
    if price <= 0 or tolerance <= 0 or most < 1:
        raise ConfigError(
            f"sparse inference: price={price} and tolerance={tolerance} must be positive, "
            f"most={most} at least 1"
        )
    check_signals("sparse inference", atoms, signals)


def check_signals(what: str, atoms: Tensor, signals: Tensor) -> None:
    """DataError, in the name of `what`, where signals and atoms do not fit or are not finite."""
    if atoms.ndim != 2 or signals.ndim != 2 or atoms.shape[1] != signals.shape[1]:
        raise DataError(
            f"signals {tuple(signals.shape)} and atoms {tuple(atoms.shape)} must be (N, F) and "
            "(A, F)"
        )
    for name, values in (("atoms", atoms), ("signals", signals)):
        if not torch.isfinite(values).all():
            raise DataError(f"{what}: the {name} hold numbers that are not finite")
