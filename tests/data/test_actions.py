from __future__ import annotations

import numpy as np
import pytest
import torch
from gymnasium import spaces
from hypothesis import given, settings
from hypothesis import strategies as st

from pellucid.data.actions import ActionSpace
from pellucid.errors import ActionError

BOX = ActionSpace((-1.0, 0.0), (1.0, 10.0))
THREE = ActionSpace((0.0,) * 3, (1.0,) * 3, discrete=True, start=5)


def test_a_box_is_described_flat_and_in_the_environments_units():
    low, high = np.array([[-1.0, 0.0]]), np.array([[1.0, 10.0]])
    assert ActionSpace.of(spaces.Box(low, high, dtype=np.float64)) == BOX


def test_a_discrete_space_keeps_its_first_number():
    assert ActionSpace.of(spaces.Discrete(3, start=5)) == THREE


@pytest.mark.parametrize("space", [spaces.MultiBinary(3), spaces.Box(-np.inf, np.inf, (2,))])
def test_a_space_that_cannot_be_searched_is_refused(space):
    with pytest.raises(ActionError, match="wrap the environment"):
        ActionSpace.of(space)


def test_discrete_actions_are_one_hot_vectors():
    np.testing.assert_array_equal(THREE.encode(6), [0.0, 1.0, 0.0])
    np.testing.assert_array_equal(THREE.encode([7, 5]), [[0.0, 0.0, 1.0], [1.0, 0.0, 0.0]])
    np.testing.assert_array_equal(THREE.decode(THREE.encode([[5, 6], [7, 7]])), [[5, 6], [7, 7]])


@pytest.mark.parametrize("action", [4, 8, 6.0])
def test_a_discrete_action_outside_of_the_space_is_an_error(action):
    with pytest.raises(ActionError, match=r"5\.\.7"):
        THREE.encode(action)


def test_a_box_action_outside_of_the_space_is_an_error_that_shows_it():
    with pytest.raises(ActionError, match=r"\[\[0.5, 11.0\]\]"):
        BOX.encode([[0.0, 5.0], [0.5, 11.0]])
    with pytest.raises(ActionError, match="3 numbers where the space has 2"):
        BOX.encode([0.0, 5.0, 1.0])
    with pytest.raises(ActionError):
        BOX.encode([np.nan, 5.0])


def test_decode_clips_into_the_box():
    np.testing.assert_array_equal(BOX.decode(np.array([-3.0, 11.0])), np.float32([-1.0, 10.0]))


@settings(max_examples=30, deadline=None)
@given(st.integers(1, 6), st.integers(-3, 3), st.integers(0, 2**31))
def test_decode_inverts_encode(n, start, seed):
    space = ActionSpace((0.0,) * n, (1.0,) * n, discrete=True, start=start)
    actions = start + np.random.default_rng(seed).integers(n, size=(4, 2))
    np.testing.assert_array_equal(space.decode(space.encode(actions)), actions)


def test_projection_onto_a_box_is_the_nearest_point_with_its_gradient():
    action = torch.tensor([[0.5, 20.0]], requires_grad=True)
    projected = BOX.project(action)
    assert projected.tolist() == [[0.5, 10.0]]
    projected.sum().backward()
    assert action.grad is not None
    assert action.grad.tolist() == [[1.0, 0.0]]


def test_projection_onto_the_corners_has_the_gradient_of_the_softmax():
    scores = torch.tensor([[0.1, 2.0, -1.0]], requires_grad=True)
    weight = torch.tensor([1.0, 2.0, 3.0])
    hard = THREE.project(scores)
    torch.testing.assert_close(hard.detach(), torch.tensor([[0.0, 1.0, 0.0]]))
    (through,) = torch.autograd.grad((hard * weight).sum(), scores)
    (soft,) = torch.autograd.grad((scores.softmax(-1) * weight).sum(), scores)
    torch.testing.assert_close(through, soft)
    assert THREE.project(scores.detach()).tolist() == [[0.0, 1.0, 0.0]]


def test_samples_are_uniform_and_inside():
    generator = np.random.default_rng(0)
    box = BOX.sample((4000,), generator)
    BOX.encode(box)
    # Standard error of a uniform's mean over 4000 draws: width / sqrt(12 * 4000).
    assert abs(box[:, 0].mean()) < 4 * 2 / np.sqrt(12 * 4000)
    assert abs(box[:, 1].mean() - 5) < 4 * 10 / np.sqrt(12 * 4000)
    corners = THREE.sample((50, 60), generator)
    assert corners.shape == (50, 60, 3)
    np.testing.assert_array_equal(corners.sum(-1), 1.0)
    assert np.abs(corners.mean((0, 1)) - 1 / 3).max() < 4 * np.sqrt(2 / 9 / 3000)
