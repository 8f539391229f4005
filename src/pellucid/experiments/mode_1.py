"""Claim: a policy distilled from plans acts nearly as well, at a fraction of the time."""

from __future__ import annotations

from pellucid.agent.recipes import demo
from pellucid.experiments.framework import Settings
from pellucid.experiments.rows import Bar, Null, Published, Row
from pellucid.experiments.statistics import mean
from pellucid.experiments.trained import Ground, Measure, train_all
from pellucid.learning.progress import choose_progress

PUBLISHED = (
    Published(
        1 / 100,
        "inverse-dynamics head on a frozen LeWorldModel (arXiv 2605.08732)",
        "matches or beats CEM in 7 of 8 settings at 1/100 to 1/130 of its cost; secondary source",
    ),
)


def run(settings: Settings) -> list[Row]:
    """Train, distil, and compare both modes on the same tasks."""
    show = choose_progress()
    ground = Ground.prepare(demo(), settings, progress=show)
    jobs = [ground.job(f"main-{seed}", seed=seed, distill=True) for seed in range(settings.seeds)]
    measures = train_all(jobs, progress=show)
    execute = ground.recipe.training.configuration.planning.execute
    return [
        Row(
            "success of Mode-1 over success of Mode-2",
            mean([_kept(m) for m in measures]),
            null=Null("a policy that was not taught", 0.0),
            bar=Bar("at least", 0.8),
            note="success by planning "
            + ", ".join(f"{m.success:.0%}" for m in measures)
            + "; by reacting "
            + ", ".join(f"{(m.reacting_solved or 0) / m.tasks:.0%}" for m in measures),
        ),
        Row(
            "time of a decision, Mode-1 over Mode-2",
            mean([_ratio(m) for m in measures]),
            published=PUBLISHED,
            bar=Bar("at most", 1 / 50),
            note="from picture to action, one world, one thread; Mode-2: "
            f"{1000 * measures[0].seconds_per_plan:.0f} ms for a plan",
        ),
        Row(
            "the same for each executed action",
            mean([execute * _ratio(m) for m in measures]),
            note=f"a plan yields {execute} actions",
        ),
    ]


def _kept(measure: Measure) -> float:
    return (measure.reacting_solved or 0) / max(measure.solved, 1)


def _ratio(measure: Measure) -> float:
    return (measure.seconds_per_reaction or 0.0) / max(measure.seconds_per_plan, 1e-9)
