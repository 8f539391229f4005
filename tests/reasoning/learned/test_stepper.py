"""Networks of single steps: their facts, their chains, and that width knows more."""

from __future__ import annotations

import math

import pytest
import torch

from pellucid.errors import ConfigError
from pellucid.reasoning.learned.stepper import (
    Steppers,
    StepTask,
    chains_right,
    learn_steps,
    step_nats,
)
from pellucid.reasoning.tasks import PrefixArithmetic

TASK = StepTask(modulus=3, steps=250, batch=64)


def draw(seed=0):
    return torch.Generator().manual_seed(seed)


def test_steps_are_those_of_the_arithmetic_task():
    task, step = PrefixArithmetic(7, 2), StepTask(7)
    value, sign, term = step.draw((1, 300), draw())
    after = step.after(value, sign, term)
    for v, s, t, a in zip(*(x[0].tolist() for x in (value, sign, term, after)), strict=True):
        assert task.next_step(f"+{v} {'+-*'[s]}{t} =", (str(v),)) == str(a)
    assert not ((sign == 2) & (term == 0)).any()


def test_a_network_that_knows_nothing_says_all_alike():
    model = Steppers(TASK, 4, 2, draw())
    torch.nn.init.zeros_(model.outwards)
    assert step_nats(model).tolist() == pytest.approx([math.log(3)] * 2)


def test_a_chain_is_right_as_often_as_independent_steps_are():
    model = Steppers(StepTask(modulus=3), 8, 1, draw())
    # Always 0: right for a third of random steps.
    torch.nn.init.zeros_(model.outwards)
    with torch.no_grad():
        model.bias[..., 0] = 1
    [one], [two] = chains_right(model, terms=(1, 2), tested=20_000, generator=draw(1))
    # From 0 on: + and - by 0 (1/3 each), and every product.
    right = 2 / 3 * 1 / 3 + 1 / 3
    assert one.item() == pytest.approx(right, abs=0.02)
    assert two.item() == pytest.approx(right**2, abs=0.02)


def test_learning_finds_all_facts_and_one_unit_does_not():
    wide, narrow = learn_steps(TASK, 24, 2, seed=0), learn_steps(TASK, 1, 2, seed=0)
    assert (chains_right(wide, terms=[6], tested=300, generator=draw()) == 1).all()
    assert (step_nats(wide) < 0.3).all()
    assert (chains_right(narrow, terms=[6], tested=300, generator=draw()) < 0.5).all()
    assert (step_nats(narrow) > step_nats(wide)).all()


def test_parameters_are_those_of_one_network():
    assert Steppers(TASK, 5, 7, draw()).parameters_each == 12 * 5 + 5 + 5 * 3 + 3
    with pytest.raises(ConfigError, match="units=0"):
        Steppers(TASK, 0, 1, draw())
