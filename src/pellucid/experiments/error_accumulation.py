"""Claim: errors that add up along a chain are mended step by step, at little cost.

Generators and verifiers with known faults, against the formulas of independent errors; and a
transformer that learned arithmetic, sampled so hot that it errs, alone and with a verifier of its
steps. Its errors need not be independent: how far its chains are from the formula is measured.
Last, answers that are not written at all, but found as a whole by their energy.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import partial

import numpy as np

from pellucid.experiments.chain_jobs import ARITHMETIC, MODULUS
from pellucid.experiments.error_accumulation_model import (
    UNTIL,
    Hot,
    Trained,
    first_wrong,
    make_job,
    measure,
)
from pellucid.experiments.error_accumulation_whole import (
    Found,
    Squares,
    SquaresJob,
    measure_squares,
    squares_rows,
)
from pellucid.experiments.fan_out import fan_out
from pellucid.experiments.once import once
from pellucid.experiments.rows import Bar, Null, Published, Row, Settings
from pellucid.experiments.statistics import exact, mean, share
from pellucid.learning.device import set_threads
from pellucid.learning.progress import choose_progress
from pellucid.reasoning import FaultyGenerator, FaultyVerifier, solve_many
from pellucid.reasoning.accumulation import (
    imperfect_success,
    unverified_success,
    verified_success,
    verified_work,
)
from pellucid.reasoning.generation import Proposal
from pellucid.reasoning.learned.training import ChainConfig
from pellucid.reasoning.tasks.latin_square import LatinSquare
from pellucid.reasoning.tasks.prefix import PrefixArithmetic
from pellucid.reasoning.verification import StepVerifier
from pellucid.studio.figures import error_accumulation as figure
from pellucid.studio.figures import style

LECUN = "LeCun 2022, 2023, as a formula: (1 - e)^n"


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
    model: Hot = field(default_factory=Hot)
    squares: Squares = field(default_factory=Squares)


PLANS = {
    "quick": Plan(
        simulated=60,
        terms=(3, 6),
        model=Hot((2, 4), 4, dimension=16, training=ChainConfig(3, 8), tested=40),
        squares=Squares(LatinSquare(3), 16, 1, ChainConfig(3, 8), (1, 2), 20),
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
    jobs = [make_job(plan.model, seed, settings.output) for seed in range(settings.seeds)]
    trained = fan_out(measure, [(plan.model, job) for job in jobs], progress=show)
    whole = [
        SquaresJob(f"squares-{seed}", plan.squares, seed, settings.output)
        for seed in range(settings.seeds)
    ]
    squares = fan_out(measure_squares, whole, progress=show)
    drawn = figure.draw(_figure(plan, simulated, trained, squares))
    style.save(drawn, settings.output / "figures", "error-accumulation")
    return [
        *_simulated_rows(plan, simulated),
        *_trained_rows(plan, trained),
        *squares_rows(plan.squares, squares),
    ]


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
    return bool(chain) and first_wrong(task, problem, chain) > len(task.solution(problem))


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
                f"simulated {name}: apart, at most",
                exact(max(apart.values()), found[longest].chains),
                unit="points",
                bar=Bar("at most", 2.0),
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
    terms, chains = plan.model.terms, sum(f.chains for f in found)
    alone = mean([100 * f.answered / f.chains for f in found])
    right = sum(f.verified for f in found)
    answered = chains - sum(f.unknown for f in found)
    whole = mean([100 * f.alone[str(terms)] / f.chains for f in found])
    foretold = mean([100 * unverified_success(f.error, terms) for f in found])
    errors = ", ".join(f"{f.error:.3f}" for f in found)
    heat = ", ".join(f"{f.temperature:g}" for f in found)
    return [
        Row(
            f"a transformer's chains of {terms}, alone: answers right",
            alone,
            unit="%",
            null=Null("chance", 100 / MODULUS[ARITHMETIC]),
            bar=Bar("at most", 50.0),
            note=f"sampled at temperature {heat}; at temperature 1 "
            f"{mean([100 * f.at_one / f.chains for f in found]).value:.1f} % are right; learned in "
            f"{max(f.cpu_seconds for f in found):.0f} CPU seconds",
        ),
        Row(
            "the same, verified: answers right",
            share(right, chains).times(100),
            unit="%",
            null=Null("alone", alone),
            bar=Bar("at least", 99.9),
            note=f"of the {answered:,} that were given {right:,} are right",
        ),
        Row(
            "tokens generated with verification, over those alone, most of all seeds",
            exact(max(f.work for f in found), len(found)),
            null=Null("mean", mean([f.work for f in found])),
            bar=Bar("at most", 2.0),
        ),
        Row(
            "the same, alone: every step right",
            whole,
            unit="%",
            published=(
                Published(foretold.value, LECUN, "with the measured e: were errors independent"),
            ),
            note=f"e = {errors}, of steps before which all were right",
        ),
    ]


def _figure(
    plan: Plan,
    simulated: dict[int, Simulated],
    trained: Sequence[Trained],
    squares: Sequence[Found],
) -> figure.Accumulation:
    e, r, a = plan.error, plan.retries, plan.false_accept
    passes = plan.squares.passes
    return figure.Accumulation(
        simulated={
            f"alone, e = {e:g}": {n: s.alone / s.chains for n, s in simulated.items()},
            f"{r} retr{'y' if r == 1 else 'ies'}": {
                n: s.retried / s.chains for n, s in simulated.items()
            },
            f"accepts {a:g} of what is wrong": {
                n: s.imperfect / s.chains for n, s in simulated.items()
            },
        },
        foretold=(
            lambda n: unverified_success(e, n),
            lambda n: verified_success(e, n, r),
            lambda n: imperfect_success(e, n, a),
        ),
        trained=[
            figure.Trained(
                {int(n): count / f.chains for n, count in f.alone.items()},
                f.error,
                f.verified / f.chains,
            )
            for f in trained
        ],
        whole={
            "as a whole": {k: mean([f.whole[str(k)] for f in squares]).value for k in passes},
            "likeliest of as many written": {
                k: mean([f.written[str(k)] for f in squares]).value for k in passes
            },
        },
    )
