"""Part of `mortal`: eight agents that see different digits, and what they must tell each other.

Identical copies share gradients, or weights from time to time, or a seed and a few numbers: what
one learned is every other's to the bit. Bodies of their own cannot; they tell each other what they
think of the same pictures. Errors are drawn against the bits that were said, and the joules that
all passes took: counted by bodies' devices, and for copies products and sums in fp32.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from torch import nn
from torch.nn import functional as F

from pellucid.experiments.mortal_ground import (
    Ground,
    bar,
    body,
    by_perturbation,
    perceptron,
    size,
)
from pellucid.experiments.once import once_a_job
from pellucid.experiments.rows import Null, Published, Row, Settings
from pellucid.experiments.statistics import mean
from pellucid.hardware import DeviceConfig, MortalDevice, MortalLinear, digital_joules
from pellucid.learning.lessons import Labelled
from pellucid.learning.weight_perturbation import WeightPerturbation
from pellucid.studio.figures import style
from pellucid.studio.figures.error_by_bits import Curve, draw
from pellucid.transfer.channel import Loopback
from pellucid.transfer.community import Moment, deal, learn_together
from pellucid.transfer.consensus import TellingConfig, Told, learn_by_telling
from pellucid.transfer.sharing import DiLoCo, GradientSharing, Policy, SeedSharing, WeightAveraging

MEMBERS = 8
DILOCO = "DiLoCo (arXiv 2311.08105)"


@dataclass(frozen=True)
class Way:
    """How copies keep together, and how fast they then learn."""

    policy: Policy[Any]
    learning_rate: float
    passes: int = 3
    """Of each picture in a step; one back is counted as two."""


WAYS = {
    "gradients": Way(GradientSharing(), 2e-3),
    "weights, each 50 steps": Way(WeightAveraging(every=50), 2e-3),
    "DiLoCo, each 50 steps": Way(DiLoCo(every=50), 2e-3),
    "DiLoCo, int8": Way(DiLoCo(every=50, codec="int8"), 2e-3),
    "seeds and numbers": Way(SeedSharing(WeightPerturbation(samples=8)), 1e-3, 16),
}
SYNC, LOCAL, BODIES = "gradients", "DiLoCo, each 50 steps", "bodies that tell"


@dataclass(frozen=True)
class Plan:
    """The size of this part."""

    images: str = "mnist"
    hidden: int = 256
    steps: int = 4000
    batch: int = 16
    """Of each member."""
    rounds: int = 12
    """Of bodies."""
    queries: int = 1000
    alone: int = 60
    together: int = 40
    body: int = 64
    """Hidden units of a body."""
    train: int | None = None
    test: int | None = None


PLANS = {
    "quick": Plan("digits", 16, 50, 8, 2, 40, 3, 3, 12, 400, 200),
    "short": Plan(steps=300, rounds=2, queries=400),
    "full": Plan(),
}


@dataclass(frozen=True)
class Job:
    """One community."""

    name: str
    way: str
    plan: Plan
    seed: int
    output: Path


@dataclass(frozen=True)
class Learned:
    """How far it came."""

    bits: list[float]
    """That all have said, along the way."""
    joules: list[float]
    """Of all passes in training, at the same moments."""
    errors: list[float]
    """Percent of the test pictures, at the same moments; of bodies the mean."""
    alone: float | None
    """Percent, of bodies that do not listen to each other; copies have none."""
    minutes: float


def jobs(settings: Settings, seed: int) -> list[Job]:
    """Those of a seed."""
    plan = PLANS[size(settings)]
    return [
        Job(f"community-{number}-{seed}", way, plan, seed, settings.output)
        for number, way in enumerate([*WAYS, BODIES])
    ]


@once_a_job(Learned)
def measure(job: Job) -> Learned:
    """One job; or what was measured before."""
    began = time.process_time()
    ground = Ground.load(job.plan.images, job.plan.train, job.plan.test)
    if job.way == BODIES:
        course = _bodies(job, ground, job.plan.together)
        alone: float | None = _bodies(job, ground, 0).errors[-1]
    else:
        course, alone = _copies(job, ground), None
    minutes = (time.process_time() - began) / 60
    return Learned(course.bits, course.joules, course.errors, alone, minutes)


@dataclass
class _Course:
    """What was seen along the way."""

    bits: list[float] = field(default_factory=list)
    joules: list[float] = field(default_factory=list)
    errors: list[float] = field(default_factory=list)


def _copies(job: Job, ground: Ground) -> _Course:
    plan, way = job.plan, WAYS[job.way]
    model = perceptron((ground.x.shape[1], plan.hidden, 10), job.seed)
    macs = sum(layer.weight.numel() for layer in model if isinstance(layer, nn.Linear))
    a_step = MEMBERS * plan.batch * way.passes * digital_joules(macs, "fp32")
    course = _Course()

    def tell(moment: Moment) -> None:
        course.bits.append(float(moment.bits))
        course.joules.append(moment.step * a_step)
        course.errors.append(ground.error(moment.model))

    learn_together(
        model,
        lambda outputs, y: F.cross_entropy(outputs, y, reduction="none"),
        ground.x,
        ground.y,
        policy=way.policy,
        channel=Loopback(MEMBERS),
        optimiser=lambda weights: torch.optim.Adam(weights, lr=way.learning_rate),
        steps=plan.steps,
        batch=plan.batch,
        seed=job.seed,
        fade=lambda gone: 1 - gone,
        at=[s for s in range(0, plan.steps + 1, max(50, plan.steps // 20)) if s],
        tell=tell,
    )
    return course


def _bodies(job: Job, ground: Ground, together: int) -> _Course:
    """Eight of them; with `together` 0 they speak, and do not listen."""
    plan = job.plan
    widths = (ground.x.shape[1], plan.body, 10)
    all_ = [body(widths, DeviceConfig(), 100 * job.seed + number) for number in range(MEMBERS)]
    shards = [
        Labelled(ground.x[torch.from_numpy(rows)], ground.y[torch.from_numpy(rows)])
        for rows in deal(len(ground.x), MEMBERS)
    ]
    course = _Course()
    measuring = 0.0

    def tell(told: Told) -> None:
        nonlocal measuring
        spent = sum(chip.joules for chip in _chips(told.bodies)) - measuring
        course.bits.append(float(told.bits))
        course.joules.append(spent)
        if told.round == plan.rounds or together:
            course.errors.append(sum(ground.error(one) for one in told.bodies) / MEMBERS)
            # What tests take is not training.
            measuring = sum(chip.joules for chip in _chips(told.bodies)) - spent

    config = TellingConfig(
        rounds=plan.rounds,
        queries=plan.queries if together else plan.batch,
        alone=plan.alone,
        together=together,
        batch=plan.batch,
        learning_rate=3e-3,
    )
    learn_by_telling(
        all_,
        by_perturbation(all_[0]),
        shards,
        ground.x,
        channel=Loopback(MEMBERS),
        config=config,
        seed=job.seed,
        tell=tell,
    )
    return course


def _chips(bodies: Sequence[nn.Module]) -> list[MortalDevice]:
    layers = [layer for one in bodies for layer in one.modules()]
    return [layer.chip for layer in layers if isinstance(layer, MortalLinear)]


def rows(settings: Settings, found: Mapping[str, Sequence[Learned]]) -> list[Row]:
    """The table, over seeds."""

    def over(way: str, read: Callable[[Learned], float]) -> list[float]:
        return [read(f) for f in found[way]]

    plan = PLANS[size(settings)]
    sync = over(SYNC, lambda f: f.errors[-1])
    shown = [
        Row(
            f"{MEMBERS} copies, {way}: errors",
            mean(over(way, lambda f: f.errors[-1])),
            unit="%",
            null=Null("a guess", 90.0),
            note=f"{found[way][0].bits[-1]:.3g} bits in {plan.steps} steps of "
            f"{MEMBERS} x {plan.batch} pictures",
        )
        for way in WAYS
    ]
    local = over(LOCAL, lambda f: f.errors[-1])
    shown += [
        Row(
            f"{LOCAL}: points behind gradients",
            mean([b - a for a, b in zip(sync, local, strict=True)]),
            unit="points",
            bar=bar(settings, "at most", 0.3),
            null=Null("gradients", 0.0),
        ),
        Row(
            f"{LOCAL}: how many times fewer bits",
            mean([a.bits[-1] / b.bits[-1] for a, b in zip(found[SYNC], found[LOCAL], strict=True)]),
            unit="times",
            bar=bar(settings, "at least", 50.0),
            null=Null("gradients", 1.0),
            published=(Published(500.0, DILOCO, "500 inner steps, language models"),),
        ),
        Row(
            f"{MEMBERS} bodies that tell each other: mean errors",
            mean(over(BODIES, lambda f: f.errors[-1])),
            unit="%",
            null=Null("each alone", mean(over(BODIES, lambda f: f.alone or 0.0))),
            note=f"{plan.body} hidden units on devices, by perturbation; "
            f"{found[BODIES][0].bits[-1]:.3g} bits in {plan.rounds} rounds of "
            f"{plan.queries} queries",
        ),
    ]
    return shown


def figure(settings: Settings, found: Mapping[str, Sequence[Learned]]) -> None:
    """Draw errors against bits and joules."""
    curves = [
        Curve(
            way,
            {
                "bits that all members have said": found[way][0].bits,
                "joules of all passes": found[way][0].joules,
            },
            [f.errors for f in found[way]],
        )
        for way in [*WAYS, BODIES]
    ]
    title = "What it takes to know what others have learned"
    style.save(draw(curves, title=title), settings.output / "figures", "error-by-bits")
