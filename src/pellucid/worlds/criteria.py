"""What a world model is trained for: the four criteria of LeCun (2022, section 4.5) as one loss.

    prediction     the predicted states are the states that come          (predictable)
    anti-collapse  states are informative: SIGReg, VICReg or coding rate  (maximal information)
    inverse        two neighbouring states tell the action between them   (what the agent controls)
    temporal       neighbours are similar, paths straight, features move  (options)

The fourth criterion, minimal information in the latent variable, is met by having none.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

import torch
from torch import Tensor
from torch.nn import functional as F

from pellucid.config import check, check_counts
from pellucid.objectives import (
    CodingRate,
    Objective,
    SIGReg,
    TemporalSimilarity,
    TemporalStraightening,
    TemporalVariance,
    VICReg,
)
from pellucid.worlds.jepa import JEPA


@dataclass(frozen=True)
class CriteriaConfig:
    """The terms of the loss and their weights; a weight of zero leaves its term out."""

    anticollapse: Literal["sigreg", "vicreg", "coding-rate", "none"] = "sigreg"
    """what keeps the states informative"""
    anticollapse_weight: float = 0.1
    """weight of that objective"""
    slices: int = 128
    """random directions of SIGReg"""
    inverse: float = 1.0
    """weight of the inverse-dynamics term"""
    similarity: float = 0.0
    """weight of the similarity of neighbouring states"""
    straightening: float = 0.0
    """weight of the straightness of paths"""
    temporal_variance: float = 0.0
    """weight of the hinge on each feature's deviation over time"""
    perceive: Literal["all", "powers"] = "all"
    """which moments of a window are perceived: all, or 0, 1, 2, 4, 8, ... and the last"""

    def __post_init__(self) -> None:
        weights = ("anticollapse_weight", "inverse", "similarity", "straightening")
        for name in (*weights, "temporal_variance"):
            check(getattr(self, name) >= 0, f"{name}={getattr(self, name)} must not be negative")
        check_counts(self, "slices")


def make_objective(config: CriteriaConfig) -> Objective | None:
    """The objective of states (T, B, D) that the configuration describes; None without any term."""
    anticollapse: dict[str, Objective] = {
        "sigreg": SIGReg(slices=config.slices),
        "vicreg": VICReg(),
        "coding-rate": CodingRate(),
    }
    parts = [
        (config.similarity, TemporalSimilarity()),
        (config.straightening, TemporalStraightening()),
        (config.temporal_variance, TemporalVariance()),
    ]
    if config.anticollapse != "none":
        parts.insert(0, (config.anticollapse_weight, anticollapse[config.anticollapse]))
    weighted = [weight * objective for weight, objective in parts if weight > 0]
    if not weighted:
        return None
    total = weighted[0]
    for objective in weighted[1:]:
        total = total + objective
    return total


def moments(steps: int, perceive: Literal["all", "powers"]) -> list[int]:
    """The moments, of 0 to `steps`, at which a window is perceived.

    Perceiving is nearly all of a training's cost. At the powers of two a window of 8 steps costs 5
    pictures and not 9, and a batch at the same cost has nearly twice as many windows: where a scene
    is constant in an episode, as many more scenes to tell apart.
    """
    if perceive == "all":
        return list(range(steps + 1))
    powers = [2**k for k in range(steps.bit_length()) if 2**k < steps]
    return [0, *powers, steps]


class Criteria:
    """The loss of a JEPA on a batch of windows, term by term."""

    def __init__(self, config: CriteriaConfig) -> None:
        self.config = config
        self.objective = make_objective(config)

    def terms(
        self,
        world: JEPA,
        observations: Tensor,
        actions: Tensor,
        *,
        generator: torch.Generator | None = None,
    ) -> dict[str, Tensor]:
        """The weighted terms by name; the loss is their sum.

        observations (B, K-1 + T+1, *O), actions (B, K-1 + T, A) in the environment's units. The
        first state is perceived, the following T are predicted one from the other, and each is
        compared with the state perceived in its place, where one is. No gradient is stopped.
        """
        action_TBA = actions.transpose(0, 1)[world.config.frames - 1 :]
        times = moments(len(action_TBA), self.config.perceive)
        state_MBD = world.encode_sequence(observations, times)
        predicted_TBD = world.unroll(state_MBD[0], action_TBA)
        seen = predicted_TBD[[time - 1 for time in times[1:]]]
        terms = {"prediction": F.mse_loss(seen, state_MBD[1:])}
        if self.objective is not None:
            terms |= self.objective.terms(state_MBD, generator=generator)
        if self.config.inverse:
            near = [m for m, (now, then) in enumerate(pairwise(times)) if then == now + 1]
            inferred = world.infer_action(state_MBD[near], state_MBD[[m + 1 for m in near]])
            between = world.scale_actions(action_TBA[[times[m] for m in near]])
            terms["inverse"] = self.config.inverse * F.mse_loss(inferred, between)
        return terms
