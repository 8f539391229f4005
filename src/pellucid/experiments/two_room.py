"""Claim: an agent that learned two rooms from pixels, without reward, plans through their door.

The same table compares what keeps states from collapsing (SIGReg, VICReg, coding rate), each with
and without the inverse-dynamics term, at one equal and smaller budget.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Literal

from pellucid.agent.evaluation import random_floor, simulator_ceiling
from pellucid.agent.job import gather
from pellucid.agent.recipes import Recipe, two_room
from pellucid.agent.tasks import ArenaTasks
from pellucid.agent.training import TrainingConfig
from pellucid.experiments.framework import Settings
from pellucid.experiments.rows import Bar, Null, Published, Row
from pellucid.experiments.statistics import Measured, mean, share
from pellucid.experiments.trained import Measure, TrainJob, quick, small_record, train_all
from pellucid.learning.progress import choose_progress
from pellucid.learning.schedule import Schedule
from pellucid.worlds.environments.manifests import load_manifest

EXPERIENCE = Path("experience")
BUDGET_STEPS = 400
"""Training steps of each row of the comparison."""

PUBLISHED = (
    Published(
        0.87,
        "LeWorldModel (arXiv 2603.19312)",
        "goal 25 steps ahead on a recorded path, 50 steps, 224 px; as in stable-worldmodel's table",
    ),
    Published(
        0.978,
        "PLDM (arXiv 2502.14819), Table 2, good data",
        "fixed wall, goal in the other room, 64 px, 200 steps",
    ),
    Published(
        1.00,
        "DINO-WM (arXiv 2411.04983)",
        "frozen DINOv2 encoder; protocol as LeWorldModel's, in the same table",
    ),
    Published(
        0.97,
        "eb_jepa, ac_video_jepa",
        "random walls, goal in the other room, 65 px, MPPI, 200 samples x 20 rounds each step",
    ),
)

Anticollapse = Literal["sigreg", "vicreg", "coding-rate"]
VARIANTS: tuple[tuple[str, Anticollapse, float, float], ...] = (
    ("SIGReg", "sigreg", 0.1, 0.0),
    ("VICReg", "vicreg", 1.0, 1.0),
    ("coding rate", "coding-rate", 0.03, 1.0),
)
"""Name, objective, its weight, and the weight of temporal similarity that belongs to it."""


def run(settings: Settings) -> list[Row]:
    """Train, compare, and measure on the committed manifest."""
    recipe = two_room()
    place = str(EXPERIENCE / "TwoRoom-v0-two-room")
    limit, steps, budget = None, recipe.training.schedule.steps, BUDGET_STEPS
    if settings.quick:
        training = quick(recipe.training)
        recipe = replace(recipe, record=small_record(recipe.record), training=training)
        place, limit, steps, budget = str(settings.output / "experience"), 4, 4, 2
    show = choose_progress()
    gather(recipe.record, place, progress=show)
    main = [
        _job(recipe, settings, place, f"main-{seed}", seed=seed, steps=steps, limit=limit)
        for seed in range(settings.seeds)
    ]
    seeds = range(1 if settings.quick else settings.seeds)
    compared = [
        _variant(recipe, settings, place, variant, inverse, seed, steps=budget, limit=limit)
        for variant in VARIANTS
        for inverse in (True, False)
        for seed in seeds
    ]
    measures = train_all([*main, *compared], progress=show)
    tasks = ArenaTasks(load_manifest(recipe.tasks))
    floor = random_floor(tasks)
    null = Null("random actions", share(floor.solved, len(floor.episodes)))
    rows = [_success(measures[: len(main)], null, settings)]
    planning, cost = recipe.training.configuration.planning, recipe.training.configuration.cost
    if not settings.quick:
        ceiling = simulator_ceiling(tasks, planning, cost=cost)
        rows.append(Row("ceiling: same planner, true physics", share(ceiling.solved, len(tasks))))
    rows += _comparison(measures[len(main) :], len(seeds), budget, recipe.training.world.dimension)
    return rows


def _success(measures: Sequence[Measure], null: Null, settings: Settings) -> Row:
    minutes = max(m.minutes for m in measures)
    speed = sum(m.frames_per_second for m in measures) / len(measures)
    return Row(
        f"success, mean of {settings.seeds} seeds",
        over_seeds(measures),
        published=PUBLISHED,
        null=null,
        bar=Bar("at least", 0.95),
        note=f"100 tasks through the door, 100 steps; each training at most {minutes:.1f} min on "
        f"one core, {speed:.0f} frames/s",
    )


def over_seeds(measures: Sequence[Measure]) -> Measured:
    """The mean over seeds; of a single seed, its share with the interval over tasks."""
    if len(measures) == 1:
        return share(measures[0].solved, measures[0].tasks)
    return mean([m.success for m in measures])


def _comparison(measures: Sequence[Measure], seeds: int, budget: int, dimension: int) -> list[Row]:
    rows, left = [], list(measures)
    for name, _, _, _ in VARIANTS:
        for inverse in ("with", "without"):
            group, left = left[:seeds], left[seeds:]
            collapsed = sum(m.collapsed for m in group)
            rank = sum(m.effective_rank for m in group) / len(group)
            probe = sum(m.probe_r2 for m in group) / len(group)
            rows.append(
                Row(
                    f"{name}, {inverse} inverse term",
                    over_seeds(group),
                    note=f"all compared at {budget} steps; effective rank {rank:.1f} of "
                    f"{dimension}, linear probe R2 {probe:.2f}"
                    + (f", collapsed {collapsed} of {len(group)}" if collapsed else ""),
                )
            )
    return rows


def _variant(
    recipe: Recipe,
    settings: Settings,
    place: str,
    variant: tuple[str, Anticollapse, float, float],
    inverse: bool,
    seed: int,
    *,
    steps: int,
    limit: int | None,
) -> TrainJob:
    _, kind, weight, similarity = variant
    criteria = replace(
        recipe.training.criteria,
        anticollapse=kind,
        anticollapse_weight=weight,
        similarity=similarity,
        inverse=recipe.training.criteria.inverse if inverse else 0.0,
    )
    # A collapsed variant is a result of the comparison, so none is stopped.
    changed = replace(recipe, training=replace(recipe.training, criteria=criteria, grace=10**9))
    name = f"{kind}-{'inverse' if inverse else 'alone'}-{seed}"
    return _job(changed, settings, place, name, seed=seed, steps=steps, limit=limit)


def _job(
    recipe: Recipe,
    settings: Settings,
    place: str,
    name: str,
    *,
    seed: int,
    steps: int,
    limit: int | None,
) -> TrainJob:
    return TrainJob(
        name=name,
        experience=place,
        training=one_core(recipe.training, seed=seed, steps=steps),
        tasks=recipe.tasks,
        output=settings.output,
        limit=limit,
    )


def one_core(training: TrainingConfig, *, seed: int, steps: int) -> TrainingConfig:
    """The training of one seed on one core, beside others."""
    schedule: Schedule = replace(training.schedule, steps=steps)
    return replace(training, schedule=schedule, seed=seed, threads=1, batch=min(training.batch, 32))
