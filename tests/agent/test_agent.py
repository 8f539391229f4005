import dataclasses

import numpy as np
import pytest
import torch
from points import SHORT, PointTasks, PointWorld

from pellucid.agent import (
    Agent,
    Configuration,
    Configurator,
    CostWeights,
    evaluate,
    random_floor,
)
from pellucid.agent.actor import Policy
from pellucid.errors import ConfigError, DataError


class Straight(Policy):
    """Goes straight to the goal: the answer that Mode-1 should learn."""

    def act(self, state, goal, *, generator=None):
        return ((goal - state) / 0.1).clamp(-1, 1)


def test_mode_2_solves_what_it_can_foresee(point_agent, point_tasks):
    result = evaluate(point_agent, point_tasks)
    assert result.success == 1.0
    assert result.mean_steps <= 7  # five steps at full speed, and some slack of the search
    assert result.interval.low > 0.5


def test_random_actions_do_not(point_tasks):
    assert random_floor(PointTasks(200, budget=12)).success < 0.2


def test_mode_1_needs_a_policy(point_agent, point_tasks):
    with pytest.raises(ConfigError, match="no Mode-1 yet: train with --distill"):
        evaluate(point_agent, point_tasks, mode="react")
    point_agent.actor.policy = Straight(2, point_agent.world.action_space)
    result = evaluate(point_agent, point_tasks, mode="react")
    assert (result.actor, result.success) == ("Mode-1", 1.0)


def test_one_observation_gives_one_action_and_many_give_many(point_agent):
    point_agent.begin(np.array([1.0, 0.0], dtype=np.float32), planning=SHORT)
    action = point_agent.act(np.zeros(2, dtype=np.float32))
    assert action.shape == (2,)
    assert action[0] > 0.5  # the goal lies to the right
    point_agent.begin(np.ones((3, 2), dtype=np.float32))
    assert point_agent.act(np.zeros((3, 2), dtype=np.float32)).shape == (3, 2)


def test_the_agent_needs_a_goal_and_takes_its_own_where_it_has_one():
    with pytest.raises(ConfigError, match="no goal"):
        Agent(PointWorld()).act(np.zeros(2, dtype=np.float32))
    agent = Agent(PointWorld(), default_goal=torch.tensor([0.0, -1.0]))
    agent.configurator.default = type(agent.configurator.default)(planning=SHORT)
    assert agent.act(np.zeros(2, dtype=np.float32))[1] < -0.5


def test_a_wrong_observation_is_named(point_agent):
    point_agent.begin(np.zeros(2, dtype=np.float32))
    with pytest.raises(DataError, match=r"\(3,\).*trained on \(2,\)"):
        point_agent.act(np.zeros(3, dtype=np.float32))


def test_goals_and_observations_must_be_as_many(point_agent):
    point_agent.begin(np.zeros((3, 2), dtype=np.float32))
    with pytest.raises(DataError, match="4 observations to 3 goals"):
        point_agent.act(np.zeros((4, 2), dtype=np.float32))


def test_what_came_is_compared_with_what_was_predicted(point_agent):
    point_agent.begin(np.ones(2, dtype=np.float32))
    observation = np.zeros(2, dtype=np.float32)
    for _ in range(3):
        observation = observation + 0.1 * point_agent.act(observation)
    point_agent.act(observation + 5.0)  # somebody moved the body
    surprises = point_agent.memory.surprises()[:, 0]
    assert surprises[:-1].max() < 1e-10
    assert surprises[-1] == pytest.approx(25.0, rel=1e-3)


def test_who_reacts_predicts_nothing_until_memory_is_asked(point_agent, monkeypatch):
    point_agent.actor.policy = Straight(2, point_agent.world.action_space)
    calls = []
    predict = point_agent.world.predict
    monkeypatch.setattr(
        point_agent.world, "predict", lambda *given: (calls.append(given), predict(*given))[1]
    )
    point_agent.begin(np.ones(2, dtype=np.float32), mode="react")
    observation = np.zeros(2, dtype=np.float32)
    for _ in range(3):
        observation = observation + 0.1 * point_agent.act(observation)
    point_agent.act(observation + 5.0)  # somebody moved the body
    assert not calls
    for _ in range(2):
        surprises = point_agent.memory.surprises()[:, 0]
        assert surprises[:-1].max() < 1e-10
        assert surprises[-1] == pytest.approx(25.0, rel=1e-3)
    assert len(calls) == 3  # each moment once


