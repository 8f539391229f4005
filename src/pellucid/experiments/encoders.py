"""Claim: at equal time white-box encoders perceive for planning as well as black ones.

Every encoder is trained for the same CPU minutes in two worlds: seconds a step are measured first,
and steps = budget / seconds. From then on steps alone end a training; they are kept in the run's
folder, so that a run that was killed goes on with the same ones. The best white box and the best
black one are chosen on validation tasks, and compared on the test tasks.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from pellucid.agent.recipes import Recipe, maze, two_room
from pellucid.experiments.encoders_jobs import (
    Calibration,
    EncoderJob,
    EncoderMeasure,
    calibrate_all,
    encode_all,
    mean_success,
)
from pellucid.experiments.rows import Bar, Null, Published, Row, Settings
from pellucid.experiments.statistics import Measured, mean
from pellucid.experiments.trained import Ground
from pellucid.learning.progress import choose_progress
from pellucid.networks.encoders import BLACK_BOXES, ENCODERS, EncoderConfig

WHITE_BOXES = tuple(kind for kind in ENCODERS if kind not in BLACK_BOXES)
BEHIND = 5.0
"""Points of success by which a box may be behind another one and still be called as good."""

PUBLISHED = {
    ("two-room", "vit"): (
        Published(
            0.87,
            "LeWorldModel (arXiv 2603.19312), ViT",
            "goal 25 steps ahead on a recorded path, 50 steps, 224 px; stable-worldmodel's table",
        ),
    ),
    ("two-room", "conv"): (
        Published(
            0.978,
            "PLDM (arXiv 2502.14819), Table 2, good data, convolutions",
            "fixed wall, goal in the other room, 64 px, 200 steps",
        ),
    ),
    ("maze", "vit"): (
        Published(
            0.98,
            "DINO-WM (arXiv 2411.04983), frozen DINOv2",
            "PointMaze of D4RL, which has velocities; random goals, 224 px",
        ),
    ),
}


@dataclass(frozen=True)
class World:
    """One world in which encoders are compared."""

    name: str
    recipe: Recipe
    minutes: float
    """CPU minutes of each training: fewer than the recipe takes, so that encoders differ."""


WORLDS = (
    World("two-room", two_room(), 1.5),
    World("maze", maze(), 1.5),
)


def run(settings: Settings) -> list[Row]:
    """Calibrate, train every encoder in every world, choose, and compare."""
    show = choose_progress()
    rows: list[Row] = []
    measures: list[EncoderMeasure] = []
    for world in WORLDS:
        # Each world in a folder of its own: their experiences and jobs have the same names.
        place = replace(settings, output=settings.output / world.name)
        ground = Ground.prepare(world.recipe, place, progress=show)
        speeds = calibrate_all([Calibration.of(ground, kind) for kind in ENCODERS], progress=show)
        seconds = dict(zip(ENCODERS, speeds, strict=True))
        jobs = [
            EncoderJob.of(ground, kind, seed=seed, seconds=60 * world.minutes, a_step=seconds[kind])
            for kind in ENCODERS
            for seed in range(settings.seeds)
        ]
        found = encode_all(jobs, progress=show)
        null, ceiling = ground.floor_and_ceiling()
        rows += [_success(world, kind, _of(found, kind), null) for kind in ENCODERS]
        rows += [replace(row, quantity=f"{world.name}: {row.quantity}") for row in ceiling]
        measures += found
    return [*rows, *_verdict(measures)]


def _of(measures: Sequence[EncoderMeasure], kind: str) -> list[EncoderMeasure]:
    return [m for m in measures if m.kind == kind]


def _success(world: World, kind: str, found: Sequence[EncoderMeasure], null: Null) -> Row:
    validation = sum(m.validation_success for m in found) / len(found)
    minutes = [m.cpu_minutes for m in found]
    collapsed = sum(m.collapsed for m in found)
    return Row(
        f"{world.name}: success with {kind}",
        mean_success(found),
        null=null,
        published=PUBLISHED.get((world.name, kind), ()),
        note=f"{'black' if kind in BLACK_BOXES else 'white'} box; {found[0].steps} steps in "
        f"{min(minutes):.1f} to {max(minutes):.1f} CPU minutes, {found[0].parameters:,} weights "
        f"in the encoder; {100 * validation:.0f} % of the validation tasks"
        + (f"; collapsed {collapsed} of {len(found)}" if collapsed else ""),
    )


def _verdict(measures: Sequence[EncoderMeasure]) -> list[Row]:
    """What was chosen on validation tasks, compared on test tasks."""
    white, black = best(measures, WHITE_BOXES), best(measures, BLACK_BOXES)
    default = EncoderConfig().kind
    note = (
        "chosen by the mean over both worlds' validation tasks; compared seed by seed on their "
        "test tasks"
    )
    return [
        Row(
            f"points by which the best white box ({white}) is behind the best black box ({black})",
            behind(measures, white, black),
            bar=Bar("at most", BEHIND),
            note=note,
        ),
        Row(
            f"points by which the default ({default}) is behind the best white box ({white})",
            behind(measures, default, white),
            bar=Bar("at most", BEHIND),
            note=note,
        ),
    ]


def best(measures: Sequence[EncoderMeasure], kinds: Sequence[str]) -> str:
    """The kind with the greatest success on validation tasks; of equals the first."""
    return max(kinds, key=lambda kind: sum(m.validation_success for m in _of(measures, kind)))


def behind(measures: Sequence[EncoderMeasure], one: str, other: str) -> Measured:
    """Points of test success, the mean over worlds, that `one` lacks to `other`; over seeds."""
    seeds = sorted({m.seed for m in measures})

    def success(kind: str, seed: int) -> float:
        found = [m.success for m in _of(measures, kind) if m.seed == seed]
        return sum(found) / len(found)

    return mean([100 * (success(other, seed) - success(one, seed)) for seed in seeds])
