from __future__ import annotations

import shutil
from types import SimpleNamespace

import numpy as np
import pytest
from counter_world import Counter, CounterVector

from pellucid.data import Episode, Experience, record
from pellucid.data.rollouts import VectorRollouts, open_rollouts
from pellucid.errors import ConfigError, DataError

NAMES = ("spec.json", "episodes.jsonl", "observations.bin", "actions.bin", "labels.bin")


def content(path):
    return [(path / name).read_bytes() for name in NAMES]


def check_known_answer(episode: Episode) -> None:
    """Fails if actions and observations are shifted by one either way, or the reset is missing."""
    clock = episode.observations[:, 0, 0, 0].astype(int)
    place = episode.observations[:, 0, 0, 1].astype(int)
    np.testing.assert_array_equal(clock, np.arange(episode.length + 1))
    np.testing.assert_array_equal(np.diff(place), np.round(episode.actions[:, 0]))
    if episode.labels is not None:
        np.testing.assert_array_equal(episode.labels, np.stack([clock, place], axis=1))


def shifted(episode: Episode, by: int) -> Episode:
    return Episode(episode.observations, np.roll(episode.actions, by, axis=0), episode.labels)


@pytest.mark.parametrize("native", ["image", "vector"])
def test_each_recorded_action_leads_to_the_next_observation(tmp_path, native):
    experience = record(
        Counter,
        tmp_path / "e",
        episodes=4,
        steps=20,
        size=8,
        policy="random",
        environment_kwargs={"native": native},
    )
    experience.verify()
    assert experience.lengths.tolist() == [20] * 4
    for episode in experience:
        check_known_answer(episode)
        for by in (-1, 1):  # the check would see a shift
            with pytest.raises(AssertionError):
                check_known_answer(shifted(episode, by))


def test_each_recorded_action_leads_to_the_next_observation_in_lock_step(tmp_path, counter_id):
    experience = record(
        counter_id, tmp_path / "e", episodes=7, steps=20, size=8, policy="random", num_envs=3
    )
    experience.verify()
    assert experience.lengths.tolist() == [20] * 7
    for episode in experience:
        check_known_answer(episode)
    assert experience.spec.label_names == ("clock", "place")
    assert experience.spec.environment == counter_id
    # Episodes differ from each other, in a wave and across waves.
    assert len({episode.actions.tobytes() for episode in experience}) == 7
    batch = experience.windows(5).sample(50, step=0, seed=0)
    place = batch.observations[:, :, 0, 0, 1].int()
    np.testing.assert_array_equal(place.diff(), batch.actions[..., 0].round())


def test_lock_step_is_used_where_it_can_be(counter_id):
    def opened(size, kwargs):
        return open_rollouts(counter_id, kwargs, size=size, num_envs=None, steps=100)

    rollouts = opened(8, {"last": 9})
    assert isinstance(rollouts, VectorRollouts)
    assert rollouts.num_envs == 32
    # A size that the environment does not draw itself, or an argument that only the single
    # environment takes: one at a time.
    assert opened(4, {}).num_envs == 1
    assert opened(8, {"limit": 3}).num_envs == 1


def test_long_episodes_make_small_waves(counter_id):
    rollouts = open_rollouts(counter_id, {}, size=8, num_envs=None, steps=200_000)
    assert rollouts.num_envs == 256_000_000 // (8 * 8 * 3 * 200_001)


def test_an_episode_ends_with_the_environments(tmp_path):
    ended = record(Counter, tmp_path / "a", episodes=2, environment_kwargs={"last": 5}, size=8)
    assert ended.lengths.tolist() == [5, 5]
    assert [(r.terminated, r.truncated) for r in ended.records] == [(True, False)] * 2
    assert ended.records[0].facts == {"policy": "drift", "success": True}
    cut = record(Counter, tmp_path / "b", episodes=1, environment_kwargs={"limit": 4}, size=8)
    assert cut.lengths.tolist() == [4]
    assert [(r.terminated, r.truncated) for r in cut.records] == [(False, True)]
    short = record(
        Counter, tmp_path / "c", episodes=1, environment_kwargs={"last": 5}, steps=3, size=8
    )
    assert [(r.length, r.terminated, r.truncated) for r in short.records] == [(3, False, False)]
    for experience in (ended, cut, short):
        check_known_answer(experience[0])


def test_in_lock_step_each_row_ends_where_it_ended(tmp_path, counter_id):
    kwargs = {"last": 4}
    ended = record(
        counter_id, tmp_path / "a", episodes=5, num_envs=3, environment_kwargs=kwargs, size=8
    )
    assert ended.lengths.tolist() == [4, 5, 6, 4, 5]
    assert all(record.terminated for record in ended.records)
    for episode in ended:
        check_known_answer(episode)
    past = record(
        counter_id,
        tmp_path / "b",
        episodes=3,
        num_envs=3,
        environment_kwargs=kwargs,
        size=8,
        steps=9,
        stop_when_done=False,
    )
    assert past.lengths.tolist() == [9, 9, 9]
    assert [record.facts["row"] for record in past.records] == [0, 1, 2]
    for episode in past:
        check_known_answer(episode)


@pytest.mark.parametrize("vectorised", [True, False])
def test_the_same_seed_writes_the_same_bytes(tmp_path, counter_id, vectorised):
    environment = counter_id if vectorised else Counter
    for name, seed in [("a", 5), ("b", 5), ("c", 6)]:
        record(environment, tmp_path / name, episodes=5, steps=6, size=8, seed=seed, num_envs=2)
    assert content(tmp_path / "a") == content(tmp_path / "b")
    assert all(
        one != other
        for one, other in zip(content(tmp_path / "a"), content(tmp_path / "c"), strict=True)
    )


