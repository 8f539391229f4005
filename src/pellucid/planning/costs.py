"""Energies beside the distance to a goal: effort, smoothness, and any cost of states."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from pellucid.data.actions import ActionSpace
from pellucid.planning.energy import Energy, per_problem
from pellucid.planning.trajectory import Trajectory


@dataclass(frozen=True, eq=False)
class ActionCost(Energy):
    """Effort: squared action, in half-ranges of the space from its centre, summed over A.

    An action at one bound of one axis costs 1, whatever the units of the environment. Of discrete
    actions each costs the same.
    """

    space: ActionSpace

    def by_step(self, trajectory: Trajectory) -> Tensor:
        """The effort of each action, (..., H)."""
        centre, half = centre_and_half_range(self.space, trajectory.actions)
        return ((trajectory.actions - centre) / half).square().sum(-1)

    @property
    def last_state_only(self) -> bool:
        """True: it reads no state at all."""
        return True


@dataclass(frozen=True, eq=False)
class Smoothness(Energy):
    """Squared change from one action to the next, in half-ranges of the space, summed over A.

    The first action is compared with `previous` (B, A), the action that was executed last; without
    it the first action is free.
    """

    space: ActionSpace
    previous: Tensor | None = None

    def by_step(self, trajectory: Trajectory) -> Tensor:
        """The change that each action makes, (..., H)."""
        actions = trajectory.actions
        first = actions[..., :1, :]
        if self.previous is not None:
            first = per_problem(self.previous, first).expand_as(first)
        _, half = centre_and_half_range(self.space, actions)
        return (torch.diff(actions, dim=-2, prepend=first) / half).square().sum(-1)

    @property
    def last_state_only(self) -> bool:
        """True: it reads no state at all."""
        return True


@dataclass(frozen=True, eq=False)
class StateCost(Energy):
    """Any cost of states at every step: `function` maps states (..., D) to costs (...).

    Critics, intrinsic costs and obstacles are such functions. The first state is not counted: no
    plan can change it.
    """

    function: Callable[[Tensor], Tensor]

    def by_step(self, trajectory: Trajectory) -> Tensor:
        """The cost of each reached state, (..., H)."""
        return self.function(trajectory.reached)


@dataclass(frozen=True, eq=False)
class FinalCost(Energy):
    """A cost of the last state only: a critic that tells what comes after the horizon."""

    function: Callable[[Tensor], Tensor]

    def by_step(self, trajectory: Trajectory) -> Tensor:
        """Zero for each step but the last, (..., H)."""
        last = self.total(trajectory).unsqueeze(-1)
        return torch.cat([last.new_zeros(*last.shape[:-1], trajectory.horizon - 1), last], -1)

    def total(self, trajectory: Trajectory) -> Tensor:
        """The cost of the last state, (...)."""
        return self.function(trajectory.states[..., -1, :])

    @property
    def last_state_only(self) -> bool:
        """True: that is what it reads."""
        return True


def centre_and_half_range(space: ActionSpace, like: Tensor) -> tuple[Tensor, Tensor]:
    """The middle of the space and half of its extent, (A,) each, of the type of `like`."""
    low = torch.as_tensor(space.low, dtype=like.dtype, device=like.device)
    high = torch.as_tensor(space.high, dtype=like.dtype, device=like.device)
    return (low + high) / 2, (high - low) / 2
