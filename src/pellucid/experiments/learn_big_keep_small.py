"""Claim: what a large network learned, a small one can hold that would not have learned it.

Sparse parity: a wide network learns it; narrow ones of several widths learn it from labels, from
the wide one's last answers, or from its answers while it learned (Panigrahi et al. 2024, arXiv
2410.05464). Data, steps and optimiser are the same for all; the wide one's own learning is what is
invested.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from pellucid.experiments.fan_out import fan_out
from pellucid.experiments.mortal_ground import HINTON
from pellucid.experiments.once import SeedJob, once_a_job
from pellucid.experiments.rows import Bar, Null, Published, Row, Settings
from pellucid.experiments.statistics import Measured, exact, mean
from pellucid.learning.progress import choose_progress
from pellucid.reasoning.learned.parity import Parity, Weights, learn_parity, share_right
from pellucid.studio.figures import kept_small as figure
from pellucid.studio.figures import style

LABELS, LAST, WAY = "alone, from labels", "the large one's last answers", "its answers on the way"
TESTED = 4000


@dataclass(frozen=True)
class Plan:
    """The size of the experiment."""

    task: Parity = field(default_factory=Parity)
    large: int = 1024
    """Hidden units."""
    small: tuple[int, ...] = (8, 16, 32, 64)
    keep: int = 100
    """Steps between two states of the large network that teach."""
    times: int = 4
    """Networks of each kind in a job; there is a job a seed."""


PLANS = {
    "quick": Plan(Parity(12, 3, 60), 64, (4, 8), 20, 2),
    "short": Plan(),
}


Job = SeedJob[Plan]


@dataclass(frozen=True)
class Kept:
    """Percent right on samples that were never seen, of each network."""

    large: list[float]
    small: dict[str, dict[str, list[float]]]
    """By how it learned, and by the units."""


def run(settings: Settings) -> list[Row]:
    """All seeds side by side."""
    plan = PLANS["quick" if settings.quick else "short"]
    jobs = [Job(f"seed-{s}", plan, s, settings.output) for s in range(settings.seeds)]
    found = fan_out(measure, jobs, progress=choose_progress())
    large = [share for f in found for share in f.large]
    small = {
        way: {units: [x for f in found for x in f.small[way][str(units)]] for units in plan.small}
        for way in (LABELS, LAST, WAY)
    }
    drawn = figure.draw(small, large=(plan.large, large))
    style.save(drawn, settings.output / "figures", "kept-small")
    return rows(plan, large, small)


@once_a_job(Kept)
def measure(job: Job) -> Kept:
    """One job; or what was measured before."""
    plan, seeds = job.plan, job.plan.times

    def percent(weights: Weights) -> list[float]:
        shares = share_right(plan.task, weights, tested=TESTED, seed=10**6 + job.seed)
        return [round(100 * share, 6) for share in shares.tolist()]

    large, states = learn_parity(plan.task, plan.large, seeds, seed=job.seed, keep=plan.keep)
    small: dict[str, dict[str, list[float]]] = {}
    for way, teachers in ((LABELS, []), (LAST, [large]), (WAY, states)):
        small[way] = {}
        for units in plan.small:
            # The same first weights and the same samples, however it is taught.
            own = 1000 + 100 * job.seed + units
            learned, _ = learn_parity(plan.task, units, seeds, seed=own, teachers=teachers)
            small[way][str(units)] = percent(learned)
    return Kept(percent(large), small)


def rows(plan: Plan, large: list[float], small: dict[str, dict[int, list[float]]]) -> list[Row]:
    """The table."""
    task = plan.task
    table = [
        Row(
            f"the large network, {plan.large} units: answers right",
            mean(large),
            unit="%",
            null=Null("chance", 50.0),
            bar=Bar("at least", 99.0),
            note=f"parity of {task.relevant} of {task.inputs} inputs, {task.steps:,} steps of "
            f"{task.batch} new samples",
        )
    ]
    for units in plan.small:
        alone, last, way = (small[kind][units] for kind in (LABELS, LAST, WAY))
        gap = _gap(way, alone)
        table += [
            Row(
                f"{units} units: points that its teacher's answers on the way are worth",
                gap,
                unit="points",
                null=Null("the teacher's last answers", _gap(last, alone).value),
            ),
            Row(
                f"{units} units: lower end of that interval",
                exact(gap.low, gap.n),
                unit="points",
                bar=Bar("at least", 0.001),
            ),
            Row(
                f"{units} units, taught on the way: answers right",
                mean(way),
                unit="%",
                null=Null("alone, same data and budget", mean(alone)),
                published=(Published(99.26, HINTON, "MNIST, 800 units; 98.54 alone"),),
                note=f"{sum(a >= 99 for a in alone)} of {len(alone)} alone reach 99 %, "
                f"{sum(a >= 99 for a in way)} taught",
            ),
        ]
    return table


def _gap(one: list[float], other: list[float]) -> Measured:
    return mean([a - b for a, b in zip(one, other, strict=True)])
