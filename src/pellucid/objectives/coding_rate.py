"""The coding rate: how many nats the representations need, and its use against collapse."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Literal

import torch
from torch import Tensor

from pellucid.errors import ConfigError, DataError
from pellucid.objectives.distributed import sum_over_ranks, total_samples, world_size
from pellucid.objectives.objective import Objective, as_float, check_batch, check_positive
from pellucid.objectives.sphere import on_sphere

Norm = Literal["power", "sphere", "batch", "none"]


def coding_rate(z: Tensor, epsilon: float = 0.5) -> Tensor:
    """Nats that code the samples of z (..., B, D) up to distortion epsilon; of shape (...).

    R(Z) = 1/2 logdet(I + D / (B eps^2) Z'Z)          Ma et al. 2007; Yu et al. 2020, eq. 7

    Z is not centred, as published. The determinant is that of the smaller of both Gram matrices,
    by Cholesky in float64, for in float32 the identity drowns beside a large Gram matrix. The
    result has the type of z (float32 for half precision) and an exact gradient. The statistic
    is of this process alone; `CodingRate` reduces across ranks.
    """
    check_positive("coding_rate", epsilon=epsilon)
    check_batch(z, objective="coding_rate")
    samples, features = z.shape[-2:]
    rate: Tensor = _Rate.apply(as_float(z), features / (samples * epsilon**2))
    return rate


class _Rate(torch.autograd.Function):
    """1/2 logdet(I + alpha Z'Z) of z (..., B, D), with its gradient written out.

    The gradient is alpha Z (I + alpha Z'Z)^-1: one product with Z, where the gradients of a Gram
    matrix and of its determinant take two, and the Cholesky factor serves a second time. The Gram
    matrix squares what z lost by rounding and needs float64. The gradient is linear in z, and is
    as exact as z is in the precision of z.
    """

    @staticmethod
    def forward(ctx: Any, z: Tensor, alpha: float) -> Tensor:
        factor = _factor(_gram(z, alpha))
        ctx.save_for_backward(z, factor)
        ctx.alpha = alpha
        return _log_of_diagonal(factor).to(z.dtype)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, None]:
        z, factor = ctx.saved_tensors
        if torch.is_grad_enabled():  # the gradient is to be differentiated: it must hang on z
            factor = _factor(_gram(z, ctx.alpha))
        scale = ctx.alpha * gradients[0][..., None, None]
        inverse = scale * torch.cholesky_inverse(factor).to(z.dtype)
        return inverse @ z if z.shape[-2] < z.shape[-1] else z @ inverse, None


def _gram(z: Tensor, alpha: float) -> Tensor:
    """The smaller of alpha Z'Z and alpha ZZ', float64: with I added, their determinant is one."""
    z = z.double()
    return alpha * (z @ z.mT if z.shape[-2] < z.shape[-1] else z.mT @ z)


def half_logdet_plus_identity(gram: Tensor) -> Tensor:
    """1/2 logdet(I + G) of positive semi-definite float64 matrices (..., K, K)."""
    return _log_of_diagonal(_factor(gram))


def _factor(gram: Tensor) -> Tensor:
    identity = torch.eye(gram.shape[-1], dtype=gram.dtype, device=gram.device)
    try:
        return torch.linalg.cholesky(gram + identity)
    except torch.linalg.LinAlgError as error:
        raise DataError(
            "coding rate: the representations are too large or not finite: normalise them"
        ) from error


def _log_of_diagonal(factor: Tensor) -> Tensor:
    return factor.diagonal(dim1=-2, dim2=-1).log().sum(dim=-1)


@dataclass(frozen=True)
class CodingRate(Objective):
    """Minus the coding rate of the batch: the expansion term of rate reduction, against collapse.

    R grows without end with the norm of z, so its expansion needs a bound. `norm` chooses it:

    - "power" (default): -R of the centred batch + 1/2 (mean square norm) / (1 + eps^2). This is
      the Lagrangian of "the largest rate at unit power a feature": each principal variance s adds
      1/2 [s / (1 + eps^2) - log(1 + s / eps^2)], which is least at s = 1 alone, so that the one
      minimum is zero mean and identity covariance. Sound for a JEPA with no normalisation layer.
    - "sphere": -R of rows on the unit sphere, as published for classification.
    - "batch": -R of features standardised over the batch: it sees correlations alone.
    - "none": -coding_rate(z, epsilon), with no bound.

    "sphere" and "batch" do not see the scale of z: a prediction error falls to nothing when z
    shrinks, and they do not object. Use them where the network's last layer fixes the scale.
    "none" is held by the prediction error alone, and its scale drifts as predictions improve.

    Except for "none", epsilon is the distortion a feature of unit variance: the formula is applied
    to z / sqrt(D), whose rows have unit norm, for which the published 0.5 was meant. The force on
    a nearly collapsed direction is proportional to its spread and to 1 / eps^2.

    Unit: nats. All ranks of a process group contribute to one rate. Source: Yu et al. 2020
    (MCR^2), eq. 7 and 10.
    """

    epsilon: float = 0.5
    norm: Norm = "power"

    def __post_init__(self) -> None:
        check_positive("CodingRate", epsilon=self.epsilon)
        if self.norm not in ("power", "sphere", "batch", "none"):
            raise ConfigError(
                f"CodingRate: norm is '{self.norm}': give 'power', 'sphere', 'batch' or 'none'"
            )

    @property
    def name(self) -> str:
        """`coding_rate`."""
        return "coding_rate"

    def __call__(self, z: Tensor, *, generator: torch.Generator | None = None) -> Tensor:
        """The sum of the terms, averaged over the leading axes."""
        return torch.stack(list(self.terms(z, generator=generator).values())).sum()

    def terms(self, z: Tensor, *, generator: torch.Generator | None = None) -> dict[str, Tensor]:
        """`coding_rate` (-R), and `power` where that is the bound."""
        check_batch(z, objective="CodingRate")
        bounded = self._bounded(z)
        terms = {"coding_rate": -rate_of_all_ranks(bounded, self.epsilon).mean()}
        if self.norm == "power":
            square = sum_over_ranks(z.double().square().sum(dim=(-2, -1)))
            terms["power"] = (square / total_samples(z)).mean() / (2 * (1 + self.epsilon**2))
        dtype = torch.promote_types(z.dtype, torch.float32)
        return {name: value.to(dtype) for name, value in terms.items()}

    def optimum(self, features: int) -> float:
        """The least value, in nats, that the bound allows for D = `features` (and B > D)."""
        if self.norm == "none":
            return -math.inf
        rate = features / 2 * math.log1p(self.epsilon**-2)
        power = features / (2 * (1 + self.epsilon**2)) if self.norm == "power" else 0.0
        return power - rate

    def _bounded(self, z: Tensor) -> Tensor:
        root = math.sqrt(z.shape[-1])
        match self.norm:
            case "power":
                return _centred(z.double()) / root
            case "sphere":
                return on_sphere(as_float(z))
            case "batch":
                centred = _centred(z.double())
                square = sum_over_ranks(centred.square().sum(dim=-2, keepdim=True))
                return centred / torch.sqrt(square / total_samples(z) + 1e-8) / root
            case _:
                return z


def _centred(z: Tensor) -> Tensor:
    return z - sum_over_ranks(z.sum(dim=-2, keepdim=True)) / total_samples(z)


def rate_of_all_ranks(z: Tensor, epsilon: float) -> Tensor:
    """`coding_rate` of the samples of all ranks together."""
    if world_size() == 1:
        return coding_rate(z, epsilon)
    # The Gram matrix of features is a sum over samples, hence over ranks.
    wide = z.double()
    gram = sum_over_ranks(wide.mT @ wide)
    return half_logdet_plus_identity(gram * (z.shape[-1] / (total_samples(z) * epsilon**2)))
