"""Sparse parity: what is learned, from labels and from others, each seed by itself."""

from __future__ import annotations

import pytest
import torch

from pellucid.errors import ConfigError
from pellucid.reasoning.learned.parity import Parity, begin, learn_parity, logits, share_right

TASK = Parity(inputs=6, relevant=2, steps=300, batch=32, learning_rate=1e-2)


def test_the_parity_is_the_product_of_the_relevant_inputs():
    x, parity = Parity(4, 3).draw(2, 50, torch.Generator().manual_seed(0))
    assert set(x.unique().tolist()) == {-1.0, 1.0}
    assert torch.equal(parity, x[..., 0] * x[..., 1] * x[..., 2])


def test_networks_side_by_side_are_networks_of_their_own():
    weights = begin(TASK, 3, 2, torch.Generator().manual_seed(0))
    x, _ = TASK.draw(2, 5, torch.Generator().manual_seed(1))
    inwards, biases, outwards, bias = (w[1] for w in weights)
    alone = torch.relu(x[1] @ inwards + biases) @ outwards + bias
    assert torch.allclose(logits(weights, x)[1], alone[:, 0], atol=1e-6)


def test_an_exact_network_is_right_and_its_opposite_wrong():
    # |a + b| - 1 is the product of a and b.
    inwards = torch.zeros(1, 6, 2)
    inwards[0, :2] = torch.tensor([1.0, -1.0])
    weights = (inwards, torch.zeros(1, 1, 2), torch.ones(1, 2, 1), torch.full((1, 1, 1), -1.0))
    assert share_right(TASK, weights, tested=500, seed=0).tolist() == [1.0]
    inwards, biases, outwards, bias = weights
    opposite = (inwards, biases, -outwards, -bias)
    assert share_right(TASK, opposite, tested=500, seed=0).tolist() == [0.0]


def test_labels_and_teachers_teach_and_states_are_kept_in_order():
    learned, states = learn_parity(TASK, 24, 3, seed=0, keep=100)
    assert (share_right(TASK, learned, tested=1000, seed=5) > 0.98).all()
    assert len(states) == 3
    assert torch.equal(states[-1][0], learned[0])
    assert not torch.equal(states[0][0], states[1][0])
    taught, _ = learn_parity(TASK, 24, 3, seed=1, teachers=states)
    assert (share_right(TASK, taught, tested=1000, seed=5) > 0.98).all()


def test_a_teacher_of_the_contrary_teaches_the_contrary():
    learned, _ = learn_parity(TASK, 24, 2, seed=0)
    inwards, biases, outwards, bias = learned
    wrong = (inwards, biases, -outwards, -bias)
    taught, _ = learn_parity(TASK, 24, 2, seed=1, teachers=[wrong])
    assert (share_right(TASK, taught, tested=1000, seed=5) < 0.02).all()


def test_wrong_sizes_are_refused():
    with pytest.raises(ConfigError, match="7 of 6 inputs"):
        Parity(6, 7)
    with pytest.raises(ConfigError, match="units=0"):
        begin(TASK, 0, 1, torch.Generator())
