"""Part of `mortal`: estimates have no bias, and the variance that the formulas foretell.

One linear layer of 12 inputs and 8 outputs and a linear loss, so that Table 1 of Ren et al. is
exact; batches of 16 are drawn from 4,096 samples, so that the spread of batches is in it. Every
estimator is asked for many gradients, each of another batch.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor, nn

from pellucid.experiments.mortal_ground import bar, size
from pellucid.experiments.once import once_a_job
from pellucid.experiments.rows import Null, Published, Row, Settings
from pellucid.experiments.statistics import mean
from pellucid.learning.activity_perturbation import ActivityPerturbation, MeasuredPerturbation
from pellucid.learning.gradient import GradientEstimator
from pellucid.learning.perturbation_variance import Layer, perturbation_variance
from pellucid.learning.weight_perturbation import WeightPerturbation

IN, OUT, BATCH, POPULATION = 12, 8, 16, 4096
DRAWS = {"quick": 100, "short": 10_000, "full": 60_000}

FORMULAS: dict[str, tuple[GradientEstimator, Callable[[Layer], float]]] = {
    "weights, differences": (
        WeightPerturbation(),
        lambda layer: perturbation_variance(layer, "weights", shared=True),
    ),
    "weights, forward mode": (
        WeightPerturbation(exact=True),
        lambda layer: perturbation_variance(layer, "weights", shared=True),
    ),
    "weights, 4 perturbations": (
        WeightPerturbation(samples=4),
        lambda layer: _weights_of_many(layer, 4),
    ),
    "activities, differences": (
        ActivityPerturbation(),
        lambda layer: perturbation_variance(layer, "activities", shared=False),
    ),
    "activities, forward mode": (
        ActivityPerturbation(exact=True),
        lambda layer: perturbation_variance(layer, "activities", shared=False),
    ),
    "activities, unknown noise": (
        MeasuredPerturbation(size=1e-3),
        # q (g.a) a_j / |a|^2 has the second moment q / (q + 2) (|g|^2 + 2 g_j^2) where Gaussian
        # noise has |g|^2 + 2 g_j^2: the length of the noise no longer adds to it.
        lambda layer: (
            layer.fan_out / layer.batch * (layer.spread + layer.signal) - layer.signal / layer.batch
        ),
    ),
}


def _weights_of_many(layer: Layer, samples: int) -> float:
    """The mean of several perturbations of one batch: its own spread V / N does not fall."""
    batch = layer.spread / layer.batch
    return batch + (perturbation_variance(layer, "weights", shared=True) - batch) / samples


@dataclass(frozen=True)
class Job:
    """One estimator and one seed."""

    name: str
    method: str
    draws: int
    seed: int
    output: Path


@dataclass(frozen=True)
class Exactness:
    """What many estimates came to."""

    bias: float
    """The root mean square of the mean error over weights, in standard errors: 1 where there is no
    bias."""
    variance: float
    """Measured over foretold."""


def job(settings: Settings, method: str, seed: int) -> Job:
    """The job of an estimator."""
    name = f"exact-{method}-{seed}".replace(" ", "-").replace(",", "")
    return Job(name, method, DRAWS[size(settings)], seed, settings.output)


@once_a_job(Exactness)
def measure(job: Job) -> Exactness:
    """One job; or what was measured before."""
    draw = torch.Generator().manual_seed(job.seed)
    x = torch.randn(POPULATION, IN, generator=draw, dtype=torch.float64)
    # Losses that the inputs foretell in part, so that gradients have a mean and a spread.
    map_ = torch.randn(IN, OUT, generator=draw, dtype=torch.float64) / IN**0.5
    target = x @ map_ + torch.randn(POPULATION, OUT, generator=draw, dtype=torch.float64)
    each = target[:, :, None] * x[:, None]
    true = each.mean(0)
    layer = Layer(
        IN, OUT, BATCH, float(each.var(0, unbiased=False).mean()), float(true.square().mean())
    )
    estimator, formula = FORMULAS[job.method]
    model = nn.Linear(IN, OUT, bias=False).double()
    total, square = torch.zeros_like(true), torch.zeros_like(true)
    for _ in range(job.draws):
        rows = torch.randint(POPULATION, (BATCH,), generator=draw)
        found = estimator.estimate(
            model, _linear_loss(target[rows]), x[rows], generator=draw
        ).gradient["weight"]
        total += found - true
        square += (found - true).square()
    error = total / job.draws
    variance = square / job.draws - error.square()
    standard = (variance / job.draws).sqrt()
    return Exactness(
        bias=float((error / standard).square().mean().sqrt()),
        variance=float(variance.mean()) / formula(layer),
    )


def _linear_loss(target: Tensor) -> Callable[[Tensor], Tensor]:
    return lambda outputs: (outputs * target).sum(1)


def rows(settings: Settings, method: str, found: Sequence[Exactness]) -> list[Row]:
    """What is shown of an estimator, over seeds."""
    return [
        Row(
            f"{method}: bias in standard errors",
            mean([f.bias for f in found]),
            bar=bar(settings, "at most", 3.0),
            null=Null("an estimate without bias", 1.0),
            note=f"root mean square over {IN * OUT} weights, {DRAWS[size(settings)]:,} estimates",
        ),
        Row(
            f"{method}: variance over the formula's, off by",
            mean([100 * abs(f.variance - 1) for f in found]),
            unit="%",
            bar=bar(settings, "at most", 3.0),
            published=(Published(0.0, "Ren et al. 2023, Table 1", "the formula itself"),)
            if method != "activities, unknown noise"
            else (),
        ),
    ]
