"""Part of `error-accumulation`: a transformer that writes chains, so hot that it errs.

Likeliest tokens it gets right; sampled at a higher temperature it errs at each step, and its chains
are as wrong as long chains of a worse one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from pellucid.experiments.chain_jobs import (
    ARITHMETIC,
    MODULUS,
    ChainJob,
    answer_one,
    black_box,
    trained_model,
)
from pellucid.experiments.once import once
from pellucid.learning.device import set_threads
from pellucid.reasoning import TokenGenerator, solve_many
from pellucid.reasoning.learned.training import ChainConfig
from pellucid.reasoning.learned.transformer import ChainTransformer
from pellucid.reasoning.solving import Solution
from pellucid.reasoning.tasks.prefix import PrefixArithmetic
from pellucid.reasoning.tasks.sequence import TokenBatch
from pellucid.reasoning.verification import Judgement

UNTIL = 200
"""Retries of a step that is tried until it is accepted."""


@dataclass(frozen=True)
class Hot:
    """What is learned, and which chains are measured."""

    sizes: tuple[int, ...] = (2, 4, 8, 12, 16, 24)
    """Terms from which a model learns: the short ones show it the way."""
    terms: int = 24
    """Of the chains that are measured."""
    temperatures: tuple[float, ...] = (1.0, 1.25, 1.5, 1.75, 2.0, 2.5, 3.0, 4.0)
    """Of which the first is taken at which such chains are right with less probability than"""
    seldom: float = 0.45
    dimension: int = 64
    training: ChainConfig = field(default_factory=lambda: ChainConfig(steps=500))
    tested: int = 1000


@dataclass(frozen=True)
class Trained:
    """A trained model's chains."""

    temperature: float
    chains: int
    at_one: int
    """Answers right of chains alone at temperature 1."""
    alone: dict[str, int]
    """Of chains alone, those whose first so many steps are right, by the number of steps."""
    answered: int
    """Chains alone whose answer is right, whatever their steps."""
    verified: int
    """Answers right among those that were verified."""
    unknown: int
    """Problems without an answer."""
    work: float
    """Tokens generated with verification, over those without."""
    error: float
    """How often a step is wrong where all before it are right."""
    cpu_seconds: float
    """Of learning."""


def make_job(plan: Hot, seed: int, output: Path) -> ChainJob:
    """What the transformer is, and what it learns from."""
    return ChainJob(
        f"transformer-{seed}",
        ARITHMETIC,
        plan.sizes,
        "chain",
        black_box(plan.dimension, 2),
        replace(plan.training, seed=seed),
        output,
        tested=plan.tested,
        # A chain that is not verified may say anything, and begin lines that it should not.
        lines=2 * max(plan.sizes),
        places=3 * max(plan.sizes),
    )


def first_wrong(task: PrefixArithmetic, problem: str, chain: Sequence[str]) -> int:
    """The first step that differs from the right chain; one more than there are if none does."""
    right = task.solution(problem)
    for k, (own, true) in enumerate(zip(chain, right, strict=False), start=1):
        if own != true:
            return k
    return len(right) + 1 if len(chain) == len(right) else len(chain) + 1


def measure(given: tuple[Hot, ChainJob]) -> Trained:
    """One model, trained, and its chains; or what was measured before."""
    plan, job = given
    set_threads(1)
    learned = answer_one(job)
    name = f"{job.name}-verified"
    return once(job.output / name, Trained, lambda: _measure(plan, job, learned.cpu_seconds))


def _measure(plan: Hot, job: ChainJob, cpu_seconds: float) -> Trained:
    model = trained_model(job)
    random = np.random.default_rng((1, job.training.seed))
    task = PrefixArithmetic(MODULUS[ARITHMETIC], plan.terms)
    temperature = _hot(plan, model, task.batch(random, 200))
    problems = [p for p, _ in task.examples(task.draw(random, plan.tested))]

    def logits(tokens: Tensor, length: Tensor) -> Tensor:
        said: Tensor = model(tokens)[torch.arange(len(tokens)), length - 1]
        return said

    def alone(temperature: float) -> list[Solution[str]]:
        own = TokenGenerator(task, logits, temperature=temperature, longest=2)
        return solve_many(problems, own, random=random, length=plan.terms + 1)

    hot, usual = alone(temperature), alone(1.0)
    sound = [first_wrong(task, p, s.chain) - 1 for p, s in zip(problems, hot, strict=True)]
    generator = TokenGenerator(task, logits, temperature=temperature, longest=2)
    mended = solve_many(problems, generator, task, retries=UNTIL, random=random)
    wrong = sum(s < plan.terms for s in sound)
    return Trained(
        temperature,
        len(problems),
        sum(_right(task, p, s) for p, s in zip(problems, usual, strict=True)),
        {str(n): sum(s >= n for s in sound) for n in range(1, plan.terms + 1)},
        sum(_right(task, p, s) for p, s in zip(problems, hot, strict=True)),
        sum(s.verified and _right(task, p, s) for p, s in zip(problems, mended, strict=True)),
        sum(s.answer is None for s in mended),
        sum(s.work.tokens for s in mended) / sum(s.work.tokens for s in hot),
        wrong / (sum(sound) + wrong),
        cpu_seconds,
    )


@torch.no_grad()
def _hot(plan: Hot, model: ChainTransformer, rows: TokenBatch) -> float:
    """The lowest temperature at which right chains are as seldom as is wanted; else the highest."""
    tokens, learned = torch.from_numpy(rows.tokens), torch.from_numpy(rows.learned[:, 1:])
    logits = model(tokens[:, :-1])
    for temperature in plan.temperatures:
        said = (logits / temperature).log_softmax(-1).gather(-1, tokens[:, 1:, None])[..., 0]
        chains = (said * learned).sum(1)
        if float(chains.exp().mean()) < plan.seldom:
            break
    return temperature


def _right(task: PrefixArithmetic, problem: str, solution: Solution[str]) -> bool:
    """Whether the answer is right, as Horner's scheme says."""
    return (
        solution.answer is not None
        and task.answer(problem, solution.chain).judgement is Judgement.HOLDS
    )