@pytest.mark.parametrize("vectorised", [True, False])
def test_a_recording_that_is_continued_equals_one_that_never_stopped(
    tmp_path, counter_id, vectorised
):
    environment = counter_id if vectorised else Counter
    options = {"steps": 6, "size": 8, "seed": 5, "num_envs": 4}
    record(environment, tmp_path / "whole", episodes=11, **options)
    for count in (3, 6, 2):
        record(environment, tmp_path / "parts", episodes=count, mode="append", **options)
    assert content(tmp_path / "whole") == content(tmp_path / "parts")


def test_an_interrupted_recording_keeps_its_episodes(tmp_path):
    def stop(progress):
        if progress.episodes == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        record(Counter, tmp_path / "e", episodes=9, steps=6, size=8, progress=stop)
    experience = Experience.open(tmp_path / "e")
    experience.verify()
    assert len(experience) == 3


def test_the_action_that_was_carried_out_is_recorded_not_the_one_that_was_wished(tmp_path):
    class Wild:
        def act(self, observations):
            return np.array([[7.0]], dtype=np.float32)

        def reset(self, mask):
            pass

    def wild(space, batch, generator):
        return Wild()

    experience = record(Counter, tmp_path / "e", episodes=1, steps=3, size=8, policy=wild)
    assert experience[0].actions[:, 0].tolist() == [3.0, 3.0, 3.0]
    assert experience.spec.policy == "wild"
    check_known_answer(experience[0])


def test_a_policy_acts_on_what_is_recorded(tmp_path):
    class Watcher:
        def act(self, observations):
            return (observations[:, :1, 0, 1] % 3).astype(np.float32)

        def reset(self, mask):
            pass

    def watcher(space, batch, generator):
        return Watcher()

    experience = record(Counter, tmp_path / "e", episodes=1, steps=6, size=8, policy=watcher)
    episode = experience[0]
    np.testing.assert_array_equal(episode.actions[:, 0], episode.observations[:-1, 0, 0, 1] % 3)


def test_progress_tells_episodes_frames_and_size(tmp_path):
    told = []
    experience = record(Counter, tmp_path / "e", episodes=3, steps=5, size=8, progress=told.append)
    assert [(p.episodes, p.total_episodes, p.frames) for p in told] == [
        (1, 3, 6),
        (2, 3, 12),
        (3, 3, 18),
    ]
    frame = 8 * 8 * 3 + 4 * (1 + 2)
    assert told[0].bytes_expected == told[-1].bytes_written == experience.frames * frame


def test_labels_can_be_left_out(tmp_path):
    experience = record(Counter, tmp_path / "e", episodes=1, steps=5, size=8, labels=False)
    assert experience.spec.label_names == ()
    assert experience[0].labels is None


@pytest.mark.parametrize("shape", [(2, 2), ()])
def test_a_state_that_is_no_vector_is_not_recorded(tmp_path, shape):
    class Odd(Counter):
        def _info(self):
            return {"state": np.zeros(shape)}

    experience = record(Odd, tmp_path / "e", episodes=1, steps=3, size=8)
    assert experience.spec.label_names == ()
    assert experience[0].labels is None


def test_a_disk_that_is_too_small_is_an_error_before_the_first_step(tmp_path, monkeypatch):
    monkeypatch.setattr(shutil, "disk_usage", lambda path: SimpleNamespace(free=10_000))
    with pytest.raises(DataError, match=r"600 frames take .* record fewer"):
        record(Counter, tmp_path / "e", episodes=100, steps=5, size=8)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"episodes": 0}, "at least 1"),
        ({"episodes": 1, "steps": 0}, "at least 1"),
        ({"episodes": 1, "stop_when_done": False}, "wants a number of steps"),
        ({"episodes": 1, "steps": 3, "policy": "drfit"}, "did you mean 'drift'"),
    ],
)
def test_wrong_settings_are_errors(tmp_path, options, message):
    with pytest.raises(ConfigError, match=message):
        record(Counter, tmp_path / "e", size=8, **options)


def test_an_unknown_environment_is_an_error(tmp_path):
    with pytest.raises(ConfigError, match="cannot be made"):
        record("pellucid-tests/Nothing-v0", tmp_path / "e", episodes=1)
    assert not (tmp_path / "e").exists()


def test_an_episode_that_never_ends_is_an_error(tmp_path, monkeypatch, counter_id):
    from pellucid.data import recording, rollouts

    monkeypatch.setattr(recording, "LONGEST", 50)
    monkeypatch.setattr(rollouts, "LONGEST", 50)
    for environment in (Counter, counter_id):
        with pytest.raises(DataError, match=r"has not ended after 50 actions: say steps"):
            record(environment, tmp_path / str(environment)[:5], episodes=1, size=8)


def test_cart_pole_is_recorded_as_pixels_with_its_state_as_labels(tmp_path):
    pytest.importorskip("pygame")
    experience = record("CartPole-v1", tmp_path / "e", episodes=2, steps=8, policy="random")
    episode = experience[0]
    assert episode.observations.shape[1:] == (64, 64, 3)
    assert experience.spec.action_space.discrete
    assert experience.spec.label_names == ("state_0", "state_1", "state_2", "state_3")
    # Pushing right raises the cart's speed, in the very next label.
    push = episode.actions[:, 1] - episode.actions[:, 0]
    np.testing.assert_array_equal(np.sign(np.diff(episode.labels[:, 1])), push)


def test_the_vector_counter_reuses_its_buffer():
    env = CounterVector(2)
    first, _ = env.reset(seed=0)
    second, *_ = env.step(np.ones((2, 1), np.float32))
    assert first is second  # so the recorder must copy, which the tests above would notice
