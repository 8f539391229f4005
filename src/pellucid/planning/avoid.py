"""Places that a plan had better not count on."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from pellucid.planning.energy import Energy
from pellucid.planning.trajectory import Trajectory


@dataclass(frozen=True, eq=False)
class Avoid(Energy):
    """Up to 1 for each step at one of the `places` (B, M, D), falling with the distance to it.

    exp(-|s - place|^2 / (2 radius^2)), the largest over a problem's places; `radius` is (B,).
    Places where `known` (B, M) is false do not count.
    """

    places: Tensor
    known: Tensor
    radius: Tensor

    def by_step(self, trajectory: Trajectory) -> Tensor:
        """How much each reached state lies at a place to avoid, (B, ..., H)."""
        reached = trajectory.reached
        rows = reached.reshape(len(reached), -1, reached.shape[-1])
        distance = torch.cdist(rows, self.places.expand(len(rows), -1, -1)).square()
        near = torch.exp(-distance / (2 * self.radius.square()[:, None, None]))
        near = torch.where(self.known[:, None], near, 0.0)
        return near.amax(-1).reshape(reached.shape[:-1])
