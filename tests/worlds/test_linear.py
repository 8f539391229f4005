from __future__ import annotations

import pytest
import torch
from torch import Tensor
from torch.testing import assert_close

from pellucid.data.actions import ActionSpace
from pellucid.errors import ConfigError
from pellucid.worlds.linear import LinearWorld, lq_optimum


def world_of(seed: int = 0, D: int = 3, A: int = 2) -> LinearWorld:
    generator = torch.Generator().manual_seed(seed)
    transition = torch.eye(D) + 0.3 * torch.randn(D, D, generator=generator)
    control = torch.randn(D, A, generator=generator)
    return LinearWorld(transition.double(), control.double(), ActionSpace((-1.0,) * A, (1.0,) * A))


def energy_of(world: LinearWorld, state: Tensor, goal: Tensor, actions: Tensor) -> Tensor:
    total = torch.zeros(len(state), dtype=state.dtype)
    for action in actions.unbind(1):
        state = world.predict(state, action)
        total = total + (state - goal).square().sum(-1) + 0.1 * action.square().sum(-1)
    return total


def riccati(world: LinearWorld, state: Tensor, horizon: int) -> Tensor:
    """The least energy towards the goal 0, by the recursion of the regulator."""
    A, B = world.transition, world.control
    P = torch.zeros_like(A)
    for _ in range(horizon):
        M = torch.eye(len(A), dtype=A.dtype) + P  # the state's cost falls due on arrival
        gain = torch.linalg.solve(0.1 * torch.eye(B.shape[1]).double() + B.T @ M @ B, B.T @ M @ A)
        P = A.T @ M @ (A - B @ gain)
    return torch.einsum("bi,ij,bj->b", state, P, state)


def test_predict_is_the_equation():
    world = LinearWorld(
        torch.tensor([[1.0, 2.0], [0.0, 1.0]]),
        torch.tensor([[0.0], [3.0]]),
        ActionSpace((-1.0,), (1.0,)),
    )
    after = world.predict(torch.tensor([[1.0, 1.0]]), torch.tensor([[0.5]]))
    assert after.tolist() == [[3.0, 2.5]]
    assert world.encode(after) is after


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("horizon", [1, 2, 7])
def test_the_optimum_agrees_with_the_riccati_recursion(seed, horizon):
    world = world_of(seed)
    state = torch.randn(4, 3, generator=torch.Generator().manual_seed(seed)).double()
    goal = torch.zeros_like(state)
    actions, energy = lq_optimum(world, state, goal, horizon=horizon)
    assert_close(energy, riccati(world, state, horizon))
    assert_close(energy_of(world, state, goal, actions), energy)


def test_the_optimum_with_a_goal_is_where_the_gradient_vanishes():
    world = world_of(5)
    state, goal = torch.randn(2, 4, 3, generator=torch.Generator().manual_seed(1)).double()
    actions, energy = lq_optimum(world, state, goal, horizon=6)
    actions.requires_grad_()
    total = energy_of(world, state, goal, actions)
    assert_close(total.detach(), energy)
    total.sum().backward()
    assert_close(actions.grad, torch.zeros_like(actions), rtol=0, atol=1e-9)


def test_matrices_that_do_not_fit_are_refused():
    with pytest.raises(ConfigError, match="do not fit"):
        LinearWorld(torch.eye(2), torch.ones(3, 1), ActionSpace((-1.0,), (1.0,)))
