"""The true physics as a world: the ceiling that learned worlds are measured against."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from pellucid.data.actions import ActionSpace
from pellucid.errors import ConfigError
from pellucid.worlds.environments.arena import SPEED
from pellucid.worlds.environments.physics import move

ACTIONS = ActionSpace((-1.0, -1.0), (1.0, 1.0))
"""The arenas' own: a share of the greatest speed along each axis."""


@dataclass(frozen=True)
class SimulatorWorld:
    """What the arenas themselves would do.

        world = SimulatorWorld()
        state = torch.from_numpy(arenas.simulator_states())            # (B, 2 + 4 K) float64
        goal = torch.from_numpy(arenas.simulator_states(arenas.goals))
        energy = GoalDistance(goal, metric=position_distance)

    A state is the body's x and y in pixels and the K solid walls of its arena, so that rows of one
    batch may live in different layouts. In double precision predictions equal the environment's
    steps to the bit. They carry no gradient: only planners that sample can use this world.
    """

    action_space: ActionSpace = ACTIONS

    def encode(self, observation: Tensor) -> Tensor:
        """The states (B, 2 + 4 K): pictures are not understood, pass `simulator_states`."""
        _check(observation)
        return observation

    def predict(self, state: Tensor, action: Tensor, latent: Tensor | None = None) -> Tensor:
        """The next states (N, 2 + 4 K) under actions (N, 2) in [-1, 1]; no gradient."""
        _check(state)
        numbers = state.detach().cpu().numpy()
        walls_NK4 = numbers[:, 2:].reshape(len(numbers), -1, 4)
        motion = SPEED * action.detach().cpu().numpy().astype(np.float64)
        following = state.detach().clone()
        following[:, :2] = torch.from_numpy(move(numbers[:, :2], motion, walls_NK4)).to(state)
        return following


def position_distance(state: Tensor, goal: Tensor) -> Tensor:
    """Squared distance in square pixels between bodies, whatever their walls, (..., D) -> (...)."""
    return (state[..., :2] - goal[..., :2]).square().sum(-1)


def _check(state: Tensor) -> None:
    if state.ndim != 2 or state.shape[1] < 2 or (state.shape[1] - 2) % 4:
        raise ConfigError(
            f"a state of the simulator is (B, 2 + 4 K), not {tuple(state.shape)}: pass "
            "torch.from_numpy(arenas.simulator_states())"
        )
