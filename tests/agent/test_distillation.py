import numpy as np
import pytest
import torch
from points import SHORT, PointTasks, PointWorld

from pellucid.agent import (
    Agent,
    Configuration,
    Configurator,
    DistillationConfig,
    distill,
    evaluate,
)
from pellucid.data import from_arrays
from pellucid.data.actions import ActionSpace
from pellucid.errors import DataError

QUICK = DistillationConfig(problems=128, rounds=2, steps=300, batch=128, hidden=32)


@pytest.fixture
def walks(tmp_path):
    """Walks in the plane: where starts and goals are drawn from."""
    generator = np.random.default_rng(0)
    actions = generator.uniform(-1, 1, (30, 30, 2)).astype(np.float32)
    start = generator.uniform(-1, 1, (30, 1, 2))
    seen = np.concatenate([start, start + 0.1 * actions.cumsum(1)], 1).astype(np.float32)
    space = ActionSpace((-1.0, -1.0), (1.0, 1.0))
    return from_arrays(tmp_path / "walks", seen, actions, action_space=space)


def test_mode_1_learns_what_mode_2_would_do(walks):
    agent = Agent(PointWorld(), configurator=Configurator(Configuration(planning=SHORT)))
    distill(agent, walks, QUICK)
    tasks = PointTasks(32, budget=20)
    reacted = evaluate(agent, tasks, mode="react")
    assert reacted.success >= 0.8 * evaluate(agent, tasks, mode="plan").success
    state, goal = torch.zeros(1, 2), torch.tensor([[1.0, -1.0]])
    action = agent.actor.policy.act(state, goal)[0]
    assert action[0] > 0.3
    assert action[1] < -0.3


def test_states_of_two_frames_are_distilled_too(walks):
    """Starts are drawn with the frames before them; a goal is at rest."""
    world = PointWorld(frames=2)
    agent = Agent(world, configurator=Configurator(Configuration(planning=SHORT)))
    seen = []
    world.encode = lambda stack: (seen.append(stack), stack[:, -1].float())[1]
    distill(agent, walks, DistillationConfig(problems=16, rounds=1, steps=5, batch=8, hidden=8))
    starts, goals = seen
    assert starts.shape == goals.shape == (16, 2, 2)
    assert torch.equal(goals[:, 0], goals[:, 1])
    step = (starts[:, 1] - starts[:, 0]).abs()
    assert 0 < step.max() <= 0.1 + 1e-6  # two neighbouring moments of one walk


def test_too_short_episodes_are_named(walks):
    agent = Agent(PointWorld(frames=40))
    with pytest.raises(DataError, match="no episode of 40 observations"):
        distill(agent, walks, QUICK)


def test_plans_that_lead_nowhere_teach_nothing(walks):
    class Stuck(PointWorld):
        def predict(self, state, action, latent=None):
            return state + 100.0

    agent = Agent(Stuck(), configurator=Configurator(Configuration(planning=SHORT)))
    with pytest.raises(DataError, match="nothing to distil"):
        distill(agent, walks, DistillationConfig(problems=8, rounds=1, steps=2))


def test_distilling_repeats(walks):
    policies = []
    for _ in range(2):
        agent = Agent(PointWorld(), configurator=Configurator(Configuration(planning=SHORT)))
        small = DistillationConfig(problems=16, rounds=1, steps=5, batch=8, hidden=8)
        policies.append(distill(agent, walks, small, seed=3))
    for a, b in zip(policies[0].parameters(), policies[1].parameters(), strict=True):
        assert torch.equal(a, b)


def test_discrete_actions_are_classified(tmp_path):
    """On a line with the actions left and right, the policy learns which way the goal lies."""
    space = ActionSpace((0.0, 0.0), (1.0, 1.0), discrete=True)

    class Line(PointWorld):
        def __init__(self):
            super().__init__()
            self._action_space = space
            self.centre, self.half_range = torch.zeros(2), torch.ones(2)

        def predict(self, state, action, latent=None):
            return state + 0.1 * (action[:, 1:] - action[:, :1]) * torch.tensor([1.0, 0.0])

    generator = np.random.default_rng(0)
    seen = generator.uniform(-1, 1, (10, 12, 1)) * np.array([1.0, 0.0])
    actions = np.eye(2, dtype=np.float32)[generator.integers(2, size=(10, 11))]
    walks = from_arrays(tmp_path / "line", seen.astype(np.float32), actions, action_space=space)
    agent = Agent(Line(), configurator=Configurator(Configuration(planning=SHORT)))
    distill(agent, walks, QUICK)
    states = torch.tensor([[-0.5, 0.0], [0.5, 0.0]])
    action = agent.actor.policy.act(states, -states)
    assert action.tolist() == [[0.0, 1.0], [1.0, 0.0]]
