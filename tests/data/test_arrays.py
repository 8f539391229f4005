from __future__ import annotations

import numpy as np
import pytest

from pellucid.data import ActionSpace, from_arrays
from pellucid.errors import DataError, PellucidError


def frames(*shape: int) -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (*shape, 6, 5, 3), dtype=np.uint8)


def moves(*shape: int) -> np.ndarray:
    return np.random.default_rng(1).uniform(-2, 3, (*shape, 2))


def test_a_list_of_pixel_episodes_of_different_lengths(tmp_path):
    observations, actions = [frames(4), frames(7)], [moves(3), moves(6)]
    experience = from_arrays(tmp_path / "e", observations, actions)
    experience.verify()
    assert experience.lengths.tolist() == [3, 6]
    for index in range(2):
        np.testing.assert_array_equal(experience[index].observations, observations[index])
        np.testing.assert_array_equal(experience[index].actions, np.float32(actions[index]))
    every = np.float32(np.concatenate(actions))
    assert experience.spec.action_space == ActionSpace(
        tuple(every.min(0).tolist()), tuple(every.max(0).tolist())
    )


def test_stacked_vectors_with_labels(tmp_path):
    observations = np.random.default_rng(0).normal(size=(5, 9, 4))
    experience = from_arrays(
        tmp_path / "e",
        observations,
        moves(5, 8),
        labels=observations[..., :2],
        label_names=["x", "y"],
        action_space=ActionSpace((-2.0, -2.0), (3.0, 3.0)),
        environment="mine",
    )
    assert experience.spec.observation_dtype == "float32"
    assert experience.spec.label_names == ("x", "y")
    assert experience.spec.environment == "mine"
    np.testing.assert_array_equal(experience[4].labels, np.float32(observations[4, :, :2]))


def test_whole_numbers_are_discrete_actions(tmp_path):
    experience = from_arrays(tmp_path / "e", frames(2, 4), np.array([[0, 2, 1], [1, 1, 0]]))
    assert experience.spec.action_space.discrete
    np.testing.assert_array_equal(experience[0].actions, np.eye(3)[[0, 2, 1]])


def test_one_number_an_action_needs_no_column(tmp_path):
    experience = from_arrays(tmp_path / "e", frames(1, 4), np.array([[0.5, -1.0, 0.25]]))
    np.testing.assert_array_equal(experience[0].actions, [[0.5], [-1.0], [0.25]])


@pytest.mark.parametrize(
    ("observations", "actions", "message"),
    [
        ([frames(4)], [moves(4)], "episode 0: 4 observations to 4 actions"),
        ([frames(4), frames(4)], [moves(3)], "2 arrays of observations and 1 of actions"),
        ([], [], "at least one"),
        ([frames(4), frames(4)[:, :3]], [moves(3)] * 2, "episode 1: observations are uint8"),
        ([frames(4)] * 2, [moves(3), moves(3)[:, :1]], "different numbers of columns"),
        ([frames(4)], [np.full((3, 2), np.nan)], "not all finite"),
        ([frames(4)], [np.array(["left"] * 3)], "numbers are wanted"),
    ],
)
def test_arrays_that_do_not_fit_are_one_line_and_nothing_is_written(
    tmp_path, observations, actions, message
):
    with pytest.raises(DataError, match=message) as caught:
        from_arrays(tmp_path / "e", observations, actions)
    assert "\n" not in str(caught.value)
    assert not (tmp_path / "e").exists()


def test_actions_outside_of_a_stated_space_are_an_error(tmp_path):
    with pytest.raises(PellucidError, match="outside of the space"):
        from_arrays(
            tmp_path / "e",
            [frames(4)],
            [moves(3)],
            action_space=ActionSpace((-0.1, -0.1), (0.1, 0.1)),
        )


def test_labels_must_be_as_many_as_episodes(tmp_path):
    with pytest.raises(DataError, match="1 arrays of labels to 2 episodes"):
        from_arrays(tmp_path / "e", frames(2, 4), moves(2, 3), labels=[np.zeros((4, 1))])
    with pytest.raises(DataError, match="1 labels where the experience names 2"):
        from_arrays(
            tmp_path / "e",
            frames(1, 4),
            moves(1, 3),
            labels=[np.zeros((4, 1))],
            label_names=["x", "y"],
        )
