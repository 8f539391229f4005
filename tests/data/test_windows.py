from __future__ import annotations

import itertools

import numpy as np
import pytest
import torch
from counter_world import SPEC, walk
from hypothesis import given, settings
from hypothesis import strategies as st

from pellucid.data import Experience, ExperienceWriter, Windows
from pellucid.errors import DataError

LENGTHS = [7, 3, 1, 12]


@pytest.fixture
def experience(tmp_path):
    with ExperienceWriter(tmp_path / "walks", SPEC) as writer:
        for number, length in enumerate(LENGTHS):
            writer.append(walk(number, length))
    return Experience.open(tmp_path / "walks")


def test_every_window_is_enumerated_once_and_none_crosses_an_episode(experience):
    windows = experience.windows(3)
    assert len(windows) == 5 + 1 + 0 + 10
    expected = [
        (number, start) for number, length in enumerate(LENGTHS) for start in range(length - 3 + 1)
    ]
    batch = windows.batch(range(len(windows)))
    for row, (number, start) in enumerate(expected):
        episode = walk(number, LENGTHS[number])
        np.testing.assert_array_equal(
            batch.observations[row], episode.observations[start : start + 4]
        )
        np.testing.assert_array_equal(batch.actions[row], episode.actions[start : start + 3])
        np.testing.assert_array_equal(batch.labels[row], episode.labels[start : start + 4])


@settings(max_examples=25, deadline=None)
@given(lengths=st.lists(st.integers(1, 9), min_size=1, max_size=6), length=st.integers(1, 9))
def test_in_every_window_each_action_leads_to_the_next_observation(
    tmp_path_factory, lengths, length
):
    path = tmp_path_factory.mktemp("walks") / "e"
    with ExperienceWriter(path, SPEC) as writer:
        for number, count in enumerate(lengths):
            writer.append(walk(number, count))
    experience = Experience.open(path)
    if max(lengths) < length:
        with pytest.raises(DataError, match="choose a shorter window"):
            experience.windows(length)
        return
    windows = experience.windows(length)
    assert len(windows) == sum(max(count - length + 1, 0) for count in lengths)
    batch = windows.batch(np.arange(len(windows)))
    place, number = batch.observations[..., 1], batch.observations[..., 0]
    torch.testing.assert_close(place[:, 1:], place[:, :-1] + batch.actions[..., 0])
    assert (number == number[:, :1]).all()


def test_windows_of_a_held_out_part_show_only_its_episodes(experience):
    training, held_out = experience.split(held_out=0.25)
    assert [len(training), len(held_out)] == [3, 1]
    seen = training.windows(1).batch(range(len(training.windows(1)))).observations[..., 0]
    assert set(seen.flatten().tolist()) == {0.0, 1.0, 2.0}
    windows = held_out.windows(12)
    np.testing.assert_array_equal(windows.batch([0]).observations[0], walk(3, 12).observations)


def test_a_batch_is_stored_type_and_writable(experience):
    batch = experience.windows(2).batch([0])
    assert batch.observations.dtype == torch.float32
    before = experience[0].observations[0].copy()
    batch.observations.zero_()
    np.testing.assert_array_equal(experience[0].observations[0], before)
    assert batch.to("cpu").labels is not None


def test_the_batch_of_a_step_depends_on_seed_and_step_alone(experience):
    windows = experience.windows(2)
    for step in range(3):
        windows.sample(4, step=step, seed=1)
    again = Windows(experience, 2)
    np.testing.assert_array_equal(
        windows.indices(50, step=3, seed=1), again.indices(50, step=3, seed=1)
    )
    torch.testing.assert_close(
        windows.sample(8, step=3, seed=1).observations,
        again.sample(8, step=3, seed=1).observations,
    )
    draws = [windows.indices(50, step=t, seed=s).tolist() for t in range(4) for s in range(4)]
    assert all(one != other for one, other in itertools.combinations(draws, 2))


def test_windows_are_drawn_uniformly(experience):
    windows = experience.windows(3)
    counts = np.zeros(len(windows))
    for step in range(100):
        counts += np.bincount(windows.indices(160, step=step, seed=0), minlength=len(windows))
    expected = 100 * 160 / len(windows)
    chi_square = ((counts - expected) ** 2 / expected).sum()
    assert chi_square < 37.7  # the 99.9% point for 15 degrees of freedom


def test_an_epoch_shows_each_window_once_and_keeps_the_rest(experience):
    windows = experience.windows(3)
    batches = list(windows.epoch(5, seed=0))
    assert [len(batch.actions) for batch in batches] == [5, 5, 5, 1]
    seen = torch.cat([batch.observations for batch in batches])
    every = windows.batch(range(16)).observations
    key = [tuple(window.flatten().tolist()) for window in seen]
    assert sorted(key) == sorted(tuple(window.flatten().tolist()) for window in every)
    assert not torch.equal(seen, every)
    assert torch.equal(seen, torch.cat([b.observations for b in windows.epoch(5, seed=0)]))


@pytest.mark.parametrize("index", [-1, 16])
def test_a_window_that_does_not_exist_is_an_error(experience, index):
    with pytest.raises(IndexError):
        experience.windows(3).batch([index])


def test_a_window_without_actions_is_refused(experience):
    with pytest.raises(DataError, match="at least 1"):
        experience.windows(0)
