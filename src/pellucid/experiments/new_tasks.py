"""Claim: who learned from enough tasks does new ones, which is more than new samples of old ones.

Functions that share their features are learned in context, from some tasks or from many, and asked
for samples that were learned from, for new samples of the same tasks, and for tasks that are new
(Raventos et al. 2023, arXiv 2306.15063). Beside: weights that adapt to a new task, from those of
other tasks and from random ones, by the same examples.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import torch
from torch import Tensor

from pellucid.experiments.fan_out import fan_out
from pellucid.experiments.once import once_a_job
from pellucid.experiments.rows import Bar, Null, Published, Row, Settings
from pellucid.experiments.statistics import Measured, exact, mean
from pellucid.learning.progress import choose_progress
from pellucid.reasoning.learned.adaptation import (
    STARTS,
    AdaptationConfig,
    Start,
    Weights,
    adapt,
    learn_shared,
)
from pellucid.reasoning.learned.function_family import FunctionFamily, Pool, Sequences
from pellucid.reasoning.learned.in_context import (
    InContextConfig,
    InContextRegressor,
    learn_in_context,
)
from pellucid.studio.figures import new_tasks as figure
from pellucid.studio.figures import style

OLD, SAMPLES, TASKS = "samples learned from", "new samples of those tasks", "new tasks"
UNTRAINED, RIDGE, KNOWN = "untrained", "ridge on the true features", "the tasks learned from, known"
RATES = (3e-3, 1e-2, 3e-2, 1e-1)
"""Of which each way to adapt is given the best, by tasks that are asked for nothing else."""
ALIKE = 3.0
"""Points within which new tasks are done as well as new samples of old ones."""
RAVENTOS = Published(
    64,
    "Raventos et al. 2023 (arXiv 2306.15063), section 3.1",
    "linear regression of 8 dimensions, 16 examples: up to about so many tasks, new ones are done "
    "far worse than by ridge",
)


@dataclass(frozen=True)
class Plan:
    """The size of the experiment."""

    counts: tuple[int, ...] = (4, 16, 64, 1024)
    """Tasks that are learned from."""
    pool: int = 64
    """Examples of each of them."""
    in_context: InContextConfig = field(default_factory=InContextConfig)
    adaptation: AdaptationConfig = field(default_factory=AdaptationConfig)
    tested: int = 4000
    """Sequences of each kind that are asked in context."""
    adapted: int = 500
    """New tasks to which weights adapt: the first of those."""
    validated: int = 100


PLANS = {
    "quick": Plan(
        (2, 8), 10, InContextConfig(steps=3), AdaptationConfig(steps=3, adapted=3), 20, 10, 5
    ),
    "short": Plan(),
}


@dataclass(frozen=True)
class Job:
    """Who learns from so many tasks, of one seed."""

    name: str
    plan: Plan
    tasks: int
    seed: int
    output: Path


@dataclass(frozen=True)
class Errors:
    """Mean squared errors in percent of the mean square of the true values."""

    in_context: dict[str, float]
    adapted: dict[str, float]
    """On new tasks, by where the weights begin and which of them learn."""
    best: dict[str, float]
    """References on new tasks."""

    def of(self, kind: str) -> float:
        """The error of a kind, whichever of them it is."""
        return {**self.in_context, **self.adapted, **self.best}[kind]


def run(settings: Settings) -> list[Row]:
    """All numbers of tasks and all seeds side by side, the largest first."""
    plan = PLANS["quick" if settings.quick else "short"]
    jobs = [
        Job(f"tasks-{count}-seed-{s}", plan, count, s, settings.output)
        for count in sorted(plan.counts, reverse=True)
        for s in range(settings.seeds)
    ]
    answers = fan_out(measure, jobs, progress=choose_progress())
    found: dict[int, list[Errors]] = {count: [] for count in plan.counts}
    for job, answer in zip(jobs, answers, strict=True):
        found[job.tasks].append(answer)
    style.save(figure.draw(*_drawn(found)), settings.output / "figures", "new-tasks")
    return rows(plan, found)


@once_a_job(Errors)
def measure(job: Job) -> Errors:
    """One job; or what was measured before."""
    plan, family = job.plan, FunctionFamily(seed=job.seed)
    examples = plan.in_context.examples
    pool = Pool.of(family, job.tasks, plan.pool, torch.Generator().manual_seed(1000 + job.seed))
    # Of one seed all jobs are asked for the same new tasks.
    draw = torch.Generator().manual_seed(10**6 + job.seed)
    new = family.sample(family.tasks(plan.tested, draw), examples, draw)
    validation = family.sample(family.tasks(plan.validated, draw), examples, draw)
    old = pool.draw(plan.tested, examples, draw)
    chosen = torch.randint(job.tasks, (plan.tested,), generator=draw)
    seen = family.sample(pool.tasks[chosen], examples, draw)
    model = learn_in_context(pool, plan.in_context, seed=job.seed)
    asked = {OLD: old, SAMPLES: seen, TASKS: new}
    said = {name: error(_say(model, shown), shown) for name, shown in asked.items()}
    said[UNTRAINED] = error(_say(_untrained(plan.in_context, job.seed), new), new)
    shared = learn_shared(pool, plan.adaptation, seed=job.seed)
    few = Sequences(*(part[: plan.adapted] for part in (new.x, new.y, new.true)))
    adapted = {start: _adapted(plan, shared, validation, few, start) for start in STARTS}
    best = {RIDGE: error(family.ridge(new), new), KNOWN: error(family.known(new, pool.tasks), new)}
    return Errors(said, {str(start): value for start, value in adapted.items()}, best)


def error(said: Tensor, shown: Sequences) -> float:
    """The mean squared error of what is said of the last x, in percent of the mean square."""
    true = shown.true[:, -1]
    return float(100 * (said - true).square().mean() / true.square().mean())


@torch.no_grad()
def _say(model: InContextRegressor, shown: Sequences) -> Tensor:
    said: Tensor = model(shown.x, shown.y)[:, -1]
    return said


def _untrained(config: InContextConfig, seed: int) -> InContextRegressor:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return InContextRegressor(config).eval()


def _adapted(
    plan: Plan, shared: Weights, validation: Sequences, new: Sequences, start: Start
) -> float:
    """The error after adapting, at the rate that is best for other new tasks."""

    def at(rate: float, shown: Sequences, seed: int) -> float:
        said = adapt(shared, shown, start, plan.adaptation, learning_rate=rate, seed=seed)
        return error(said, shown)

    best = min(RATES, key=lambda rate: at(rate, validation, 0))
    return at(best, new, 1)


def _over(found: Sequence[Errors], kind: str) -> Measured:
    return mean([f.of(kind) for f in found])


def _apart(found: Sequence[Errors], one: str, other: str) -> Measured:
    """One error less another, seed by seed."""
    return mean([f.of(one) - f.of(other) for f in found])


def rows(plan: Plan, found: Mapping[int, Sequence[Errors]]) -> list[Row]:
    """The table."""
    few, many = min(found), max(found)
    shown = plan.in_context.examples - 1
    return [
        *(_count_row(plan, count, found[count], many) for count in found),
        _lower(
            f"{few:,} tasks: points lost from new samples to new tasks",
            _apart(found[few], TASKS, SAMPLES),
        ),
        _most_row(found),
        Row(
            f"{many:,} tasks: points lost from new samples to new tasks",
            _apart(found[many], TASKS, SAMPLES),
            unit="points",
            bar=Bar("at most", ALIKE),
            null=Null(f"{few:,} tasks", _apart(found[few], TASKS, SAMPLES)),
        ),
        Row(
            f"new tasks, {shown} examples, a head adapted to features of {many:,} tasks: error",
            _over(found[many], "head"),
            unit="%",
            null=Null("from scratch, same examples and steps", _over(found[many], "scratch")),
            note=f"in context {_over(found[many], TASKS).value:.1f} %; all weights adapted "
            f"{_over(found[many], 'all').value:.1f} %; {RIDGE} "
            f"{_over(found[many], RIDGE).value:.1f} %; each way at its best rate of {len(RATES)}",
        ),
        _lower(
            "points that the other tasks are worth to the head, against scratch",
            _apart(found[many], "scratch", "head"),
        ),
        Row(
            "points that they are worth to adapting all weights, against scratch",
            _apart(found[many], "scratch", "all"),
            unit="points",
        ),
    ]


def _count_row(plan: Plan, count: int, found: Sequence[Errors], many: int) -> Row:
    """What is found in context, after learning from so many tasks."""
    return Row(
        f"new tasks in context, learned from {count:,} tasks: error",
        _over(found, TASKS),
        unit="%",
        null=Null("untrained", _over(found, UNTRAINED)),
        bar=Bar("at most", 50.0) if count == many else None,
        note=f"{plan.in_context.examples - 1} examples; of {OLD} {_over(found, OLD).value:.1f} %, "
        f"of {SAMPLES} {_over(found, SAMPLES).value:.1f} %; {RIDGE} "
        f"{_over(found, RIDGE).value:.1f} %; {KNOWN} {_over(found, KNOWN).value:.1f} %",
    )


def _most_row(found: Mapping[int, Sequence[Errors]]) -> Row:
    gaps = {count: _apart(errors, TASKS, SAMPLES).value for count, errors in found.items()}
    return Row(
        f"the most tasks from which new ones are over {ALIKE:.0f} points worse than new samples",
        exact(max((count for count, gap in gaps.items() if gap > ALIKE), default=0)),
        published=(RAVENTOS,),
        note="points lost: "
        + ", ".join(f"{gap:.1f} from {count:,} tasks" for count, gap in gaps.items()),
    )


def _lower(quantity: str, gap: Measured) -> Row:
    """A gap whose whole interval is to lie above 0."""
    return Row(
        f"{quantity}: lower end",
        exact(gap.low, gap.n),
        unit="points",
        bar=Bar("at least", 0.001),
        note=f"the gap is {gap.value:.1f} [{gap.low:.1f}, {gap.high:.1f}]",
    )


def _drawn(found: Mapping[int, Sequence[Errors]]) -> tuple[figure.ByTasks, figure.ByTasks]:
    """Of both panels, errors by what was asked and the number of tasks, of each seed."""

    def of(kinds: Mapping[str, str]) -> figure.ByTasks:
        return {
            label: {count: [error.of(kind) for error in errors] for count, errors in found.items()}
            for label, kind in kinds.items()
        }

    asked = {name: name for name in (OLD, SAMPLES, TASKS, KNOWN, RIDGE)}
    adapted = {
        "from scratch": "scratch",
        "all weights adapted": "all",
        "head adapted": "head",
        "in context": TASKS,
        RIDGE: RIDGE,
    }
    return of(asked), of(adapted)
