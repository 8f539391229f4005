from __future__ import annotations

import numpy as np
import pytest

from pellucid.data import Episode
from pellucid.errors import DataError


def frames(count: int) -> np.ndarray:
    return np.zeros((count, 4, 4, 3), dtype=np.uint8)


def steps(count: int) -> np.ndarray:
    return np.zeros((count, 2), dtype=np.float32)


def test_an_episode_has_one_observation_more_than_actions():
    assert Episode(frames(6), steps(5)).length == 5


@pytest.mark.parametrize(
    ("observations", "what"),
    [
        (5, "5 observations to 5 actions: one observation is missing"),
        (7, "one action is missing"),
        (3, "3 observations are missing"),
        (9, "3 actions are missing"),
    ],
)
def test_the_error_says_which_off_by_one_it_is(observations, what):
    with pytest.raises(DataError, match=what) as caught:
        Episode(frames(observations), steps(5))
    assert "\n" not in str(caught.value)


def test_an_episode_without_actions_is_refused():
    with pytest.raises(DataError, match="without any action"):
        Episode(frames(1), steps(0))


@pytest.mark.parametrize("labels", [np.zeros((5, 2), np.float32), np.zeros((7, 2), np.float32)])
def test_labels_are_given_for_each_observation(labels):
    with pytest.raises(DataError, match="labels to 6 observations"):
        Episode(frames(6), steps(5), labels)


@pytest.mark.parametrize("actions", [np.zeros((5, 2)), np.zeros(5, np.float32)])
def test_actions_are_float32_rows(actions):
    with pytest.raises(DataError, match=r"float32 of shape \(T, A\)"):
        Episode(frames(6), actions)


def test_objects_are_no_observations_and_labels_are_float32():
    with pytest.raises(DataError, match="wants numbers"):
        Episode(np.empty((6, 1), dtype=object), steps(5))
    with pytest.raises(DataError, match="float32 of shape"):
        Episode(frames(6), steps(5), np.zeros((6, 2)))
