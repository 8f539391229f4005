import dataclasses

import numpy as np
import pytest

from pellucid.agent import ArenaTasks, ReplayTasks, random_floor
from pellucid.agent.configurator import PlanningConfig
from pellucid.agent.evaluation import play, simulator_ceiling
from pellucid.data import from_arrays, record
from pellucid.errors import ConfigError, DataError
from pellucid.worlds.environments.manifests import load_manifest


@pytest.fixture(scope="module")
def arena_tasks():
    return ArenaTasks(load_manifest("two-room").first(6))


def test_no_task_is_solved_at_its_start_and_all_need_the_door(arena_tasks):
    arena_tasks.reset()
    starts, goals = arena_tasks.states(), arena_tasks.goal_states
    assert (np.linalg.norm(starts - goals, axis=1) > 4).all()
    assert ((starts[:, 0] < 32) != (goals[:, 0] < 32)).all()


def test_standing_still_solves_nothing(arena_tasks):
    episodes, _ = play(arena_tasks, lambda _, __: np.zeros((6, 2), dtype=np.float32))
    assert not any(episode.success for episode in episodes)
    assert all(episode.steps == arena_tasks.budget for episode in episodes)
    assert all(len(set(episode.path)) == 1 for episode in episodes)


def test_a_solved_task_stops_its_path(arena_tasks):
    """The way of the true physics: the ceiling solves tasks, and paths end at the goal."""
    quick = PlanningConfig(planner="cem", horizon=40, hold=8, samples=64, iterations=4)
    result = simulator_ceiling(arena_tasks, quick)
    assert result.success > 0.5
    for episode in result.episodes:
        assert len(episode.path) == episode.steps + 1
        near = np.linalg.norm(np.subtract(episode.path[-1], episode.goal)) <= 4
        assert near == episode.success


def test_the_ceiling_needs_no_gradient(arena_tasks):
    """The true physics has none: who plans by gradient is compared with iCEM."""
    small = PlanningConfig(planner="gradient", horizon=8, samples=8, iterations=1)
    same = dataclasses.replace(small, planner="icem")
    assert simulator_ceiling(arena_tasks, small).episodes == (
        simulator_ceiling(arena_tasks, same).episodes
    )


def test_the_floor_is_low_and_repeats(arena_tasks):
    floor = random_floor(arena_tasks, seed=1)
    assert floor.solved <= 1
    assert random_floor(arena_tasks, seed=1).episodes == floor.episodes


@pytest.fixture(scope="module")
def pendulum(tmp_path_factory):
    path = tmp_path_factory.mktemp("pendulum") / "experience"
    return record("Pendulum-v1", path, episodes=3, steps=30, seed=5)


def test_replayed_tasks_begin_where_the_recording_was(pendulum):
    tasks = ReplayTasks(pendulum, count=3, ahead=10, seed=2)
    observation = tasks.reset()
    recorded = np.concatenate([episode.observations for episode in pendulum])
    labels = np.concatenate([episode.labels for episode in pendulum])
    for start, goal, state in zip(observation, tasks.goals, tasks.states(), strict=True):
        assert any(np.array_equal(start, frame) for frame in recorded)
        assert any(np.array_equal(goal, frame) for frame in recorded)
        assert np.abs(labels - state).max(1).min() < 1e-5


def test_the_recorded_actions_solve_the_replayed_tasks(pendulum):
    """The goal lies `ahead` steps on: whoever repeats the recording arrives there."""
    tasks = ReplayTasks(pendulum, count=3, ahead=10, seed=2)
    tasks.reset()
    ways = []
    for start in tasks.states():
        for episode in pendulum:
            at = np.abs(episode.labels - start).max(1)
            if at.min() < 1e-5:
                ways.append(episode.actions[at.argmin() : at.argmin() + 10])
                break
    steps = iter(np.stack(ways, axis=1))
    still = np.zeros((3, 1), dtype=np.float32)
    episodes, _ = play(tasks, lambda _, __: next(steps, still))
    assert all(episode.success and episode.steps <= 10 for episode in episodes)


def test_an_experience_without_labels_cannot_say_what_success_is(tmp_path):
    experience = from_arrays(
        tmp_path / "mute",
        np.zeros((2, 5, 16, 16, 3), dtype=np.uint8),
        np.zeros((2, 4, 1), dtype=np.float32),
    )
    with pytest.raises(DataError, match="no labels"):
        ReplayTasks(experience)


def test_no_tasks_at_all_are_refused(pendulum):
    with pytest.raises(ConfigError, match="count=0 tasks"):
        ReplayTasks(pendulum, count=0, ahead=10)


def test_closing_reaches_every_environment(pendulum, monkeypatch):
    tasks, closed = ReplayTasks(pendulum, count=3, ahead=10), []
    for environment in tasks._environments:
        monkeypatch.setattr(environment, "close", lambda: closed.append(1))
    tasks.close()
    assert closed == [1, 1, 1]


def test_too_short_a_recording_is_named(pendulum):
    with pytest.raises(DataError, match="0 tasks of the 2 wanted"):
        ReplayTasks(pendulum, count=2, ahead=31)
