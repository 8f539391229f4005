from __future__ import annotations

import numpy as np
import pytest
import torch

from pellucid.errors import ConfigError
from pellucid.planning.energy import GoalDistance
from pellucid.planning.rollout import rollout
from pellucid.planning.trajectory import Trajectory
from pellucid.worlds.environments.arena import ArenaVector
from pellucid.worlds.environments.manifests import load_manifest
from pellucid.worlds.environments.point_maze import PointMazeVector
from pellucid.worlds.environments.two_room import TwoRoomVector
from pellucid.worlds.simulator import SimulatorWorld, position_distance

WORLD = SimulatorWorld()


def states(arenas: ArenaVector) -> torch.Tensor:
    return torch.from_numpy(arenas.simulator_states())


@pytest.mark.parametrize(
    "arenas",
    [TwoRoomVector(20), TwoRoomVector(20, layout="all"), PointMazeVector(20, maze=None, cells=5)],
)
def test_predictions_equal_the_environments_steps_to_the_bit(arenas: ArenaVector) -> None:
    generator = np.random.default_rng(0)
    arenas.reset(seed=0)
    state = WORLD.encode(states(arenas))
    for _ in range(80):
        action = generator.uniform(-1, 1, (20, 2)).astype(np.float32)
        arenas.step(action)
        state = WORLD.predict(state, torch.from_numpy(action))
        assert torch.equal(state, states(arenas))


def test_one_batch_may_hold_different_layouts() -> None:
    manifest = load_manifest("point-maze-random").first(10)
    arenas = manifest.make()
    many = states(arenas).repeat_interleave(30, 0)
    action = torch.rand(300, 2, generator=torch.Generator().manual_seed(0)) * 2 - 1
    found = WORLD.predict(many, action)
    for k in (0, 4, 9):
        rows = slice(30 * k, 30 * k + 30)
        assert torch.equal(found[rows], WORLD.predict(many[rows], action[rows]))
    assert torch.equal(found[:, 2:], many[:, 2:])


def test_single_precision_follows_closely() -> None:
    arenas = PointMazeVector(20, maze=1)
    arenas.reset(seed=0)
    exact = states(arenas)
    rough = exact.float()
    generator = torch.Generator().manual_seed(0)
    for _ in range(30):
        action = torch.rand(20, 2, generator=generator) * 2 - 1
        exact, rough = WORLD.predict(exact, action), WORLD.predict(rough, action)
        assert rough.dtype == torch.float32
    torch.testing.assert_close(rough[:, :2], exact[:, :2].float(), rtol=0, atol=1e-3)


def test_its_arguments_are_left_alone_and_no_gradient_is_claimed() -> None:
    arenas = TwoRoomVector(2)
    arenas.reset(seed=0)
    state = states(arenas)
    action = torch.ones(2, 2, requires_grad=True)
    following = WORLD.predict(state, action)
    assert torch.equal(state, states(arenas))
    assert not following.requires_grad


def test_the_distance_is_that_of_the_bodies_whatever_their_walls() -> None:
    state = torch.tensor([[1.0, 2.0, 9.0, 9.0, 9.0, 9.0]])
    goal = torch.tensor([[4.0, 6.0, 0.0, 0.0, 0.0, 0.0]])
    assert position_distance(state, goal).tolist() == [25.0]


def test_the_true_goal_has_no_energy_and_a_planner_can_see_it() -> None:
    """The environment's own steps, as a trajectory, come as near as the environment says."""
    arenas = TwoRoomVector(3)
    arenas.reset(seed=3)
    start, goal = states(arenas), torch.from_numpy(arenas.simulator_states(arenas.goals))
    actions = torch.rand(3, 1, 25, 2, generator=torch.Generator().manual_seed(1)) * 2 - 1
    imagined = rollout(WORLD, start, actions)
    nearest = np.full(3, np.inf)
    for action in actions[:, 0].unbind(1):
        arenas.step(action.numpy())
        nearest = np.minimum(nearest, arenas.distances())
    energy = GoalDistance(goal, metric=position_distance)
    total = energy.total(Trajectory(states=imagined, actions=actions))[:, 0]
    np.testing.assert_allclose(total.numpy(), nearest**2, rtol=1e-12)


@pytest.mark.parametrize("shape", [(2,), (1, 64, 64, 3), (3, 5), (3, 1)])
def test_what_is_no_state_is_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(ConfigError, match=r"simulator_states"):
        WORLD.encode(torch.zeros(shape))


def test_its_actions_are_those_of_the_arenas() -> None:
    low, high = TwoRoomVector(1).single_action_space.low, TwoRoomVector(1).single_action_space.high
    assert WORLD.action_space.low == tuple(low.tolist())
    assert WORLD.action_space.high == tuple(high.tolist())
