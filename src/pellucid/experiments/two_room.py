"""Claim: an agent that learned two rooms from pixels, without reward, plans through their door.

The same table compares what keeps states from collapsing (SIGReg, VICReg, coding rate), each with
and without the inverse-dynamics term, at one equal and smaller budget.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Literal

from pellucid.agent.recipes import two_room
from pellucid.experiments.framework import Settings
from pellucid.experiments.rows import Bar, Null, Published, Row
from pellucid.experiments.trained import Ground, Measure, TrainJob, over_seeds, train_all
from pellucid.learning.progress import choose_progress

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
    show = choose_progress()
    ground = Ground.prepare(two_room(), settings, progress=show)
    seeds = range(1 if settings.quick else settings.seeds)
    main = [ground.job(f"main-{seed}", seed=seed) for seed in seeds]
    compared = [
        _variant(ground, variant, inverse, seed)
        for variant in VARIANTS
        for inverse in (True, False)
        for seed in seeds
    ]
    measures = train_all([*main, *compared], progress=show)
    null, ceiling = ground.floor_and_ceiling()
    success = _success(measures[: len(main)], null)
    dimension = ground.recipe.training.world.dimension
    return [success, *ceiling, *_comparison(measures[len(main) :], len(seeds), dimension)]


def _success(measures: Sequence[Measure], null: Null) -> Row:
    minutes = max(m.minutes for m in measures)
    speed = sum(m.frames_per_second for m in measures) / len(measures)
    return Row(
        f"success, mean of {len(measures)} seeds",
        over_seeds(measures),
        published=PUBLISHED,
        null=null,
        bar=Bar("at least", 0.95),
        note=f"100 tasks through the door, 100 steps; each training at most {minutes:.1f} min on "
        f"one core, {speed:.0f} frames/s",
    )


def _comparison(measures: Sequence[Measure], seeds: int, dimension: int) -> list[Row]:
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
                    note=f"all compared at {BUDGET_STEPS} steps; effective rank {rank:.1f} of "
                    f"{dimension}, linear probe R2 {probe:.2f}"
                    + (f", collapsed {collapsed} of {len(group)}" if collapsed else ""),
                )
            )
    return rows


def _variant(
    ground: Ground, variant: tuple[str, Anticollapse, float, float], inverse: bool, seed: int
) -> TrainJob:
    _, kind, weight, similarity = variant
    usual = ground.recipe.training.criteria
    criteria = replace(
        usual,
        anticollapse=kind,
        anticollapse_weight=weight,
        similarity=similarity,
        inverse=usual.inverse if inverse else 0.0,
    )
    name = f"{kind}-{'inverse' if inverse else 'alone'}-{seed}"
    # A collapsed variant is a result of the comparison, so none is stopped.
    return ground.job(name, seed=seed, steps=BUDGET_STEPS, criteria=criteria, grace=10**9)
