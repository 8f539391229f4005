"""VICReg: every feature varies, and no two features say the same."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor

from pellucid.errors import ConfigError, DataError
from pellucid.objectives.distributed import sum_over_ranks, total_samples
from pellucid.objectives.objective import (
    Objective,
    as_float,
    check_batch,
    check_weights,
    full_precision,
)

Normalisation = Literal["mean", "features"]


@dataclass(frozen=True)
class VICReg(Objective):
    """Variance and covariance regularisation of z (..., B, D), with unbiased moments over B.

        variance     mean_d relu(1 - sqrt(Var(z_d) + 1e-4))
        covariance   sum_{d != e} C_de^2 / D          normalisation "features": Bardes et al. 2022
                     sum_{d != e} C_de^2 / (D (D-1))  normalisation "mean": eb_jepa, the default

    The two covariances differ by the factor D - 1, which matters when a published weight is taken
    over. Default weights are those of eb_jepa for two rooms (16 and 8). The hinge pulls a nearly
    collapsed batch apart with a force that does not fade until the deviation is about 0.01.

    Unit: none. Source: Bardes, Ponce and LeCun 2022, eq. 1-4 (their invariance term is the
    prediction error of a world model, and is left to it).
    """

    variance: float = 16.0
    covariance: float = 8.0
    normalisation: Normalisation = "mean"

    def __post_init__(self) -> None:
        check_weights("VICReg", variance=self.variance, covariance=self.covariance)
        if self.normalisation not in ("mean", "features"):
            raise ConfigError(
                f"VICReg: normalisation is '{self.normalisation}': give 'mean' or 'features'"
            )

    @property
    def name(self) -> str:
        """`vicreg`."""
        return "vicreg"

    def __call__(self, z: Tensor, *, generator: torch.Generator | None = None) -> Tensor:
        """The weighted sum of both terms, averaged over the leading axes."""
        terms = self.terms(z, generator=generator)
        return terms["variance"] + terms["covariance"]

    def terms(self, z: Tensor, *, generator: torch.Generator | None = None) -> dict[str, Tensor]:
        """The weighted `variance` and `covariance`."""
        with full_precision(z):
            covariance = batch_covariance(z)
            return {
                "variance": self.variance * variance_hinge(covariance),
                "covariance": self.covariance * off_diagonal(covariance, self.normalisation),
            }


def batch_covariance(z: Tensor) -> Tensor:
    """The unbiased covariance over the samples of all ranks: (..., B, D) to (..., D, D)."""
    check_batch(z, objective="VICReg")
    samples = total_samples(z)
    if samples < 2:
        raise DataError("VICReg: batch of 1 has no variance: give at least 2 samples")
    z = as_float(z)
    centred = z - sum_over_ranks(z.sum(dim=-2, keepdim=True)) / samples
    return sum_over_ranks(centred.transpose(-1, -2) @ centred) / (samples - 1)


def variance_hinge(covariance: Tensor) -> Tensor:
    """Mean relu(1 - sqrt(Var + 1e-4)), of (..., D, D)."""
    deviation = torch.sqrt(covariance.diagonal(dim1=-2, dim2=-1) + 1e-4)
    return torch.relu(1 - deviation).mean()


def off_diagonal(covariance: Tensor, normalisation: Normalisation) -> Tensor:
    """The sum of the squares off the diagonal over D, or their mean, of (..., D, D)."""
    features = covariance.shape[-1]
    diagonal = torch.eye(features, dtype=torch.bool, device=covariance.device)
    squares = covariance.masked_fill(diagonal, 0.0) ** 2
    pairs = max(features - 1, 1) if normalisation == "mean" else 1
    return squares.sum(dim=(-2, -1)).mean() / (features * pairs)