def test_a_plan_is_kept_for_as_many_steps_as_are_executed(point_agent):
    point_agent.begin(np.ones(2, dtype=np.float32))
    plans = []
    for _ in range(4):
        point_agent.act(np.zeros(2, dtype=np.float32))
        plans.append(point_agent.plan)
    assert plans[0] is plans[1]
    assert plans[2] is plans[3]
    assert plans[1] is not plans[2]


def test_effort_that_costs_slows_the_agent_down(point_agent, point_tasks):
    lazy = evaluate(point_agent, point_tasks, cost=CostWeights(shape="sum", effort=1.0))
    eager = evaluate(point_agent, point_tasks, cost=CostWeights(shape="sum"))

    def effort(result):
        return sum(np.abs(np.diff(e.path, axis=0)).sum() for e in result.episodes)

    assert effort(lazy) < effort(eager)


def test_the_critic_learns_from_short_term_memory(point_agent):
    with pytest.raises(DataError, match="nothing to learn from"):
        point_agent.learn()
    evaluate(point_agent, PointTasks(64))
    assert point_agent.learn() > 0.5


def test_episodes_that_are_done_are_not_thought_about_and_disturb_nobody(point_agent):
    goal = np.array([[1.0, 0.0], [0.0, 1.0], [-1.0, 0.0]], dtype=np.float32)
    observation = np.zeros((3, 2), dtype=np.float32)
    point_agent.begin(goal)
    expected = [point_agent.act(observation) for _ in range(5)]
    point_agent.begin(goal)
    for step in range(5):
        if step >= 1:
            point_agent.rest(np.array([False, step >= 3, False]))
        action = point_agent.act(observation)
        np.testing.assert_allclose(action[[0, 2]], expected[step][[0, 2]], atol=1e-6)
        if step >= 3:
            assert (action[1] == 0).all()
    assert point_agent.plan.energy.isnan().tolist() == [False, True, False]
    assert point_agent.memory.surprises().shape == (8, 3)


def test_the_same_seed_gives_the_same_episodes(point_agent, point_tasks):
    first = evaluate(point_agent, point_tasks, seed=3)
    assert evaluate(point_agent, point_tasks, seed=3).episodes == first.episodes


class WalledWorld(PointWorld):
    """Its model does not know of the wall that stands between start and goal."""


class WalledTasks(PointTasks):
    """A wall at x = 0.5 with an opening above y = 0.5: the straight way is closed."""

    def __init__(self):
        super().__init__(2, budget=120)
        self.starts = np.zeros((2, 2), dtype=np.float32)
        self._goals = np.array([[1.0, 0.1], [1.0, 0.2]], dtype=np.float32)

    def step(self, actions):
        before = self.positions
        observation, _ = super().step(actions)
        crossed = (before[:, 0] < 0.5) & (observation[:, 0] >= 0.5) & (observation[:, 1] < 0.5)
        self.positions = np.where(crossed[:, None], before, observation)
        distance = np.linalg.norm(self.positions - self._goals, axis=-1)
        return self.positions.copy(), distance < 0.1


def test_caution_finds_the_way_round_what_the_model_does_not_know():
    """A wall that the world model does not know of is met, remembered, and gone round."""
    planning = dataclasses.replace(SHORT, horizon=20, execute=1)
    agent = Agent(WalledWorld(), configurator=Configurator(Configuration(planning=planning)))
    assert evaluate(agent, WalledTasks()).success == 0.0
    assert evaluate(agent, WalledTasks(), cost=CostWeights(caution=1.0)).success == 1.0
