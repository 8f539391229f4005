import pytest
import torch

from pellucid.agent import Cost, CostWeights, Critic, Moment, ShortTermMemory, goal_distance
from pellucid.data.actions import ActionSpace
from pellucid.errors import ConfigError
from pellucid.planning import Trajectory

SPACE = ActionSpace((-1.0,), (1.0,))


def trajectory():
    states = torch.tensor([[0.0, 1.0, 3.0, 2.0]])[..., None]
    return Trajectory(states, torch.tensor([[1.0, 0.5, -1.0]])[..., None])


def total(patience=0.0, **weights):
    weights = {"patience": patience, **weights}
    goal = torch.tensor([[3.0]])
    cost = Cost(Critic(1)).energy(goal, CostWeights(**weights), SPACE)
    return cost.total(trajectory()).item()


def test_each_part_of_the_cost_by_hand():
    assert total(shape="sum") == pytest.approx(4 + 0 + 1)
    assert total(shape="min") == pytest.approx(0)
    assert total(shape="last") == pytest.approx(1)
    assert total(shape="min", patience=0.1) == pytest.approx(0.1)  # reached by the second action
    assert total(shape="sum", goal=2.0) == pytest.approx(10)
    assert total(shape="min", effort=1.0) == pytest.approx(1 + 0.25 + 1)
    assert total(shape="min", smoothness=1.0) == pytest.approx(0.25 + 1.5**2)


def test_the_critic_is_asked_about_the_last_state_and_its_own_goal():
    critic, goal = Critic(1), torch.tensor([[3.0], [5.0]])
    energy = Cost(critic).energy(goal, CostWeights(goal=0.0, critic=2.0), SPACE)
    states = torch.randn(2, 4, 6, 1)
    expected = 2 * critic(states[:, :, -1], goal[:, None].expand(-1, 4, -1))
    torch.testing.assert_close(energy.total(Trajectory(states, torch.zeros(2, 4, 5, 1))), expected)


def test_weights_that_want_nothing_are_refused():
    with pytest.raises(ConfigError, match="neither"):
        CostWeights(goal=0.0)
    with pytest.raises(ConfigError, match="effort=-1"):
        CostWeights(effort=-1.0)


def walk_of(critic, *, count=40, length=20, seed=0):
    """A memory of walks towards zero at a constant pace: the cost to come is known."""
    generator = torch.Generator().manual_seed(seed)
    memory = ShortTermMemory()
    for _ in range(count):
        memory.begin()
        state = torch.rand(1, 1, generator=generator) * 2
        for _ in range(length):
            following = (state - 0.1).clamp_min(0)
            goal, zero = torch.zeros(1, 1), torch.zeros(1, 1)
            cost = goal_distance(following, goal)
            memory.write(Moment(state, goal, zero, following, following, cost))
            state = following
    return memory


def test_targets_are_the_discounted_mean_of_the_costs_that_followed():
    critic = Critic(1, discount=0.5)
    memory = walk_of(critic, count=1, length=3)
    costs = [m.cost.item() for m in memory.episodes()[0]]
    last = 0.5 * costs[2] + 0.5 * costs[2]
    middle = 0.5 * costs[1] + 0.5 * last
    first = 0.5 * costs[0] + 0.5 * middle
    _, _, targets = critic.targets(memory)
    torch.testing.assert_close(targets, torch.tensor([last, middle, first]))


def test_the_critic_learns_what_memory_holds():
    torch.manual_seed(0)
    critic = Critic(1, discount=0.8)
    assert critic.learn(walk_of(critic), steps=400) > 0.9
    far, near = critic(torch.tensor([[1.8], [0.2]]), torch.zeros(2, 1))
    assert far > near
