"""Claim: on hardware that dies one learns without a model of it, and passes on by teaching.

`pellucid run mortal` measures a short form of every part; `--full` gives the table. The parts:
estimates of gradients are what their formulas say; a network of local losses, and Forward-Forward,
read digits; a large network teaches a small one; a body learns, is copied, teaches, grows old;
copies and bodies learn together; what it all costs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from pellucid.experiments import (
    mortal_community,
    mortal_energy,
    mortal_exactness,
    mortal_forward,
    mortal_life,
    mortal_local,
    mortal_teaching,
)
from pellucid.experiments.fan_out import fan_out
from pellucid.experiments.rows import Row, Settings
from pellucid.learning.progress import choose_progress

FASHION = "fashion-mnist"
Task = tuple[Callable[[Any], Any], Any]


def run(settings: Settings) -> list[Row]:
    """Measure all parts, the longest jobs first, and put their tables under each other."""
    seeds = range(settings.seeds)
    parts: dict[str, list[Task]] = {
        "teaching": [(mortal_teaching.measure, mortal_teaching.job(settings, s)) for s in seeds],
        "life": [(mortal_life.measure, mortal_life.job(settings, s)) for s in seeds],
        **{
            f"local {m}": [(mortal_local.measure, mortal_local.job(settings, m, s)) for s in seeds]
            for m in mortal_local.ORDER
        },
        "forward": [(mortal_forward.measure, mortal_forward.job(settings, s)) for s in seeds],
        "community": [
            (mortal_community.measure, job)
            for s in seeds
            for job in mortal_community.jobs(settings, s)
        ],
        **{
            f"exact {m}": [
                (mortal_exactness.measure, mortal_exactness.job(settings, m, s)) for s in seeds
            ]
            for m in mortal_exactness.FORMULAS
        },
    }
    if settings.full:
        parts |= _fashion(settings, seeds)
    tasks = [task for tasks in parts.values() for task in tasks]
    answers = iter(fan_out(_do, tasks, progress=choose_progress()))
    found = {name: [next(answers) for _ in tasks] for name, tasks in parts.items()}
    ways = [*mortal_community.WAYS, mortal_community.BODIES]
    together = {way: found["community"][number :: len(ways)] for number, way in enumerate(ways)}
    mortal_community.figure(settings, together)
    mortal_teaching.figure(settings, found["teaching"])
    return [
        *_exactness(settings, found),
        *mortal_local.rows(settings, {m: found[f"local {m}"] for m in mortal_local.ORDER}),
        *mortal_forward.rows(settings, found["forward"]),
        *_fashion_rows(found),
        *mortal_teaching.rows(settings, found["teaching"]),
        *mortal_life.rows(settings, found["life"]),
        *mortal_community.rows(settings, together),
        *mortal_energy.rows(settings),
    ]


def _fashion(settings: Settings, seeds: Iterable[int]) -> dict[str, list[Task]]:
    """The parts that read other pictures too."""
    parts: dict[str, list[Task]] = {
        f"fashion {m}": [
            (mortal_local.measure, mortal_local.job(settings, m, s, FASHION)) for s in seeds
        ]
        for m in mortal_local.FASHION
    }
    parts["fashion forward"] = [
        (mortal_forward.measure, mortal_forward.job(settings, s, FASHION)) for s in seeds
    ]
    return parts


def _fashion_rows(found: Mapping[str, Sequence[Any]]) -> list[Row]:
    if "fashion forward" not in found:
        return []
    local = {m: found[f"fashion {m}"] for m in mortal_local.FASHION}
    return [
        *mortal_local.fashion_rows(local),
        *mortal_forward.fashion_rows(found["fashion forward"]),
    ]


def _do(task: Task) -> Any:
    measure, job = task
    return measure(job)


def _exactness(settings: Settings, found: Mapping[str, Sequence[Any]]) -> list[Row]:
    return [
        row
        for method in mortal_exactness.FORMULAS
        for row in mortal_exactness.rows(settings, method, found[f"exact {method}"])
    ]
