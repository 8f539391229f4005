"""Networks of tokens as generators of steps, with a network that knows the answer."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch

from pellucid.errors import ConfigError
from pellucid.reasoning import Request, Retry, solve, solve_many
from pellucid.reasoning.tasks import Arithmetic, EditDistance, LinearEquations, PrefixArithmetic
from pellucid.reasoning.token_generator import TokenGenerator

TASKS = [PrefixArithmetic(5, 4), Arithmetic(5, 3), LinearEquations(5, 2), EditDistance(5)]


class Knows:
    """Logits that favour the task's own chain, by `nats` over every other token."""

    def __init__(self, task, nats):
        self.task, self.nats, self.calls, self.chains = task, nats, 0, {}

    def __call__(self, tokens, length):
        self.calls += 1
        logits = torch.zeros(len(tokens), len(self.task.vocabulary))
        for row, (line, n) in enumerate(zip(tokens.tolist(), length.tolist(), strict=True)):
            words = [self.task.vocabulary.words[t] for t in line[:n]]
            cut = 1 + max(k for k, w in enumerate(words) if w in ("=", "<sep>") and k < self.asked)
            problem = " ".join(words[:cut])
            if problem not in self.chains:
                self.chains[problem] = [*" ".join(self.task.solution(problem)).split(), "<eos>"]
            true = self.chains[problem]
            place = n - cut
            word = true[place] if place < len(true) else "<eos>"
            logits[row, self.task.vocabulary.number(word)] = self.nats
        return logits

    def of(self, problem):
        """Say where the question ends."""
        self.asked = len(problem.split())
        return self


@pytest.mark.parametrize("task", TASKS, ids=[type(task).__name__ for task in TASKS])
def test_a_network_that_knows_writes_the_chain(task):
    problem, _ = task.example(np.random.default_rng(0))
    generator = TokenGenerator(task, Knows(task, 5.0).of(problem), temperature=0)
    found = solve(problem, generator, task)
    assert found.verified
    assert found.chain == task.solution(problem)
    assert found.work.tokens == len(" ".join(found.chain).split()) + (
        0 if isinstance(task, PrefixArithmetic) else 1
    )  # <eos> closes the last step where no other word does


def test_samples_are_as_likely_as_the_network_says():
    task = PrefixArithmetic(5, 4)
    problem, chain = task.example(np.random.default_rng(0))
    nats = 3.0
    generator = TokenGenerator(task, Knows(task, nats).of(problem))
    [proposals] = generator.propose([Request(problem, (), 4000)], np.random.default_rng(1))
    right = math.exp(nats) / (math.exp(nats) + len(task.vocabulary) - 2)  # padding is never said
    share = np.mean([p.step.split()[:1] == [chain[0]] for p in proposals])
    assert share == pytest.approx(right, abs=0.03)
    likely = [p.log_probability for p in proposals if p.step == chain[0]]
    assert likely[0] == pytest.approx(math.log(right))


def test_verified_sampling_mends_what_a_network_gets_wrong():
    task = PrefixArithmetic(5, 4)
    problem, _ = task.example(np.random.default_rng(0))
    generator = TokenGenerator(task, Knows(task, 3.5).of(problem), longest=4)
    random = np.random.default_rng(0)
    plain = solve_many([problem] * 200, generator, task, random=random)
    mended = solve_many([problem] * 200, generator, task, strategy=Retry(retries=9), random=random)
    assert np.mean([s.verified for s in plain]) < 0.6
    assert all(s.verified for s in mended)


def test_all_chains_advance_in_one_call_of_the_network():
    task = PrefixArithmetic(5, 4)
    problem, _ = task.example(np.random.default_rng(0))
    knows = Knows(task, 5.0).of(problem)
    solve_many([problem] * 7, TokenGenerator(task, knows, temperature=0), task)
    assert knows.calls == 4


def test_a_step_that_does_not_end_is_closed_and_refused():
    task = Arithmetic(5, 3)
    problem, _ = task.example(np.random.default_rng(0))
    plus = task.vocabulary.number("+")

    def babble(tokens, length):
        logits = torch.zeros(len(tokens), len(task.vocabulary))
        logits[:, plus] = 50.0
        return logits

    generator = TokenGenerator(task, babble, longest=6)
    [[proposal]] = generator.propose([Request(problem, ())], np.random.default_rng(0))
    assert proposal.step == "+ + + + + +"
    assert not solve(problem, generator, task, retries=2).verified
    assert generator.propose([], np.random.default_rng(0)) == []


def test_wrong_settings_are_refused():
    with pytest.raises(ConfigError, match="temperature"):
        TokenGenerator(TASKS[0], Knows(TASKS[0], 1.0), temperature=-1)
    with pytest.raises(ConfigError, match="longest"):
        TokenGenerator(TASKS[0], Knows(TASKS[0], 1.0), longest=0)
