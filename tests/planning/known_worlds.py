"""Worlds and energies whose best plans are known."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from pellucid.data.actions import ActionSpace
from pellucid.planning import Energy, GoalDistance, StateCost, Trajectory
from pellucid.worlds.linear import LinearWorld, lq_optimum

EFFORT = 0.02


@dataclass(frozen=True, eq=False)
class SquaredActions(Energy):
    """weight |a|^2, the action term of the linear-quadratic problem."""

    weight: float

    def by_step(self, trajectory: Trajectory) -> Tensor:
        return self.weight * trajectory.actions.square().sum(-1)


def double_integrator(dtype: torch.dtype = torch.float32) -> LinearWorld:
    """Two points with position and velocity, pushed; bounds of unlike size."""
    one = torch.tensor([[1.0, 0.1], [0.0, 1.0]], dtype=dtype)
    push = torch.tensor([[0.0], [0.5]], dtype=dtype)
    return LinearWorld(
        torch.block_diag(one, one),
        torch.block_diag(push, push),
        ActionSpace((-2.0, -1.0), (2.0, 1.0)),
    )


def lq_problems(
    dtype: torch.dtype = torch.float32,
) -> tuple[LinearWorld, Tensor, Energy, Tensor]:
    """World, states (3, 4), energy, and the least energy (3,), at horizon 12."""
    world = double_integrator(dtype)
    state = torch.tensor([[0.0, 0.0, 0.0, 0.0], [0.3, 0.0, -0.2, 0.0], [0.6, -0.1, 0.1, 0.0]])
    goal = torch.tensor([[1.0, 0.0, 0.4, 0.0], [-0.5, 0.0, -0.5, 0.0], [0.0, 0.0, -0.3, 0.0]])
    state, goal = state.to(dtype), goal.to(dtype)
    _, optimum = lq_optimum(world, state, goal, horizon=12, action_weight=EFFORT)
    return world, state, GoalDistance(goal, shape="sum") + SquaredActions(EFFORT), optimum


def point(dimension: int = 2, step: float = 0.2) -> LinearWorld:
    """A point that moves by its action."""
    eye = torch.eye(dimension)
    return LinearWorld(eye, eye, ActionSpace((-step,) * dimension, (step,) * dimension))


HILL_AT, HILL_HEIGHT, HILL_WIDTH = (0.5, 0.03), 3.0, 0.15


def hill(states: Tensor) -> Tensor:
    """A steep hill that stands between the start (0, 0) and the goal (1, 0)."""
    squared = (states - states.new_tensor(HILL_AT)).square().sum(-1)
    return HILL_HEIGHT * torch.exp(-squared / (2 * HILL_WIDTH**2))


def hill_problem() -> tuple[LinearWorld, Tensor, Energy]:
    """A point must go round the hill: two valleys of plans, of which one is deeper; horizon 8."""
    energy = GoalDistance(torch.tensor([[1.0, 0.0]]), shape="sum") + StateCost(hill)
    return point(), torch.zeros(1, 2), energy


def hill_optimum(cells: int = 60, horizon: int = 8) -> float:
    """The least energy of the hill problem by dynamic programming on a grid."""
    axis_x, axis_y = torch.linspace(-0.1, 1.1, cells + 1), torch.linspace(-0.5, 0.7, cells + 1)
    grid = torch.stack(torch.meshgrid(axis_x, axis_y, indexing="ij"), -1)
    cost = (grid - torch.tensor([1.0, 0.0])).square().sum(-1) + hill(grid)
    reach = round(0.2 / (1.2 / cells))
    value = torch.zeros_like(cost)
    for _ in range(horizon):
        # The best neighbour within one action: a minimum over a square window.
        arriving = (cost + value)[None, None]
        value = -torch.nn.functional.max_pool2d(-arriving, 2 * reach + 1, 1, padding=reach)[0, 0]
    start_x, start_y = (axis_x.abs().argmin(), axis_y.abs().argmin())
    return value[start_x, start_y].item()


class Corridor:
    """A discrete world: cells 0..8 on a line, actions left, stay, right (one-hot)."""

    action_space = ActionSpace((0.0,) * 3, (1.0,) * 3, discrete=True)

    def encode(self, observation: Tensor) -> Tensor:
        return observation

    def predict(self, state: Tensor, action: Tensor, latent: Tensor | None = None) -> Tensor:
        move = action @ action.new_tensor([[-1.0], [0.0], [1.0]])
        return (state + move).clamp(0.0, 8.0)


class Broken:
    """A world that fails (not a number) whenever it moves right."""

    action_space = ActionSpace((-1.0,), (1.0,))

    def encode(self, observation: Tensor) -> Tensor:
        return observation

    def predict(self, state: Tensor, action: Tensor, latent: Tensor | None = None) -> Tensor:
        return torch.where(action > 0, torch.full_like(state, torch.nan), state + action)
