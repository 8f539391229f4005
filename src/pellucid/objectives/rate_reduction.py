"""Rate reduction: what the parts of the data save over coding them as one.

    Delta R(Z | Pi) = R(Z) - R_c(Z | Pi)                     Yu et al. 2020 (MCR^2), eq. 8 and 10

R counts the nats of all samples in one code, R_c those of each class in a code of its own. Large
Delta R means: classes that are small each and far from each other. The parts are given by
memberships, by subspaces, or bounded from above by the variances along given directions (ToST).

Shapes: B samples or N tokens, D features, K classes or subspaces, P dimensions of a subspace. All
rates are in nats, computed in float64 and returned in the type of z (float32 for half precision).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor
from torch.nn import functional as F

from pellucid.errors import ConfigError, DataError
from pellucid.objectives.coding_rate import (
    coding_rate,
    half_logdet_plus_identity,
    rate_of_all_ranks,
)
from pellucid.objectives.distributed import sum_over_ranks, total_samples, world_size
from pellucid.objectives.objective import (
    Objective,
    as_float,
    check_batch,
    check_positive,
    check_weights,
)
from pellucid.objectives.sphere import on_sphere


def hard_memberships(labels: Tensor, classes: int) -> Tensor:
    """Memberships (..., K, B) of zeros and ones, float32, from integer labels (..., B).

    DataError for a label outside of 0 .. `classes` - 1.
    """
    check_labels(labels, classes)
    return F.one_hot(labels.long(), classes).movedim(-1, -2).float()


def check_labels(labels: Tensor, classes: int) -> None:
    """DataError unless all labels are whole numbers from 0 to `classes` - 1."""
    if labels.is_floating_point():
        raise DataError(f"labels have type {labels.dtype}: give whole numbers")
    if not labels.numel():
        return
    least, most = int(labels.min()), int(labels.max())
    if least < 0 or most >= classes:
        raise DataError(
            f"labels go from {least} to {most}: with {classes} classes they are 0 to {classes - 1}"
        )


def conditional_rate(z: Tensor, membership: Tensor, epsilon: float = 0.5) -> Tensor:
    """Nats that code each class of z (..., B, D) by itself; of shape (...).

    R_c(Z | Pi) = sum_k N_k / (2 B) logdet(I + D / (N_k eps^2) Z' Diag(pi_k) Z),  N_k = sum(pi_k)

    `membership` (..., K, B) is soft or hard and not negative. A class with no sample contributes
    zero, the limit for N_k -> 0. Source: Yu et al. 2020, eq. 8. DataError for what is not finite.
    """
    _check(z, epsilon, "conditional_rate")
    pi = _checked_memberships(z, membership)
    return _conditional(z.double(), pi, epsilon).to(_type(z))


def rate_reduction(z: Tensor, membership: Tensor, epsilon: float = 0.5) -> Tensor:
    """R(Z) - R_c(Z | Pi) of z (..., B, D) and `membership` (..., K, B); of shape (...), in nats.

    Not negative where the memberships of each sample sum to one, for logdet is concave. The rows
    of z are taken as they are: put them on the unit sphere, or the rate grows with their norm.
    """
    _check(z, epsilon, "rate_reduction")
    pi = _checked_memberships(z, membership)
    wide = z.double()
    return (coding_rate(wide, epsilon) - _conditional(wide, pi, epsilon)).to(_type(z))


def subspace_rate(z: Tensor, U: Tensor, epsilon: float = 0.5) -> Tensor:
    """Nats of the tokens z (..., N, D) after projection on each of the subspaces U (K, D, P).

    R_c(Z | U) = sum_k 1/2 logdet(I + P / (N eps^2) (Z U_k)' (Z U_k))    Yu et al. 2023, eq. 8
    """
    _check(z, epsilon, "subspace_rate")
    _check_subspaces(z, U, "subspace_rate")
    # One batched product for all subspaces; coding_rate takes the smaller Gram matrix of each.
    projected = z.double().unsqueeze(-3) @ U.double()
    return coding_rate(projected, epsilon).sum(dim=-1).to(_type(z))


def sparse_rate_reduction(
    z: Tensor,
    U: Tensor,
    epsilon: float = 0.5,
    *,
    penalty: float,
    norm: Literal["l0", "l1"] = "l0",
) -> Tensor:
    """R(Z) - R_c(Z | U) - penalty ||Z|| of z (..., N, D) and U (K, D, P); of shape (...).

    What a CRATE block climbs (Yu et al. 2023, eq. 1). "l0" counts the entries that are not zero
    and has no gradient; "l1" sums their sizes, which is what ISTA lowers.
    """
    check_weights("sparse_rate_reduction", penalty=penalty)
    if norm not in ("l0", "l1"):
        raise ConfigError(f"sparse_rate_reduction: norm is '{norm}': give 'l0' or 'l1'")
    reduction = coding_rate(z, epsilon) - subspace_rate(z, U, epsilon)
    sizes = (z != 0) if norm == "l0" else z.abs()
    return reduction - penalty * sizes.sum(dim=(-2, -1)).to(reduction.dtype)


def variational_rate(z: Tensor, U: Tensor, membership: Tensor, epsilon: float = 0.5) -> Tensor:
    """An upper bound of `conditional_rate` by variances along U (K, D, P); of shape (...), nats.

    1/2 sum_k N_k / N sum_i log(1 + D / (N_k eps^2) (U_k' Z Diag(pi_k) Z' U_k)_ii)

    z is (..., N, D), `membership` (..., K, N). It bounds R_c(Z | Pi) where each U_k is orthonormal
    and spans the tokens of its class, by Hadamard's inequality, and is tight where U_k diagonalises
    their second moment. Its cost is linear in N and no determinant is needed. Source: Wu et al.
    2025 (Token Statistics Transformer), eq. 9.
    """
    _check(z, epsilon, "variational_rate")
    _check_subspaces(z, U, "variational_rate")
    pi = _checked_memberships(z, membership)
    if pi.shape[-2] != U.shape[0]:
        raise DataError(
            f"variational_rate: {pi.shape[-2]} memberships, {U.shape[0]} subspaces: give one each"
        )
    square = (z.double().unsqueeze(-3) @ U.double()).square()
    counts, safe = _counts(pi)
    variances = (pi.unsqueeze(-1) * square).sum(dim=-2) / safe.unsqueeze(-1)
    nats = torch.log1p(variances * (z.shape[-1] / epsilon**2)).sum(dim=-1) / 2
    _require_finite(nats, "variational_rate")
    return ((counts * nats).sum(dim=-1) / z.shape[-2]).to(_type(z))


@dataclass(frozen=True, eq=False)
class RateReduction(Objective):
    """Minus the rate reduction of a batch whose memberships are given: to be minimised.

        loss = RateReduction(hard_memberships(labels, 10))(z)

    `membership` is (..., K, B), this rank's samples alone; all ranks of a process group contribute
    to one rate. With norm "sphere" (as published) the rows of z are put on the unit sphere first;
    with "none" they are taken as they are. Source: Yu et al. 2020 (MCR^2), eq. 10. Unit: nats.
    """

    membership: Tensor
    epsilon: float = 0.5
    norm: Literal["sphere", "none"] = "sphere"

    def __post_init__(self) -> None:
        check_positive("RateReduction", epsilon=self.epsilon)
        if self.norm not in ("sphere", "none"):
            raise ConfigError(f"RateReduction: norm is '{self.norm}': give 'sphere' or 'none'")

    @property
    def name(self) -> str:
        """`rate_reduction`."""
        return "rate_reduction"

    def __call__(self, z: Tensor, *, generator: torch.Generator | None = None) -> Tensor:
        """The sum of both terms, averaged over the leading axes."""
        return torch.stack(list(self.terms(z, generator=generator).values())).sum()

    def terms(self, z: Tensor, *, generator: torch.Generator | None = None) -> dict[str, Tensor]:
        """`expansion` (-R) and `compression` (R_c)."""
        check_batch(z, objective="RateReduction")
        pi = _checked_memberships(z, self.membership)
        rows = on_sphere(as_float(z)) if self.norm == "sphere" else as_float(z)
        expansion = -rate_of_all_ranks(rows, self.epsilon).mean()
        compression = _conditional(rows.double(), pi, self.epsilon, all_ranks=True).mean()
        return {"expansion": expansion.to(_type(z)), "compression": compression.to(_type(z))}


def _conditional(z: Tensor, pi: Tensor, epsilon: float, *, all_ranks: bool = False) -> Tensor:
    samples, features = z.shape[-2:]
    together = all_ranks and world_size() > 1
    if samples < features and not together and not pi.requires_grad:
        # The B x B side. Not where memberships learn: the root has no gradient at zero.
        root = pi.sqrt()
        gram = root.unsqueeze(-1) * (z @ z.mT).unsqueeze(-3) * root.unsqueeze(-2)
    else:
        gram = (pi.unsqueeze(-1) * z.unsqueeze(-3)).mT @ z.unsqueeze(-3)
    total = float(samples)
    if together:
        gram, pi, total = sum_over_ranks(gram), _summed(pi), total_samples(z)
    counts, safe = _counts(pi)
    rates = half_logdet_plus_identity(gram * (features / (safe * epsilon**2))[..., None, None])
    return (counts * rates).sum(dim=-1) / total


def _summed(pi: Tensor) -> Tensor:
    """The counts of all ranks, as memberships (..., K, 1) of one sample."""
    return sum_over_ranks(pi.sum(dim=-1, keepdim=True))


def _counts(pi: Tensor) -> tuple[Tensor, Tensor]:
    """N_k (..., K), and the same with one where a class is empty, to divide by."""
    counts = pi.sum(dim=-1)
    return counts, torch.where(counts > 0, counts, torch.ones_like(counts))


def _checked_memberships(z: Tensor, membership: Tensor) -> Tensor:
    shape, samples = tuple(membership.shape), z.shape[-2]
    if membership.dim() < 2 or 0 in shape or shape[-1] != samples:
        raise DataError(f"memberships have shape {shape}: give (..., K, {samples}), not empty")
    pi = membership.double()
    if torch.compiler.is_compiling():  # which cannot branch on values: it trusts its memberships
        return pi
    if not bool(torch.isfinite(pi).all()) or bool((pi < 0).any()):
        raise DataError("memberships are negative or not finite: give shares of a sample, 0 to 1")
    return pi


def _check(z: Tensor, epsilon: float, objective: str) -> None:
    check_positive(objective, epsilon=epsilon)
    check_batch(z, objective=objective)


def _check_subspaces(z: Tensor, U: Tensor, objective: str) -> None:
    if U.dim() != 3 or 0 in U.shape or U.shape[1] != z.shape[-1]:
        raise DataError(
            f"{objective}: U has shape {tuple(U.shape)}: give (K, {z.shape[-1]}, P), not empty"
        )


def _require_finite(value: Tensor, objective: str) -> None:
    if not bool(torch.isfinite(value).all()):
        raise DataError(f"{objective}: the representations are not finite: normalise them")


def _type(z: Tensor) -> torch.dtype:
    return torch.promote_types(z.dtype, torch.float32)
