import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn
from torch.nn import functional as F

from pellucid.errors import ConfigError, DataError
from pellucid.transfer.distillation import (
    Offset,
    Taught,
    answers,
    balance,
    soft_cross_entropy,
    softness,
)


@pytest.fixture
def draw():
    return torch.Generator().manual_seed(0)


def logits(draw, *shape, scale=3.0):
    return scale * torch.randn(*shape, generator=draw, dtype=torch.float64)


@settings(deadline=None)
@given(temperature=st.floats(0.5, 50), seed=st.integers(0, 1000))
def test_its_gradient_is_t_times_what_probabilities_differ_by(temperature, seed):
    # The peers forget T^2, or lose it with some settings: here it is there at every temperature.
    draw = torch.Generator().manual_seed(seed)
    said, taught = logits(draw, 4, 5).requires_grad_(), logits(draw, 4, 5)
    loss = soft_cross_entropy(said, taught, temperature=temperature)
    (found,) = torch.autograd.grad(loss.sum(), said)
    q, p = F.softmax(said / temperature, 1), F.softmax(taught / temperature, 1)
    torch.testing.assert_close(found, temperature * (q - p).detach())
    assert (loss >= -1e-12).all()


def test_a_student_that_says_the_same_has_no_loss(draw):
    said = logits(draw, 4, 5)
    loss = soft_cross_entropy(said + 7, said, temperature=2)
    torch.testing.assert_close(loss, torch.zeros(4, dtype=torch.float64))


def test_at_a_high_temperature_it_is_the_square_of_centred_differences(draw):
    said, taught = logits(draw, 4, 5), logits(draw, 4, 5)
    difference = said - taught
    centred = difference - difference.mean(1, keepdim=True)
    square = centred.square().sum(1) / (2 * 5)
    loss = soft_cross_entropy(said, taught, temperature=1e4)
    torch.testing.assert_close(loss, square, rtol=1e-3, atol=1e-4)


def test_hard_and_soft_are_mixed_as_stated(draw):
    x, taught = logits(draw, 4, 3), logits(draw, 4, 5)
    labels = torch.tensor([0, 4, 2, 2])
    said, rows = logits(draw, 2, 5), torch.tensor([3, 1])
    soft = soft_cross_entropy(said, taught[rows], temperature=4)
    hard = F.cross_entropy(said, labels[rows], reduction="none")
    for h, expected in ((0.0, soft), (0.25, 0.75 * soft + 0.25 * hard), (1.0, hard)):
        inputs, loss = Taught(x, taught, 4, labels, h).batch(rows)
        torch.testing.assert_close(inputs, x[rows])
        torch.testing.assert_close(loss(said), expected)


def test_balanced_logits_tell_classes_as_often_as_they_occur(draw):
    said = logits(draw, 500, 4) + torch.tensor([0.0, -9.0, 2.0, 0.0])
    shares = torch.tensor([0.1, 0.2, 0.3, 0.4], dtype=torch.float64)
    told = F.softmax(said + balance(said, shares), 1).mean(0)
    torch.testing.assert_close(told, shares, rtol=1e-3, atol=1e-4)
    alone = balance(said, shares, classes=(1,))
    assert alone[[0, 2, 3]].eq(0).all()
    assert float(F.softmax(said + alone, 1).mean(0)[1]) == pytest.approx(0.2, rel=1e-3)


def test_balance_finds_a_bias_that_was_planted(draw):
    said = logits(draw, 20_000, 3)
    shares = F.softmax(said, 1).mean(0)
    planted = torch.tensor([0.0, -5.0, 0.0], dtype=torch.float64)
    found = balance(said + planted, shares, classes=(1,))
    torch.testing.assert_close(found, -planted, rtol=1e-2, atol=1e-2)

    class Biased(nn.Module):
        def forward(self, x):
            return x + planted

    torch.testing.assert_close(Offset(Biased(), found)(said), said, rtol=1e-2, atol=1e-2)


def test_softness_is_a_share_of_the_greatest_entropy():
    certain = torch.tensor([[50.0, 0, 0, 0]])
    assert softness(certain, temperature=1) == pytest.approx(0, abs=1e-6)
    assert softness(certain, temperature=1e6) == pytest.approx(1)
    even = torch.tensor([[50.0, 50, 0, 0]])
    assert softness(even, temperature=1) == pytest.approx(math.log(2) / math.log(4))


def test_answers_are_given_in_evaluation_mode():
    teacher = nn.Sequential(nn.Dropout(0.5), nn.Linear(3, 2))
    x = torch.randn(5, 3)
    said = answers(teacher, x, batch=2)
    torch.testing.assert_close(said, teacher[1](x).detach())
    assert teacher.training
    assert not said.requires_grad


def test_errors(draw):
    x, taught = torch.zeros(3, 2), torch.zeros(3, 4)
    with pytest.raises(DataError, match="3 inputs were answered by"):
        Taught(x, taught[:2])
    with pytest.raises(ConfigError, match="needs a label for each"):
        Taught(x, taught, hard=0.5)
    with pytest.raises(ConfigError, match="temperature=0"):
        Taught(x, taught, temperature=0)
    with pytest.raises(ConfigError, match="hard=2"):
        Taught(x, taught, hard=2)
    with pytest.raises(DataError, match="do not fit logits"):
        balance(taught, torch.ones(3) / 3)
    with pytest.raises(DataError, match="sum to 1"):
        balance(taught, torch.ones(4))
    with pytest.raises(DataError, match="in 1 rounds"):
        balance(logits(draw, 50, 2), torch.tensor([0.9, 0.1]), most=1)
