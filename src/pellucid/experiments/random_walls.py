"""Claim: the agent plans in rooms whose wall and door it has never seen together."""

from __future__ import annotations

from pellucid.agent.recipes import random_walls
from pellucid.experiments.framework import Settings
from pellucid.experiments.rows import Bar, Published, Row
from pellucid.experiments.trained import Ground, over_seeds, train_all
from pellucid.learning.progress import choose_progress

PUBLISHED = (
    Published(0.97, "eb_jepa, ac_video_jepa", "random walls, also in training; 65 px, MPPI"),
)


def run(settings: Settings) -> list[Row]:
    """Train on four fifths of the places of wall and door, measure on the last fifth."""
    show = choose_progress()
    ground = Ground.prepare(random_walls(), settings, progress=show)
    jobs = [ground.job(f"main-{seed}", seed=seed) for seed in range(settings.seeds)]
    measures = train_all(jobs, progress=show)
    null, ceiling = ground.floor_and_ceiling()
    success = Row(
        f"success on unseen walls and doors, mean of {settings.seeds} seeds",
        over_seeds(measures),
        published=PUBLISHED,
        null=null,
        bar=Bar("at least", 0.85),
        note=f"100 tasks, 100 steps; training at most {max(m.minutes for m in measures):.1f} min "
        "on one core",
    )
    return [success, *ceiling]
