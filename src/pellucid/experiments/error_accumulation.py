"""Claim: errors that add up along a chain are mended step by step, at little cost.

Generators and verifiers with known faults, against the formulas of independent errors; and a
transformer that learned arithmetic only half, alone and with a verifier of its steps. Its errors
are what they are: they need not be independent, and how far they are is measured.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import partial
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
from pellucid.experiments.fan_out import fan_out
from pellucid.experiments.once import once
from pellucid.experiments.rows import Bar, Null, Published, Row, Settings
from pellucid.experiments.statistics import exact, mean, share
from pellucid.learning.device import set_threads
from pellucid.learning.progress import choose_progress
from pellucid.reasoning import FaultyGenerator, FaultyVerifier, TokenGenerator, solve_many
from pellucid.reasoning.accumulation import (
    imperfect_success,
    unverified_success,
    verified_success,
    verified_work,
)
from pellucid.reasoning.generation import Proposal
from pellucid.reasoning.learned.training import ChainConfig
from pellucid.reasoning.solving import Solution
from pellucid.reasoning.tasks.prefix import PrefixArithmetic
from pellucid.reasoning.verification import Judgement, StepVerifier
from pellucid.studio.figures import error_accumulation as figure
from pellucid.studio.figures import style

LECUN = "LeCun 2022, 2023, as a formula: (1 - e)^n"
UNTIL = 200
"""Retries of a step that is tried until it is accepted."""


@dataclass(frozen=True)
class Plan:
    """The size of the experiment."""

    error: float = 0.08
    """Of a simulated step."""
    retries: int = 1
    false_accept: float = 0.3
    terms: tuple[int, ...] = (4, 8, 16, 24)
    """Lengths of simulated chains."""
    simulated: int = 4000
    """Chains at each length."""
    learned: int = 24
    """Terms of the trained model's chains."""
    dimension: int = 64
    training: ChainConfig = field(default_factory=lambda: ChainConfig(steps=260))
    tested: int = 1000
    temperature: float = 1.0


PLANS = {
    "quick": Plan(
        simulated=60, terms=(3, 6), learned=4, dimension=16, training=ChainConfig(3, 8), tested=40
    ),
    "short": Plan(),
}


@dataclass(frozen=True)
class Simulated:
    """Chains right at one length, of so many, and what they took."""

    chains: int
    alone: int
    retried: int
    imperfect: int
    work: float
    """Steps generated for a chain with retries."""


@dataclass(frozen=True)
class Trained:
    """A trained model's chains."""

    chains: int
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
    steps: int
    """Steps tried with verification."""
    refused: int
    cpu_seconds: float
    """Of learning."""


def run(settings: Settings) -> list[Row]:
    """Simulate, train, verify, and draw all in one figure."""
    plan = PLANS["quick" if settings.quick else "short"]
    set_threads(1)
    show = choose_progress()
    simulated: dict[int, Simulated] = {}
    with show.task("simulated") as report:
        for k, terms in enumerate(plan.terms):
            folder = settings.output / f"simulated-{terms}"
            simulated[terms] = once(folder, Simulated, partial(simulate, plan, terms, seed=terms))
            report((k + 1) / len(plan.terms), {"terms": terms})
    jobs = [make_job(plan, seed, settings.output) for seed in range(settings.seeds)]
    trained = fan_out(measure, [(plan, job) for job in jobs], progress=show)
    drawn = figure.draw(_figure(plan, simulated, trained))
    style.save(drawn, settings.output / "figures", "error-accumulation")
    return [*_simulated_rows(plan, simulated), *_trained_rows(plan, trained)]


def make_job(plan: Plan, seed: int, output: Path) -> ChainJob:
    """A transformer that stops learning before it can do it."""
    return ChainJob(
        f"half-learned-{seed}",
        ARITHMETIC,
        (plan.learned,),
        "chain",
        black_box(plan.dimension, 2),
        replace(plan.training, seed=seed),
        output,
        tested=plan.tested,
        lines=2 * plan.learned,
        places=3 * plan.learned,
    )


