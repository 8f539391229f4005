"""Claim: the agent plans in rooms whose wall and door it has never seen together."""

from __future__ import annotations

from dataclasses import replace

from pellucid.agent.evaluation import random_floor, simulator_ceiling
from pellucid.agent.job import gather
from pellucid.agent.recipes import random_walls
from pellucid.agent.tasks import ArenaTasks
from pellucid.experiments.framework import Settings
from pellucid.experiments.rows import Bar, Null, Published, Row
from pellucid.experiments.statistics import share
from pellucid.experiments.trained import TrainJob, quick, small_record, train_all
from pellucid.experiments.two_room import EXPERIENCE, one_core, over_seeds
from pellucid.learning.progress import choose_progress
from pellucid.worlds.environments.manifests import load_manifest

PUBLISHED = (
    Published(0.97, "eb_jepa, ac_video_jepa", "random walls, also in training; 65 px, MPPI"),
)


def run(settings: Settings) -> list[Row]:
    """Train on four fifths of the places of wall and door, measure on the last fifth."""
    recipe = random_walls()
    place = str(EXPERIENCE / "TwoRoom-v0-random-walls")
    limit, steps = None, recipe.training.schedule.steps
    if settings.quick:
        training = quick(recipe.training)
        recipe = replace(recipe, record=small_record(recipe.record), training=training)
        place, limit, steps = str(settings.output / "experience"), 4, 4
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
        )
        for seed in range(settings.seeds)
    ]
    measures = train_all(jobs, progress=show)
    tasks = ArenaTasks(load_manifest(recipe.tasks))
    floor = random_floor(tasks)
    rows = [
        Row(
            f"success on unseen walls and doors, mean of {settings.seeds} seeds",
            over_seeds(measures),
            published=PUBLISHED,
            null=Null("random actions", share(floor.solved, len(floor.episodes))),
            bar=Bar("at least", 0.85),
            note=f"100 tasks, 100 steps; training at most {max(m.minutes for m in measures):.1f} "
            "min on one core",
        )
    ]
    if not settings.quick:
        acting = recipe.training.configuration
        ceiling = simulator_ceiling(tasks, acting.planning, cost=acting.cost)
        rows.append(Row("ceiling: same planner, true physics", share(ceiling.solved, len(tasks))))
    return rows
