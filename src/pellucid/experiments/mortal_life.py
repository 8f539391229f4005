"""Part of `mortal`: a body learns, grows old, teaches, and dies.

A perceptron whose layers live on phase-change devices learns digits by perturbation: nobody has a
model of it. What it knows goes to a new body, with other faults, in three ways: its weights are
copied, it teaches by soft targets, or by labels alone, of pictures that both bodies hold. Then it
grows old, and is compensated from outside; at last it dies.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch import nn

from pellucid.experiments.mortal_ground import (
    Ground,
    bar,
    body,
    by_perturbation,
    size,
    taught,
)
from pellucid.experiments.once import SeedJob, once_a_job
from pellucid.experiments.rows import Null, Published, Row, Settings
from pellucid.experiments.statistics import mean
from pellucid.hardware import DeviceConfig, Ledger, MortalLinear, calibrate, compensate
from pellucid.learning.lessons import Labelled, LearnConfig, Lesson
from pellucid.transfer.channel import send
from pellucid.transfer.message import Weights
from pellucid.transfer.teaching import teach, tell

AGES = {"hour": 3600.0, "day": 86_400.0, "month": 30 * 86_400.0, "year": 365 * 86_400.0}
FAULTY = DeviceConfig(spread=0.3, stuck=0.05, column_gain=0.17, column_offset=0.1)
"""Bodies that differ: no factory's best, whose copies would be alike."""


@dataclass(frozen=True)
class Plan:
    """The size of this part."""

    images: str = "mnist"
    hidden: int = 128
    epochs: float = 6
    """Of the first body."""
    queries: int = 4000
    """Pictures of which the old body is asked; both bodies hold them."""
    learning: float = 40
    """Epochs of the new body on these."""
    train: int | None = None
    test: int | None = None


PLANS = {
    "quick": Plan("digits", 24, 2, 100, 4, 400, 200),
    "short": Plan(epochs=1, queries=2000, learning=6),
    "full": Plan(),
}


Job = SeedJob[Plan]


@dataclass(frozen=True)
class Life:
    """Errors in percent."""

    young: float
    """Of the body that learned."""
    copied: float
    """Of a new body that was given its weights."""
    taught: float
    """Of a new body that was told soft targets."""
    told: float
    """Of one that was told labels alone."""
    copy_bits: int
    taught_bits: int
    told_bits: int
    old: dict[str, float]
    """By age, as it is."""
    mended: dict[str, float]
    """By age, compensated for each column."""
    joules: float
    """Of the first body's whole life."""
    writes: int
    minutes: float


def job(settings: Settings, seed: int) -> Job:
    """The job of a seed."""
    return Job(f"life-{seed}", PLANS[size(settings)], seed, settings.output)


@once_a_job(Life)
def measure(job: Job) -> Life:
    """One job; or what was measured before."""
    began = time.process_time()
    plan, folder = job.plan, job.output / job.name
    ground = Ground.load(plan.images, plan.train, plan.test)
    widths = (ground.x.shape[1], plan.hidden, 10)

    def config(epochs: float, batch: int = 100) -> LearnConfig:
        return LearnConfig(epochs=epochs, learning_rate=2e-3, batch=batch, seed=job.seed)

    old = body(widths, FAULTY, 10 * job.seed + 1)
    lesson = Labelled(ground.x, ground.y)
    taught(old, lesson, config(plan.epochs), folder, "old", by_perturbation(old))
    young = ground.error(old)
    chips = [layer.chip for layer in _layers(old)]

    heir = body(widths, FAULTY, 10 * job.seed + 2)
    with Ledger() as copying:
        send(Weights.of(old)).load(heir)
    for own, its in zip(_layers(heir), _layers(old), strict=True):
        own.gain = its.gain  # the unit in which weights are wished for
    copied = ground.error(heir)

    draw = torch.Generator().manual_seed(job.seed)
    queries = ground.x[torch.randperm(len(ground.x), generator=draw)[: plan.queries]]
    with Ledger() as teaching:
        lesson_soft = teach(old, queries, temperature=4.0, codec="uint8", reads=4)
    with Ledger() as telling:
        lesson_hard = tell(old, queries)

    def pupil(name: str, lesson: Lesson) -> float:
        """The same new body as the one that was given weights."""
        new = body(widths, FAULTY, 10 * job.seed + 2)
        taught(new, lesson, config(plan.learning, 50), folder, name, by_perturbation(new))
        return ground.error(new)

    heard, only_told = pupil("taught", lesson_soft), pupil("told", lesson_hard)

    references = calibrate(old, ground.x[:500])
    worn: dict[str, float] = {}
    mended: dict[str, float] = {}
    for name, age in AGES.items():
        for layer in _layers(old):
            layer.chip.age(age - layer.chip.seconds)
            layer.factor.fill_(1.0)
            layer.shift.zero_()
        worn[name] = ground.error(old)
        compensate(old, references)
        mended[name] = ground.error(old)
    joules, writes = sum(c.joules for c in chips), sum(c.writes for c in chips)
    for chip in chips:
        chip.die("its time had come")
    return Life(
        young=young,
        copied=copied,
        taught=heard,
        told=only_told,
        copy_bits=round(copying.total("bits")),
        taught_bits=round(teaching.total("bits")),
        told_bits=round(telling.total("bits")),
        old=worn,
        mended=mended,
        joules=joules,
        writes=writes,
        minutes=(time.process_time() - began) / 60,
    )