def simulate(plan: Plan, terms: int, *, seed: int) -> Simulated:
    """Chains whose steps are wrong with a known probability: alone, retried, badly verified."""
    task = PrefixArithmetic(MODULUS[ARITHMETIC], terms)
    random = np.random.default_rng(seed)
    problems = [p for p, _ in task.examples(task.draw(random, plan.simulated))]
    generator = FaultyGenerator(task.right, _other_value, plan.error)

    alone = solve_many(problems, generator, random=random)
    retried = solve_many(problems, generator, task, retries=plan.retries, random=random)
    # Of steps alone: the task's verifier of answers would find what the other let pass.
    weak = FaultyVerifier(StepVerifier(task.step), random, false_accept=plan.false_accept)
    imperfect = solve_many(problems, generator, weak, retries=UNTIL, random=random)
    return Simulated(
        len(problems),
        sum(_sound(task, p, s.chain) for p, s in zip(problems, alone, strict=True)),
        sum(s.verified for s in retried),
        sum(_sound(task, p, s.chain) for p, s in zip(problems, imperfect, strict=True)),
        sum(s.work.proposals for s in retried) / len(problems),
    )


def _other_value(right: Proposal[str], random: np.random.Generator) -> Proposal[str]:
    p = MODULUS[ARITHMETIC]
    return replace(right, step=str((int(right.step) + int(random.integers(1, p))) % p))


def _sound(task: PrefixArithmetic, problem: str, chain: Sequence[str]) -> bool:
    """Whether every step holds."""
    return bool(chain) and _first_wrong(task, problem, chain) > len(task.solution(problem))


def _first_wrong(task: PrefixArithmetic, problem: str, chain: Sequence[str]) -> int:
    """The first step that differs from the right chain; one more than there are if none does."""
    right = task.solution(problem)
    for k, (own, true) in enumerate(zip(chain, right, strict=False), start=1):
        if own != true:
            return k
    return len(right) + 1 if len(chain) == len(right) else len(chain) + 1


def measure(given: tuple[Plan, ChainJob]) -> Trained:
    """One model, trained, and its chains; or what was measured before."""
    plan, job = given
    set_threads(1)
    learned = answer_one(job)
    name = f"{job.name}-verified"
    return once(job.output / name, Trained, lambda: _measure(plan, job, learned.cpu_seconds))


def _measure(plan: Plan, job: ChainJob, cpu_seconds: float) -> Trained:
    task = PrefixArithmetic(MODULUS[ARITHMETIC], plan.learned)
    random = np.random.default_rng((1, job.training.seed))
    problems = [p for p, _ in task.examples(task.draw(random, plan.tested))]
    model = trained_model(job)

    def logits(tokens: Tensor, length: Tensor) -> Tensor:
        said: Tensor = model(tokens)[torch.arange(len(tokens)), length - 1]
        return said

    generator = TokenGenerator(task, logits, temperature=plan.temperature, longest=2)
    alone = solve_many(problems, generator, random=random, length=plan.learned + 1)
    sound = [_first_wrong(task, p, s.chain) - 1 for p, s in zip(problems, alone, strict=True)]
    mended = solve_many(problems, generator, task, retries=UNTIL, random=random)
    refused = sum(s.work.proposals - len(s.chain) for s in mended)
    return Trained(
        len(problems),
        {str(n): sum(s >= n for s in sound) for n in range(1, plan.learned + 1)},
        sum(_right(task, p, s) for p, s in zip(problems, alone, strict=True)),
        sum(s.verified and _right(task, p, s) for p, s in zip(problems, mended, strict=True)),
        sum(s.answer is None for s in mended),
        sum(s.work.tokens for s in mended) / sum(s.work.tokens for s in alone),
        sum(s.work.proposals for s in mended),
        refused,
        cpu_seconds,
    )


def _right(task: PrefixArithmetic, problem: str, solution: Solution[str]) -> bool:
    """Whether the answer is right, as Horner's scheme says."""
    return (
        solution.answer is not None
        and task.answer(problem, solution.chain).judgement is Judgement.HOLDS
    )


