import dataclasses
import shutil

import numpy as np
import pytest
from points import PointTasks

from pellucid.agent import ArenaTasks, Policy, TrainingConfig, train
from pellucid.agent.job import JobConfig, experience_of, gather, measure, tasks_for
from pellucid.agent.recipes import RecordConfig
from pellucid.data import Experience, ExperienceWriter, from_arrays
from pellucid.errors import DataError
from pellucid.learning.runs import RunFolder
from pellucid.learning.schedule import Schedule
from pellucid.networks import EncoderConfig
from pellucid.worlds.jepa import JEPAConfig

SHORT = RecordConfig(episodes=3, steps=4)


def content(path):
    return {file.name: file.read_bytes() for file in path.iterdir() if file.suffix == ".bin"}


def of_environment(experience, environment, **kwargs):
    """The same episodes, said to be of another environment."""
    spec = dataclasses.replace(experience.spec, environment=environment, environment_kwargs=kwargs)
    return Experience(
        experience.path,
        spec,
        columns=experience.columns,
        records=experience.records,
        action_starts=experience.action_starts,
        frame_starts=experience.frame_starts,
    )


def test_what_is_there_is_not_recorded_again(tmp_path):
    gather(SHORT, tmp_path / "a")
    before = {f.name: f.stat().st_mtime_ns for f in (tmp_path / "a").iterdir()}
    assert len(gather(SHORT, tmp_path / "a")) == 3
    assert {f.name: f.stat().st_mtime_ns for f in (tmp_path / "a").iterdir()} == before


def test_a_recording_that_was_interrupted_ends_as_an_unbroken_one(tmp_path):
    longer = dataclasses.replace(SHORT, episodes=5)
    gather(SHORT, tmp_path / "a")
    assert len(gather(longer, tmp_path / "a")) == 5
    gather(longer, tmp_path / "b")
    assert content(tmp_path / "a") == content(tmp_path / "b")


def test_a_recording_that_was_killed_before_its_first_episode_goes_on(tmp_path):
    whole = gather(SHORT, tmp_path / "a")
    with ExperienceWriter(tmp_path / "b", whole.spec):
        pass
    assert len(gather(SHORT, tmp_path / "b")) == 3
    assert content(tmp_path / "a") == content(tmp_path / "b")


@pytest.mark.parametrize("change", [{"seed": 1}, {"policy": "random"}])
def test_another_experience_in_the_place_is_refused(tmp_path, change):
    gather(SHORT, tmp_path / "a")
    with pytest.raises(DataError, match="holds another experience"):
        gather(dataclasses.replace(SHORT, **change), tmp_path / "a")


@pytest.mark.parametrize(
    ("environment", "kwargs", "name", "validation", "budget"),
    [
        ("pellucid/TwoRoom-v0", {}, "two-room", "two-room-validation", 100),
        ("pellucid/TwoRoom-v0", {"layout": "fixed"}, "two-room", "two-room-validation", 100),
        (
            "pellucid/TwoRoom-v0",
            {"layout": "train"},
            "two-room-random",
            "two-room-random-validation",
            100,
        ),
        ("pellucid/PointMaze-v0", {}, "point-maze", "point-maze-validation", 300),
        (
            "pellucid/PointMaze-v0",
            {"maze": None},
            "point-maze-random",
            "point-maze-random-validation",
            300,
        ),
    ],
)
def test_an_arena_has_its_manifest(small_experience, environment, kwargs, name, validation, budget):
    experience = of_environment(small_experience, environment, **kwargs)
    tasks = tasks_for(experience)
    assert isinstance(tasks, ArenaTasks)
    assert (tasks.name, tasks.budget) == (name, budget)
    assert f"in {budget} steps" in tasks.protocol
    assert tasks_for(experience, validation=True).name == validation


def test_too_few_episodes_to_replay_are_named(small_experience):
    one = of_environment(small_experience[:1], "Pendulum-v1")
    with pytest.raises(DataError, match="has 1 episodes, too few"):
        tasks_for(one, validation=True)


def test_arrays_of_a_user_say_why_they_cannot_be_replayed(tmp_path):
    pictures = np.zeros((2, 5, 16, 16, 3), dtype=np.uint8)
    actions = np.zeros((2, 4, 1), dtype=np.float32)
    labels = np.random.default_rng(0).normal(size=(2, 5, 2)).astype(np.float32)
    with pytest.raises(DataError, match="no labels"):
        tasks_for(from_arrays(tmp_path / "mute", pictures, actions))
    with pytest.raises(DataError, match="no seeds to replay"):
        tasks_for(from_arrays(tmp_path / "told", pictures, actions, labels=labels))
    vectors = from_arrays(tmp_path / "vectors", labels, actions, labels=labels)
    with pytest.raises(DataError, match="replayed as pictures"):
        tasks_for(vectors)


def test_a_moved_experience_is_asked_for(small_experience, tmp_path):
    config = JobConfig(str(tmp_path / "gone"), TrainingConfig())
    run = RunFolder.create(tmp_path / "runs", "train", config)
    with pytest.raises(DataError, match=r"gone, which is not there .*--experience"):
        experience_of(run)
    assert len(experience_of(run, small_experience.path)) == len(small_experience)
    with pytest.raises(DataError, match="holds no experience"):
        experience_of(run, tmp_path)


def test_another_experience_is_another_run(small_experience, tmp_path):
    """The same settings on other data must not bring back the agent of the first."""
    config = TrainingConfig(
        world=JEPAConfig(dimension=4, hidden=8, encoder=EncoderConfig(width=2)),
        schedule=Schedule(steps=2),
        batch=4,
        unroll=3,
        threads=1,
    )
    other = tmp_path / "other"
    shutil.copytree(small_experience.path, other)
    for experience in (small_experience, other, other):
        train(experience, config, folder=tmp_path / "runs")
    runs = [RunFolder(path) for path in sorted((tmp_path / "runs" / "train").iterdir())]
    places = [run.config(JobConfig).experience for run in runs]
    assert places == [str(small_experience.path), str(other), str(other)]
    assert all(run.finished for run in runs)


class Straight(Policy):
    """Goes straight to the goal."""

    def act(self, state, goal, *, generator=None):
        return ((goal - state) / 0.1).clamp(-1, 1)


def test_both_modes_are_measured_beside_the_floor(point_agent):
    results = measure(point_agent, PointTasks(8))
    assert [result.actor for result in results] == ["Mode-2", "random"]
    point_agent.actor.policy = Straight(2, point_agent.world.action_space)
    results = measure(point_agent, PointTasks(8))
    assert [result.actor for result in results] == ["Mode-2", "Mode-1", "random"]
    assert [result.success for result in results[:2]] == [1.0, 1.0]
    assert results[2].success < 0.5