def _layers(network: nn.Module) -> list[MortalLinear]:
    return [layer for layer in network.modules() if isinstance(layer, MortalLinear)]


def rows(settings: Settings, found: Sequence[Life]) -> list[Row]:
    """The table, over seeds."""

    def over(read: Callable[[Life], float]) -> list[float]:
        return [read(f) for f in found]

    plan = PLANS[size(settings)]
    shown = [
        Row(
            "a body that learned by perturbation: errors",
            mean(over(lambda f: f.young)),
            unit="%",
            null=Null("a guess", 90.0),
            note=f"{plan.hidden} hidden units on two devices; "
            f"{1e3 * max(over(lambda f: f.joules)):.0f} mJ and {found[0].writes:,} writes at most, "
            "of which energies are orders of magnitude",
        ),
        Row(
            "its weights copied to a new body: errors, of its own",
            mean(over(lambda f: f.copied / f.young)),
            unit="times",
            bar=bar(settings, "at least", 2.0),
            null=Null("a digital copy", 1.0),
        ),
        Row(
            "a new body that it taught: share of the copy's loss that is made good",
            mean(over(lambda f: 100 * (f.copied - f.taught) / (f.copied - f.young))),
            unit="%",
            bar=bar(settings, "at least", 80.0),
            null=Null(
                "as many labels",
                mean(over(lambda f: 100 * (f.copied - f.told) / (f.copied - f.young))),
            ),
            note=f"errors: {mean(over(lambda f: f.taught)).value:.2f} % taught, "
            f"{mean(over(lambda f: f.told)).value:.2f} % told labels, "
            f"{mean(over(lambda f: f.copied)).value:.2f} % copied; {plan.queries:,} queries",
        ),
        Row(
            "bits of teaching, of the copy's",
            mean(over(lambda f: 100 * f.taught_bits / f.copy_bits)),
            unit="%",
            bar=bar(settings, "at most", 10.0),
            null=Null("copying", 100.0),
            note=f"{found[0].taught_bits:,} and {found[0].copy_bits:,} bits on the wire",
        ),
    ]
    for age in AGES:
        shown.append(
            Row(
                f"after a {age}, compensated: points of error added",
                mean(over(lambda f, age=age: f.mended[age] - f.young)),  # type: ignore[misc]
                unit="points",
                bar=bar(settings, "at most", 0.5) if age == "year" else None,
                null=Null(
                    "not compensated",
                    mean(over(lambda f, age=age: f.old[age] - f.young)),  # type: ignore[misc]
                ),
                published=(
                    Published(
                        2.12,
                        "AICAS 2025, two-layer perceptron on MNIST",
                        "error after five years with global compensation, not points added",
                    ),
                )
                if age == "year"
                else (),
            )
        )
    return shown
