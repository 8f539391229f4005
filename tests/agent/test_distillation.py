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
