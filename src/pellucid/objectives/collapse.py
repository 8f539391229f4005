"""Has the representation collapsed? Statistics that say how many directions carry something."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from pellucid.errors import DataError
from pellucid.objectives.objective import check_positive


@dataclass(frozen=True)
class CollapseStatistics:
    """How z (N, D) fills its D dimensions; all measured about the mean of the samples."""

    samples: int
    features: int
    effective_rank: float
    """exp(entropy of the singular values), 0 to D: see `effective_rank`."""
    participation_ratio: float
    """(sum of variances)^2 / sum of their squares, of principal variances, 0 to D."""
    deviations: tuple[float, ...]
    """The standard deviation of each feature (unbiased), in the unit of z."""
    norm: float
    """The root of the mean square norm of z, its mean included, in the unit of z."""

    @property
    def mean_deviation(self) -> float:
        """The mean over features of their standard deviation."""
        return sum(self.deviations) / self.features

    @property
    def least_deviation(self) -> float:
        """The standard deviation of the feature that varies least."""
        return min(self.deviations)


@torch.no_grad()
def collapse_statistics(z: Tensor) -> CollapseStatistics:
    """The statistics of z (N, D), N >= 2, in float64; spread below rounding counts as none."""
    z = _matrix(z, name="z", samples=2)
    centred = z - z.mean(dim=0)
    singular = torch.linalg.svdvals(centred)
    # The mean of equal numbers is rounded: what is left of them is not a direction.
    rounding = torch.finfo(z.dtype).eps * max(z.shape) * z.norm()
    singular = torch.where(singular > rounding, singular, 0.0)
    variances = singular**2
    total = variances.sum()
    ratio = total**2 / (variances**2).sum() if total > 0 else total
    return CollapseStatistics(
        samples=z.shape[0],
        features=z.shape[1],
        effective_rank=_entropy_rank(singular),
        participation_ratio=float(ratio),
        deviations=tuple(z.std(dim=0).tolist()),
        norm=float(z.square().sum(dim=1).mean().sqrt()),
    )


@torch.no_grad()
def effective_rank(z: Tensor) -> float:
    """exp(-sum p log p) with p = singular values of z (N, D) over their sum; 0 for zero.

    From 1 (one direction) to min(N, D) (all equal). Not centred. It is the effective rank of Roy
    and Vetterli 2007, and RankMe of Garrido et al. 2023.
    """
    return _entropy_rank(torch.linalg.svdvals(_matrix(z, name="z")))


def _entropy_rank(singular: Tensor) -> float:
    total = singular.sum()
    if total == 0:
        return 0.0
    share = singular / total
    return float(torch.special.entr(share).sum().exp())


@torch.no_grad()
def linear_r2(
    x: Tensor, y: Tensor, *, ridge: float = 1e-6, generator: torch.Generator | None = None
) -> float:
    """The share of the variance of y (N, K) that a linear probe of x (N, D) predicts, held out.

    A ridge regression with intercept is fitted on each half and judged on the other, so that a
    wide x does not score by fitting noise: 1 for a linear relation, about 0 or below for none.
    The mean over the K targets; those that do not vary are left out. `ridge` is relative to the
    variance of standardised features.

    The halves are the first and the last rows: keep episodes whole, one after the other, so that
    neighbouring frames do not stand in both. With a `generator` rows are shuffled first, which is
    right for independent rows only. (Use: probes of states, and inverse dynamics from
    [z_t, z_{t+1}] to the action, Sobal et al. 2025.)
    """
    check_positive("linear_r2", ridge=ridge)
    x, y = _matrix(x, name="x", samples=4), _matrix(y, name="y", samples=4).to(x.device)
    if len(x) != len(y):
        raise DataError(f"linear_r2: x has {len(x)} rows and y has {len(y)}: give as many")
    if generator is not None:
        order = torch.randperm(len(x), generator=generator, device=generator.device).to(x.device)
        x, y = x[order], y[order]
    half = len(x) // 2
    predicted = torch.cat(
        (
            _predict(x[half:], y[half:], at=x[:half], ridge=ridge),
            _predict(x[:half], y[:half], at=x[half:], ridge=ridge),
        )
    )
    total = (y - y.mean(dim=0)).square().sum(dim=0)
    varying = total > (torch.finfo(y.dtype).eps * y.norm()) ** 2
    if not varying.any():
        raise DataError("linear_r2: y does not vary: there is nothing to predict")
    error = (y - predicted).square().sum(dim=0)
    return float((1 - error[varying] / total[varying]).mean())


def _predict(x: Tensor, y: Tensor, *, at: Tensor, ridge: float) -> Tensor:
    """Fit y (N, K) from x (N, D) by ridge regression; its predictions for `at` (M, D)."""
    mean, deviation = x.mean(dim=0), x.std(dim=0, correction=0)
    # A feature that is constant here says nothing, also where it is not constant.
    scale = torch.where(deviation > 1e-9 * (1 + mean.abs()), 1 / deviation, 0.0)
    standard = (x - mean) * scale
    identity = torch.eye(x.shape[1], dtype=x.dtype, device=x.device)
    gram = standard.mT @ standard / len(x) + ridge * identity
    weight = torch.linalg.solve(gram, standard.mT @ (y - y.mean(dim=0)) / len(x))
    return (at - mean) * scale @ weight + y.mean(dim=0)


def _matrix(z: Tensor, *, name: str, samples: int = 1) -> Tensor:
    """`z` in float64, if it is a finite matrix of at least `samples` rows; a vector is a column."""
    z = z.detach().double()
    z = z.unsqueeze(-1) if z.dim() == 1 else z
    if z.dim() != 2 or z.shape[0] < samples or z.shape[1] == 0:
        raise DataError(f"{name} has shape {tuple(z.shape)}: give (N, D) with N >= {samples}")
    if not bool(torch.isfinite(z).all()):
        raise DataError(f"{name} has values that are not finite: look for the step that made them")
    return z
