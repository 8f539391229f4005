"""Claim: a policy distilled from plans acts nearly as well, at a fraction of the time."""

from __future__ import annotations

from dataclasses import replace

from pellucid.agent.job import gather
from pellucid.agent.recipes import demo
from pellucid.experiments.framework import Settings
from pellucid.experiments.rows import Bar, Null, Published, Row
from pellucid.experiments.statistics import mean
from pellucid.experiments.trained import Measure, TrainJob, quick, small_record, train_all
from pellucid.experiments.two_room import EXPERIENCE, one_core
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
    recipe = demo()
    place = str(EXPERIENCE / "TwoRoom-v0-two-room")
    limit, steps, problems = None, recipe.training.schedule.steps, 1024
    if settings.quick:
        training = quick(recipe.training)
        recipe = replace(recipe, record=small_record(recipe.record), training=training)
        place, limit, steps, problems = str(settings.output / "experience"), 4, 4, 8
    show = choose_progress()
    gather(recipe.record, place, progress=show)
    jobs = [
        TrainJob(
            name=f"main-{seed}",
            experience=place,
            training=one_core(recipe.training, seed=seed, steps=steps),
            tasks=recipe.tasks,
            output=settings.output,
            limit=limit,
            distill=True,
            problems=problems,
        )
        for seed in range(settings.seeds)
    ]
    measures = train_all(jobs, progress=show)
    execute = recipe.training.configuration.planning.execute
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