def _simulated_rows(plan: Plan, found: dict[int, Simulated]) -> list[Row]:
    """Measured and foretold, at every length; the bar is on the greatest distance."""
    e, r, a = plan.error, plan.retries, plan.false_accept
    kinds = {
        "alone, against (1 - e)^n": (
            {n: s.alone for n, s in found.items()},
            {n: unverified_success(e, n) for n in found},
        ),
        "retried, against (1 - e^(r+1))^n": (
            {n: s.retried for n, s in found.items()},
            {n: verified_success(e, n, r) for n in found},
        ),
        "imperfectly verified, against ((1 - e) / (1 - e + e a))^n": (
            {n: s.imperfect for n, s in found.items()},
            {n: imperfect_success(e, n, a) for n in found},
        ),
    }
    longest = max(found)
    rows = []
    for name, (right, foretold) in kinds.items():
        apart = {n: 100 * abs(right[n] / found[n].chains - foretold[n]) for n in found}
        rows.append(
            Row(
                f"simulated {name}: points apart, at most",
                exact(max(apart.values()), found[longest].chains),
                bar=Bar("at most", 2.0),
                published=(Published(0.0, LECUN),) if name.startswith("alone") else (),
                note=f"e = {e:g}, r = {r}, a = {a:g}, n = {', '.join(map(str, found))}; at n = "
                f"{longest} {100 * right[longest] / found[longest].chains:.1f} % of chains, "
                f"foretold {100 * foretold[longest]:.1f}",
            )
        )
    work = {n: s.work / verified_work(e, n, r) for n, s in found.items()}
    rows.append(
        Row(
            f"simulated work with {r} retr{'y' if r == 1 else 'ies'}, over what is foretold",
            exact(work[longest], found[longest].chains),
            null=Null("foretold", 1.0),
        )
    )
    return rows


def _trained_rows(plan: Plan, found: Sequence[Trained]) -> list[Row]:
    of = f"{plan.learned} terms, half learned"
    chains = sum(f.chains for f in found)
    alone = mean([100 * f.answered / f.chains for f in found])
    right = sum(f.verified for f in found)
    answered = chains - sum(f.unknown for f in found)
    error = sum(f.refused for f in found) / sum(f.steps for f in found)
    whole = sum(f.alone[str(plan.learned)] for f in found)
    return [
        Row(
            f"{of}, alone: answers right",
            alone,
            unit="%",
            bar=Bar("at most", 50.0),
            note=f"sampled at temperature {plan.temperature:g}; "
            f"{max(f.cpu_seconds for f in found):.0f} CPU seconds of learning",
        ),
        Row(
            f"{of}, verified: answers right",
            share(right, chains).times(100),
            unit="%",
            null=Null("alone", alone),
            bar=Bar("at least", 99.9),
            note=f"of the {answered:,} that were given {right:,} are right",
        ),
        Row(
            "tokens generated with verification, over those alone",
            mean([f.work for f in found]),
            bar=Bar("at most", 2.0),
        ),
        Row(
            f"{of}, alone: every step right",
            share(whole, chains).times(100),
            unit="%",
            null=Null("(1 - e)^n of independent errors", 100 * (1 - error) ** plan.learned),
            note=f"e = {error:.4f}, of the steps that were tried where all before were right",
        ),
    ]


def _figure(
    plan: Plan, simulated: dict[int, Simulated], trained: Sequence[Trained]
) -> figure.Accumulation:
    e, r, a = plan.error, plan.retries, plan.false_accept
    chains = sum(f.chains for f in trained)
    steps = range(1, plan.learned + 1)
    tried, refused = sum(f.steps for f in trained), sum(f.refused for f in trained)
    error = refused / tried
    return figure.Accumulation(
        simulated={
            f"alone, e = {e:g}": {n: s.alone / s.chains for n, s in simulated.items()},
            f"{r} retries": {n: s.retried / s.chains for n, s in simulated.items()},
            f"accepts {a:g} of what is wrong": {
                n: s.imperfect / s.chains for n, s in simulated.items()
            },
        },
        foretold=(
            lambda n: unverified_success(e, n),
            lambda n: verified_success(e, n, r),
            lambda n: imperfect_success(e, n, a),
        ),
        trained={n: sum(f.alone[str(n)] for f in trained) / chains for n in steps},
        error=error,
        verified=sum(f.verified for f in trained) / chains,
    )
