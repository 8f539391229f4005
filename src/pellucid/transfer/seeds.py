"""A gradient as a seed and a few numbers: who has the same weights can draw the rest.

    said = measure(WeightPerturbation(samples=2), model, loss, x, seed=7)     # 96 bits and the head
    gradient = replay(said, list(model.parameters()))     # what the estimator found, anywhere else

(MeZO, Malladi et al. 2023, replays seeds to save memory; FedKSeed, Qin et al. 2024, to save bits.)
Directions are those of `learning.WeightPerturbation` with a generator of that seed, in the order of
the parameters that learn.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import torch
from torch import Tensor, nn

from pellucid.config import check
from pellucid.learning.gradient import Loss, normal_like
from pellucid.learning.weight_perturbation import WeightPerturbation
from pellucid.transfer.message import SeedAndScalars


def measure(
    perturbation: WeightPerturbation, model: nn.Module, loss: Loss, x: Tensor, *, seed: int
) -> SeedAndScalars:
    """The slopes of the mean loss of samples (N, ...) along the directions of a seed.

    ConfigError for a perturbation that takes the gradient of a readout exactly: no seed tells that.
    """
    check(
        perturbation.readout is None,
        f"readout='{perturbation.readout}' has an exact gradient, which no seed tells: give none",
    )
    weights = {name: p.detach() for name, p in model.named_parameters() if p.requires_grad}
    draw = torch.Generator().manual_seed(seed)
    one = replace(perturbation, samples=1)
    slopes = []
    for way in directions(seed, list(weights.values()), perturbation.samples):
        found = one.estimate(model, loss, x, generator=draw).gradient
        # It is a multiple of the direction: the factor is all that need be said.
        pairs = [(found[name], v) for name, v in zip(weights, way, strict=True)]
        slope = sum((g * v).sum(dtype=torch.float64) for g, v in pairs)
        length = sum(v.square().sum(dtype=torch.float64) for _, v in pairs)
        slopes.append(float(slope / length))
    return SeedAndScalars(seed, tuple(slopes))


def replay(message: SeedAndScalars, weights: Sequence[Tensor]) -> list[Tensor]:
    """The gradient that a message stands for: the mean of its directions, each times its number."""
    gradient = [torch.zeros_like(w) for w in weights]
    ways = directions(message.seed, weights, len(message.scalars))
    for scalar, way in zip(message.scalars, ways, strict=True):
        for g, v in zip(gradient, way, strict=True):
            g.add_(v, alpha=scalar / len(message.scalars))
    return gradient


def directions(seed: int, weights: Sequence[Tensor], count: int) -> Iterator[list[Tensor]]:
    """So many normal draws of the shapes of weights, one after another from a seed."""
    draw = torch.Generator().manual_seed(seed)
    for _ in range(count):
        yield [normal_like(w, draw) for w in weights]
