"""Chains as plans: the project's planners write them whole."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from pellucid.errors import ConfigError
from pellucid.planning import CEM, FinalCost, RandomShooting, rollout
from pellucid.reasoning.tasks import PrefixArithmetic
from pellucid.reasoning.verification import Judgement
from pellucid.reasoning.whole_chain import ChainWorld, Refusals

TASK = PrefixArithmetic(modulus=3, terms=5)


def refused(problem):
    """How many steps of pages (N, terms) the task's verifier refuses, without its words."""

    def count(tokens):
        pages = [tuple(map(str, page)) for page in tokens.tolist()]
        return torch.tensor([
            sum(
                TASK.step(problem, page[:k]).judgement is Judgement.FAILS
                for k in range(1, len(page) + 1)
            )
            for page in pages
        ])  # fmt: skip

    return count


def test_a_page_is_written_token_by_token_and_then_full():
    world = ChainWorld(tokens=4, length=2)
    actions = torch.eye(4)[[3, 1, 2]][None, None]  # (1, 1, 3, 4)
    states = rollout(world, world.empty(1), actions)
    assert states[0, 0].tolist() == [[0, -1, -1], [1, 3, -1], [2, 3, 1], [2, 3, 1]]
    assert world.written(states[0, 0, -1]).tolist() == [3, 1]


def test_a_planner_writes_a_chain_that_is_not_refused():
    problem, chain = TASK.example(np.random.default_rng(0))
    world = ChainWorld(tokens=3, length=5)
    energy = FinalCost(Refusals(world, refused(problem)))
    plan = CEM(samples=200, iterations=8).plan(world, world.empty(1), energy, horizon=5)
    assert plan.energy.item() == 0
    written = tuple(map(str, world.written(plan.states[0, -1]).tolist()))
    assert written == chain
    assert TASK.answer(problem, written).judgement is Judgement.HOLDS


def test_problems_of_a_batch_do_not_know_of_each_other():
    world = ChainWorld(tokens=2, length=3)
    energy = FinalCost(Refusals(world, lambda tokens: (tokens != torch.tensor([1, 0, 1])).sum(1)))
    plan = RandomShooting(samples=64).plan(world, world.empty(3), energy, horizon=3)
    assert world.written(plan.states[:, -1]).tolist() == [[1, 0, 1]] * 3


def test_a_page_of_no_length_is_refused():
    with pytest.raises(ConfigError, match="length=0"):
        ChainWorld(tokens=2, length=0)
