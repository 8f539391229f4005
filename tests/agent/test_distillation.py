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
from pellucid.agent import distillation as module
from pellucid.data import from_arrays
from pellucid.data.actions import ActionSpace
from pellucid.errors import ConfigError, DataError

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


@pytest.fixture
def taught(monkeypatch):
    """What the policy was to be taught: a list of states, goals and actions, round by round."""
    lessons = []
    monkeypatch.setattr(module, "_fit", lambda policy, data, *_: lessons.extend(data))
    return lessons


def columns(lessons):
    return [torch.cat(column) for column in zip(*lessons, strict=True)]


def was_seen(walks, state):
    """Whether each of the states stands in the experience, to the bit."""
    seen = np.concatenate([walks[i].observations for i in range(30)])
    return torch.from_numpy((state.numpy()[:, None] == seen).all(-1).any(-1))


SCENES = 5.0
"""How far one scene is from the next, in the first number of a state, which no action changes."""


class Rail(PointWorld):
    """A body moves along the second axis; the first tells which of the scenes it is in."""

    def predict(self, state, action, latent=None):
        return state + 0.1 * action * torch.tensor([0.0, 1.0])


@pytest.fixture
def scenes(tmp_path):
    """Walks along the rail, each in a scene of its own."""
    generator = np.random.default_rng(1)
    place = generator.uniform(-1, 1, (20, 1)) + 0.1 * generator.uniform(-1, 1, (20, 31)).cumsum(1)
    scene = np.broadcast_to(SCENES * np.arange(20)[:, None], place.shape)
    seen = np.stack([scene, place], -1).astype(np.float32)
    actions = np.zeros((20, 30, 2), np.float32)
    space = ActionSpace((-1.0, -1.0), (1.0, 1.0))
    return from_arrays(tmp_path / "scenes", seen, actions, action_space=space)


@pytest.mark.parametrize("across", [0.0, 0.5, 0.9])
def test_goals_that_show_another_scene_are_not_taught(scenes, taught, across):
    agent = Agent(Rail(), configurator=Configurator(Configuration(planning=SHORT)))
    distill(agent, scenes, DistillationConfig(problems=200, rounds=1, across=across))
    state, goal, _ = columns(taught)
    assert torch.equal(state[:, 0], goal[:, 0])
    # Of the pairs across, one in twenty has drawn the same episode twice; and of pairs within an
    # episode one in six has its start at its goal already.
    share = ((1 - across) + across / 20) * 5 / 6
    assert len(goal.unique(dim=0)) == pytest.approx(200 * share, abs=20)


def test_nothing_is_left_out_where_there_is_said_to_be_one_scene(scenes, taught):
    agent = Agent(Rail(), configurator=Configurator(Configuration(planning=SHORT)))
    distill(agent, scenes, DistillationConfig(problems=50, rounds=1, across=1.0))
    state, goal, _ = columns(taught)
    assert (state[:, 0] != goal[:, 0]).double().mean() > 0.8


def test_goals_of_other_episodes_in_the_same_scene_are_taught(walks, taught):
    """They lie further apart than those of one episode, which is why they are there."""
    agent = Agent(PointWorld(), configurator=Configurator(Configuration(planning=SHORT)))
    apart = []
    for across in (0.0, 1.0):
        taught.clear()
        distill(agent, walks, DistillationConfig(problems=300, rounds=1, taught=1, across=across))
        state, goal, _ = columns(taught)
        apart.append((state - goal).norm(dim=-1).mean().item())
    assert apart[1] > 1.5 * apart[0]


@pytest.mark.parametrize("count", [1, 3])
def test_only_the_first_actions_of_a_plan_are_taught(walks, taught, count):
    agent = Agent(PointWorld(), configurator=Configurator(Configuration(planning=SHORT)))
    distill(agent, walks, DistillationConfig(problems=50, rounds=1, taught=count))
    state, goal, _ = columns(taught)
    of_each = goal.unique(dim=0, return_counts=True)[1]
    assert of_each.max() == count
    assert was_seen(walks, state).sum() == len(of_each)  # the others are imagined


def test_what_leads_past_the_goal_is_not_taught(walks, taught):
    agent = Agent(PointWorld(), configurator=Configurator(Configuration(planning=SHORT)))
    distill(agent, walks, DistillationConfig(problems=100, rounds=1, across=0.0))
    state, goal, action = columns(taught)
    before, after = state - goal, state + 0.1 * action - goal
    assert (after.norm(dim=-1) < before.norm(dim=-1)).double().mean() > 0.8


def test_later_rounds_start_where_the_policy_leads(walks, taught, monkeypatch):
    """A policy that only ever goes right is taught, in half of the problems, to the right of it."""
    monkeypatch.setattr(
        module.Policy, "act", lambda self, state, goal, **_: torch.tensor([[1.0, 0.0]])
    )
    agent = Agent(PointWorld(), configurator=Configurator(Configuration(planning=SHORT)))
    starts = []
    planned = module._planned

    def spy(agent, problems, *rest, **options):
        starts.append(problems.state)
        return planned(agent, problems, *rest, **options)

    monkeypatch.setattr(module, "_planned", spy)
    distill(agent, walks, DistillationConfig(problems=128, rounds=2))
    first, second = (was_seen(walks, state) for state in starts)
    assert first.all()
    assert 0.3 < second.double().mean() < 0.7


def test_the_blur_is_in_deviations_of_the_states(walks, monkeypatch):
    seen = []
    original = module.Policy.unlikelihood

    def spy(self, state, goal, action):
        seen.append(state)
        return original(self, state, goal, action)

    monkeypatch.setattr(module.Policy, "unlikelihood", spy)
    agent = Agent(PointWorld(), configurator=Configurator(Configuration(planning=SHORT)))
    spreads = []
    for blur in (0.0, 1.0):
        seen.clear()
        config = DistillationConfig(problems=64, rounds=1, steps=20, batch=256, hidden=4, blur=blur)
        distill(agent, walks, config)
        spreads.append(torch.cat(seen).std(0))
    torch.testing.assert_close(spreads[1], 2**0.5 * spreads[0], rtol=0.05, atol=0)


@pytest.mark.parametrize(
    ("setting", "word"),
    [({"across": 1.5}, "across"), ({"blur": -0.1}, "blur"), ({"taught": 0}, "taught")],
)
def test_wrong_settings_of_distillation_are_named(setting, word):
    with pytest.raises(ConfigError, match=word):
        DistillationConfig(**setting)
