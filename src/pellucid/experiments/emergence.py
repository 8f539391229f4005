"""Claim: what seems to emerge at some scale is a smooth gain, seen through a threshold.

Networks of one family and many widths learn the steps of a chain. How likely they say the right
step is a continuous measure of them; whether all steps of a chain are right is a thresholded one
(Schaeffer et al. 2023, arXiv 2304.15004). The same test looks for a break in both, and for one that
was planted in the first.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
import torch

from pellucid.experiments.fan_out import fan_out
from pellucid.experiments.once import SeedJob, once_a_job
from pellucid.experiments.rows import Bar, Null, Published, Row, Settings
from pellucid.experiments.statistics import exact, mean
from pellucid.learning.progress import choose_progress
from pellucid.reasoning.breaks import Break, find_break, power
from pellucid.reasoning.learned.stepper import StepTask, chains_right, learn_steps, step_nats
from pellucid.studio.figures import emergence as figure
from pellucid.studio.figures import style

LEVEL = 0.05
SCHAEFFER = "Schaeffer et al. 2023 (arXiv 2304.15004)"


@dataclass(frozen=True)
class Plan:
    """The size of the experiment."""

    task: StepTask = field(default_factory=lambda: StepTask(modulus=7, steps=600))
    widths: tuple[int, ...] = (4, 5, 6, 7, 8, 9, 10, 11, 12, 14, 16, 18, 20, 24, 28, 32, 40, 48, 64)
    terms: tuple[int, ...] = (1, 4, 8, 12)
    """Lengths of chains; the last is shown."""
    times: int = 6
    """Networks of each width in a job; there is a job a seed."""
    tested: int = 1000
    planted: float = 1.0
    """The height of a planted break, in the logarithm of nats: a factor of e."""


PLANS = {
    "quick": Plan(StepTask(5, 8, 16), tuple(range(2, 13)), (1, 3), 2, 40),
    "short": Plan(),
}


Job = SeedJob[Plan]


@dataclass(frozen=True)
class Scaled:
    """Of each width, the networks' measures."""

    parameters: list[int]
    nats: list[list[float]]
    """Of the right step."""
    right: dict[str, list[list[float]]]
    """By the number of terms, the share of chains all of whose steps are right."""


def run(settings: Settings) -> list[Row]:
    """Measure every width, test both curves for a break."""
    plan = PLANS["quick" if settings.quick else "short"]
    jobs = [Job(f"seed-{s}", plan, s, settings.output) for s in range(settings.seeds)]
    found = fan_out(measure, jobs, progress=choose_progress())
    scales = found[0].parameters
    nats = _together([f.nats for f in found])
    right = {n: _together([f.right[str(n)] for f in found]) for n in plan.terms}
    drawn = figure.draw(figure.Emergence(scales, nats, right))
    style.save(drawn, settings.output / "figures", "emergence")
    return rows(plan, scales, nats, right)


@once_a_job(Scaled)
def measure(job: Job) -> Scaled:
    """One job; or what was measured before."""
    plan = job.plan
    found = Scaled([], [], {str(n): [] for n in plan.terms})
    for width in plan.widths:
        model = learn_steps(plan.task, width, plan.times, seed=1000 * job.seed + width)
        draw = torch.Generator().manual_seed(10**6 + 1000 * job.seed + width)
        shares = chains_right(model, terms=plan.terms, tested=plan.tested, generator=draw)
        found.parameters.append(model.parameters_each)
        found.nats.append(step_nats(model).tolist())
        for n, share in zip(plan.terms, shares.tolist(), strict=True):
            found.right[str(n)].append(share)
    return found


def _together(seeds: Sequence[Sequence[Sequence[float]]]) -> list[list[float]]:
    """Of each width, the measures of all seeds."""
    return [[value for seed in seeds for value in seed[k]] for k in range(len(seeds[0]))]


def rows(
    plan: Plan,
    scales: Sequence[int],
    nats: Sequence[Sequence[float]],
    right: Mapping[int, Sequence[Sequence[float]]],
) -> list[Row]:
    """The tests, and what they rest on."""
    random = np.random.default_rng(0)
    smooth = [float(np.log(values).mean()) for values in nats]
    exact_match = {n: [float(np.mean(v)) for v in values] for n, values in right.items()}
    longest = max(exact_match)
    continuous = find_break(scales, smooth, random=random)
    sudden = {n: find_break(scales, y, random=random) for n, y in exact_match.items()}
    half = len(scales) // 2
    planted = [v - plan.planted * (k >= half) for k, v in enumerate(smooth)]
    known = find_break(scales, planted, random=random)
    sees = power(scales, smooth, -plan.planted, random=random, level=LEVEL)
    factor = float(np.exp(plan.planted))
    jump = sudden[longest]
    seen = sum(s.p < LEVEL for n, s in sudden.items() if n > 1)
    other = (continuous.p < LEVEL) + sum(s.p < LEVEL for n, s in sudden.items() if n == 1)

    def tested(quantity: str, found: Break, kind: Literal["at least", "at most"], note: str) -> Row:
        level, p = Null("a break is found below", LEVEL), exact(found.p, len(scales))
        return Row(f"{quantity}: p of a break", p, bar=Bar(kind, LEVEL), null=level, note=note)

    return [
        tested(
            "log nats of a step against scale",
            continuous,
            "at least",
            f"{len(scales)} widths, {scales[0]:,} to {scales[-1]:,} parameters, "
            f"{len(nats[0])} networks each; smooth is a polynomial of degree {continuous.degree} "
            f"in log parameters, {_spread(nats[0])} nats at first and {_spread(nats[-1])} at last",
        ),
        tested(
            f"chains of {longest} all right, against scale",
            jump,
            "at most",
            f"it seems to come at {scales[jump.place]:,} parameters, by "
            f"{100 * jump.step:.0f} points (degree {jump.degree}); from "
            f"{100 * exact_match[longest][0]:.1f} to {100 * exact_match[longest][-1]:.1f} %",
        ),
        tested(
            f"the nats with a planted break by a factor of {factor:.2f}",
            known,
            "at most",
            f"planted at {scales[half]:,} parameters, found at {scales[known.place]:,} "
            f"(degree {known.degree})",
        ),
        Row(
            f"power for a break of the nats by a factor of {factor:.2f}, at any place",
            exact(100 * sees, len(scales)),
            unit="%",
            null=Null("no break", 100 * LEVEL),
        ),
        Row(
            "of the breaks found, those of chains that must be right throughout",
            exact(100 * seen / (seen + other) if seen + other else 0.0, len(sudden) + 1),
            unit="%",
            published=(
                Published(
                    92.0,
                    SCHAEFFER,
                    "of the emergent abilities claimed on BIG-Bench, those seen under multiple "
                    "choice or exact match: more than that",
                ),
            ),
            note="p "
            + ", ".join(f"{s.p:.3f} of {n} step{'s' * (n > 1)}" for n, s in sudden.items()),
        ),
    ]


def _spread(values: Sequence[float]) -> str:
    found = mean(values)
    return f"{found.value:.3g} [{found.low:.3g}, {found.high:.3g}]"
