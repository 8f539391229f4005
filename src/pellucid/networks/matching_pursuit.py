"""Sparse codes with a given number of atoms: matching pursuit, plain and orthogonal.

    code = pursue(atoms, signals, nonzero=5)          # (A, F), (N, F) -> (N, A)

The atom that matches the residual best is added, again and again. Plain pursuit (Mallat and Zhang
1993) then changes that atom's coefficient alone, the orthogonal one (Pati et al. 1993) refits all
that were chosen, so that no atom is chosen twice. As in batch OMP (Rubinstein et al. 2008) the Gram
matrix of the atoms stands for the signals, and Cholesky factors grow by a row a step.

Shape suffixes: N signals, F numbers in a signal, A atoms, K chosen atoms.
"""

from __future__ import annotations

import torch
from torch import Tensor

from pellucid.errors import ConfigError, DataError
from pellucid.networks.sparse_inference import ROWS, check_signals

SAME = 1e-6
"""An atom of which only this share, squared, lies outside of the span of the chosen ones is one of
them."""


def pursue(
    atoms: Tensor,
    signals: Tensor,
    *,
    nonzero: int,
    tolerance: float = 0.0,
    orthogonal: bool = True,
    nonnegative: bool = False,
) -> Tensor:
    """The codes (N, A) of signals (N, F) over atoms (A, F) as rows, `nonzero` steps at most.

    A signal ends early when the squared length of its residual is at most `tolerance` of its own.
    `nonnegative` adds only atoms that match with a positive sign; plain pursuit alone allows it,
    for a refit may turn signs. Errors: ConfigError for settings out of range, DataError for shapes
    that do not fit, for numbers that are not finite and for atoms of length zero.
    """
    _check(atoms, signals, nonzero, tolerance, orthogonal and nonnegative)
    gram = atoms @ atoms.mT
    walk = _orthogonal if orthogonal else _plain
    parts = [
        walk(gram, some @ atoms.mT, some.square().sum(1), nonzero, tolerance, nonnegative)
        for some in signals.split(ROWS)
    ]
    return torch.cat(parts) if parts else signals.new_zeros(0, len(atoms))


@torch.no_grad()
def _plain(
    gram: Tensor,
    drive: Tensor,
    power: Tensor,
    steps: int,
    tolerance: float,
    nonnegative: bool,
) -> Tensor:
    square = gram.diagonal()
    code, pull, left = torch.zeros_like(drive), drive.clone(), power.clone()
    for _ in range(steps):
        match = pull if nonnegative else pull.abs()
        value, chosen = (match / square.sqrt()).max(1, keepdim=True)
        going = (left > tolerance * power)[:, None] & (value > 0)
        by = torch.where(going, pull.gather(1, chosen) / square[chosen], 0.0)
        code.scatter_add_(1, chosen, by)
        pull.addcmul_(gram[chosen.squeeze(1)], by, value=-1)
        left -= (by.square() * square[chosen]).squeeze(1)
    return code


@torch.no_grad()
def _orthogonal(
    gram: Tensor,
    drive: Tensor,
    power: Tensor,
    steps: int,
    tolerance: float,
    _nonnegative: bool,
) -> Tensor:
    N, A = drive.shape
    K = min(steps, A)
    square = gram.diagonal()
    code = torch.zeros_like(drive)
    rows = torch.arange(N, device=drive.device)
    pull, free = drive.clone(), torch.ones_like(drive, dtype=torch.bool)
    chosen = torch.zeros(N, K, dtype=torch.long, device=drive.device)
    factor = torch.eye(K, dtype=drive.dtype, device=drive.device).repeat(N, 1, 1)
    target = drive.new_zeros(N, K)
    going = power > 0
    for k in range(K):
        match = torch.where(free, pull.abs() / square.sqrt(), -1.0)
        best = match.argmax(1)
        if k:
            beside = gram[chosen[:, :k], best[:, None]].unsqueeze(2)
            row = torch.linalg.solve_triangular(factor[:, :k, :k], beside, upper=False)[..., 0]
            rest = square[best] - row.square().sum(1)
            going &= rest > SAME * square[best]
            # Rows that have ended keep the identity there and a target of zero: they do not change.
            factor[:, k, :k] = torch.where(going[:, None], row, 0.0)
            factor[:, k, k] = torch.where(going, rest, 1.0).clamp_min(SAME).sqrt()
        else:
            factor[:, 0, 0] = square[best].sqrt()
        chosen[:, k], free[rows, best] = best, False
        target[:, k] = torch.where(going, drive[rows, best], 0.0)
        found = torch.cholesky_solve(target[:, : k + 1, None], factor[:, : k + 1, : k + 1])[..., 0]
        code.scatter_(1, chosen[:, : k + 1], found)
        pull = drive - code @ gram
        left = power - (found * target[:, : k + 1]).sum(1)
        going &= left > tolerance * power
        if not going.any():
            break
    return code


def _check(
    atoms: Tensor, signals: Tensor, nonzero: int, tolerance: float, impossible: bool
) -> None:
    if nonzero < 1 or tolerance < 0:
        raise ConfigError(
            f"matching pursuit: nonzero={nonzero} must be at least 1 and tolerance={tolerance} not "
            "negative"
        )
    if impossible:
        raise ConfigError(
            "orthogonal matching pursuit refits signs: give orthogonal=False with nonnegative=True"
        )
    check_signals("matching pursuit", atoms, signals)
    if not atoms.square().sum(1).gt(0).all():
        raise DataError("matching pursuit: an atom is zero, which matches nothing: leave it out")
