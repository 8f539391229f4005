"""Objectives of sequences (T, B, D): that neighbours in time agree, move, and move straight.

A further axis may stand before time; all axes are averaged over. Unit: none.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from pellucid.objectives.objective import Objective, as_float, check_batch


@dataclass(frozen=True)
class TemporalSimilarity(Objective):
    """(z_{t+1} - z_t)^2, the mean over time, samples and features; zero for a still sequence.

    The mean over features, not their sum, is what PLDM's and eb_jepa's published weights were
    chosen for. Source: Sobal et al. 2025 (PLDM), `sim_t`.
    """

    @property
    def name(self) -> str:
        """`temporal_similarity`."""
        return "temporal_similarity"

    def __call__(self, z: Tensor, *, generator: torch.Generator | None = None) -> Tensor:
        """The mean square step of z (T, B, D), T >= 2."""
        check_batch(z, objective="TemporalSimilarity", steps=2)
        return as_float(z).diff(dim=-3).square().mean()


@dataclass(frozen=True)
class TemporalVariance(Objective):
    """mean relu(1 - sqrt(Var_t(z) + 1e-4)): each feature of each sequence varies over time.

    It keeps the encoder from coding what is constant within an episode (slow features) alone.
    The variance is unbiased, over T. Source: Sobal et al. 2025 (PLDM), `std_t`.
    """

    @property
    def name(self) -> str:
        """`temporal_variance`."""
        return "temporal_variance"

    def __call__(self, z: Tensor, *, generator: torch.Generator | None = None) -> Tensor:
        """The mean hinge of z (T, B, D), T >= 2."""
        check_batch(z, objective="TemporalVariance", steps=2)
        deviation = torch.sqrt(as_float(z).var(dim=-3) + 1e-4)
        return torch.relu(1 - deviation).mean()


@dataclass(frozen=True)
class TemporalStraightening(Objective):
    """1 - cos(z_{t+1} - z_t, z_{t+2} - z_{t+1}), in [0, 2]: paths of states run straight.

    Straight paths make the distance to a goal a good guide for planners that follow gradients.
    Steps are lengthened to sqrt(|step|^2 + 1e-6), so that a state which stands still counts as a
    right angle (1) and the gradient stays bounded. Source: temporal straightening for latent
    planning, arXiv 2603.12231.
    """

    @property
    def name(self) -> str:
        """`temporal_straightening`."""
        return "temporal_straightening"

    def __call__(self, z: Tensor, *, generator: torch.Generator | None = None) -> Tensor:
        """The mean curvature of z (T, B, D), T >= 3."""
        check_batch(z, objective="TemporalStraightening", steps=3)
        step = as_float(z).diff(dim=-3)
        # The square root of the sum, not the norm, whose gradient at zero is not defined.
        direction = step / torch.sqrt(step.square().sum(dim=-1, keepdim=True) + 1e-6)
        first, second = direction[..., :-1, :, :], direction[..., 1:, :, :]
        return 1 - (first * second).sum(dim=-1).mean()
