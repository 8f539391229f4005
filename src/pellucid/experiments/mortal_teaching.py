"""Part of `mortal`: a large network teaches a small one (Hinton et al. 2015, section 3).

A teacher of two layers of 1,200 units with dropout, shown shifted pictures; students of two layers
of 800 units without either, shown the pictures as they are. One learns labels, one the teacher's
soft targets at T = 20; one is shown no 3 at all, one only 7 and 8, and two 3 % of the pictures. Who
was not shown some classes is corrected by `balance`, on training pictures without their labels. One
learns from labels of which half are wrong. And the teacher is asked more and more questions, to
which it answers by soft targets or by its class alone: errors are drawn against bits.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from pellucid.experiments.mortal_ground import HINTON, Ground, bar, perceptron, size, taught
from pellucid.experiments.once import SeedJob, once_a_job
from pellucid.experiments.rows import Null, Published, Row, Settings
from pellucid.experiments.statistics import mean
from pellucid.hardware import Ledger
from pellucid.learning.batches import Variation
from pellucid.learning.lessons import Labelled, LearnConfig
from pellucid.studio.figures import style
from pellucid.studio.figures.error_by_bits import Curve, draw
from pellucid.transfer.distillation import Offset, Taught, answers, balance
from pellucid.transfer.teaching import mistaken, teach, tell

WITHOUT = 3
"""The digit that is never shown."""
ONLY = (7, 8)
MANY = 250
"""Examples of a step, where there are so many hundreds of them."""
SOFT, CLASSES = "soft targets", "classes alone"


@dataclass(frozen=True)
class Plan:
    """The size of this part."""

    images: str = "mnist"
    teacher: int = 1200
    """Units of a layer."""
    student: int = 800
    teaching: float = 60
    """Epochs of the teacher."""
    learning: float = 60
    """Epochs of the students that are compared."""
    briefly: float = 20
    """Epochs of those that were shown no 3, or wrong labels."""
    few: float = 80
    """Epochs on 3 % of the pictures, and on two digits."""
    share: float = 0.03
    shift: int = 2
    """Pixels."""
    temperature: float = 20.0
    queries: tuple[int, ...] = (100, 300, 1000, 3000, 10_000)
    """How many questions the teacher is asked."""
    steps: int = 2000
    """That a student learns from its answers."""
    train: int | None = None
    test: int | None = None


PLANS = {
    "quick": Plan("digits", 48, 32, 3, 3, 3, 3, 0.2, 1, 20.0, (20, 100), 30, 800, 400),
    "short": Plan(teaching=4, learning=2, briefly=2, few=20, queries=(100, 1000), steps=500),
    "full": Plan(),
}


Job = SeedJob[Plan]


@dataclass(frozen=True)
class Lessons:
    """Errors of a hundred, unless they say otherwise."""

    teacher: float
    hard: float
    soft: float
    without: float
    """Shown no 3, as it is."""
    corrected: float
    threes: float
    """Percent of the threes told right, after the correction."""
    threes_before: float
    only: float
    """Shown 7 and 8 alone, as it is."""
    only_corrected: float
    few_hard: float
    few_soft: float
    mistaken: float
    """Of a student, half of whose labels were wrong."""
    asked: dict[str, list[float]]
    """Errors by the number of queries, of who was told soft targets and who was told classes."""
    bits: dict[str, list[float]]
    """What the answers took."""
    minutes: float


def job(settings: Settings, seed: int) -> Job:
    """The job of a seed."""
    return Job(f"teaching-{seed}", PLANS[size(settings)], seed, settings.output)


@once_a_job(Lessons)
def measure(job: Job) -> Lessons:
    """One job; or what was measured before."""
    began = time.process_time()
    plan = job.plan
    ground = Ground.load(plan.images, plan.train, plan.test)
    side = round(ground.x.shape[1] ** 0.5)
    pixels, classes = ground.x.shape[1], 10
    folder = job.output / job.name

    def config(epochs: float, examples: int) -> LearnConfig:
        many = examples > 100 * MANY
        batch, rate = (MANY, 2e-3) if many else (100, 1e-3)
        return LearnConfig(epochs=epochs, learning_rate=rate, batch=batch, seed=job.seed)

    teacher = nn.Sequential(
        nn.Flatten(),
        perceptron((pixels, plan.teacher, plan.teacher, classes), job.seed, (0.0, 0.3)),
    )
    pictures = ground.x.view(-1, 1, side, side)
    lesson = Labelled(pictures, ground.y, Variation(shift=plan.shift))
    taught(teacher, lesson, config(plan.teaching, len(lesson)), folder, "teacher")
    said = answers(teacher, ground.x)  # it takes rows as it takes pictures

    def student(name: str, lesson: Labelled | Taught, epochs: float) -> nn.Module:
        pupil = perceptron((pixels, plan.student, plan.student, classes), 100 + job.seed)
        return taught(pupil, lesson, config(epochs, len(lesson)), folder, name)

    def soft(rows: Tensor) -> Taught:
        return Taught(ground.x[rows], said[rows], plan.temperature)

    every = torch.arange(len(ground.y))
    # How often classes occur is taken to be known: of all training pictures, none of the test's.
    shares = torch.bincount(ground.y, minlength=classes) / len(ground.y)

    def mended(model: nn.Module, missing: tuple[int, ...]) -> nn.Module:
        return Offset(model, balance(answers(model, ground.x), shares, classes=missing))

    hard = student("hard", Labelled(ground.x, ground.y), plan.learning)
    softly = student("soft", soft(every), plan.learning)
    without = student("without", soft(every[ground.y != WITHOUT]), plan.briefly)
    two = student("two", soft(every[(ground.y == ONLY[0]) | (ground.y == ONLY[1])]), plan.few)
    few = every[: round(plan.share * len(every))]
    others = tuple(range(classes))
    threes = ground.test_y == WITHOUT
    erring = mistaken(ground.y, 0.5, classes, generator=torch.Generator().manual_seed(job.seed))
    corrected = mended(without, (WITHOUT,))
    asked: dict[str, list[float]] = {SOFT: [], CLASSES: []}
    bits: dict[str, list[float]] = {SOFT: [], CLASSES: []}
    for count in plan.queries:
        for way in asked:
            with Ledger() as book:
                heard = _asked(teacher, ground.x[:count], way)
            epochs = plan.steps / max(1, count // min(100, count))
            asked[way].append(
                ground.error(student(f"{way}-{count}".replace(" ", "-"), heard, epochs))
            )
            bits[way].append(book.total("bits"))
    return Lessons(
        teacher=ground.error(teacher),
        hard=ground.error(hard),
        soft=ground.error(softly),
        without=ground.error(without),
        corrected=ground.error(corrected),
        threes=100 - ground.error(corrected, threes),
        threes_before=100 - ground.error(without, threes),
        only=ground.error(two),
        only_corrected=ground.error(mended(two, others)),
        few_hard=ground.error(
            student("few-hard", Labelled(ground.x[few], ground.y[few]), plan.few)
        ),
        few_soft=ground.error(student("few-soft", soft(few), plan.few)),
        mistaken=ground.error(student("mistaken", Labelled(ground.x, erring), plan.briefly / 4)),
        asked=asked,
        bits=bits,
        minutes=(time.process_time() - began) / 60,
    )


def _asked(teacher: nn.Module, rows: Tensor, way: str) -> Taught | Labelled:
    """What a student hears of the teacher."""
    return tell(teacher, rows) if way == CLASSES else teach(teacher, rows, codec="uint8")


def figure(settings: Settings, found: Sequence[Lessons]) -> None:
    """Draw errors against the bits of answers."""
    curves = [
        Curve(way, {"bits of the answers": found[0].bits[way]}, [f.asked[way] for f in found])
        for way in (SOFT, CLASSES)
    ]
    title = "What an answer tells beside its class"
    style.save(draw(curves, title=title), settings.output / "figures", "answers")


def rows(settings: Settings, found: Sequence[Lessons]) -> list[Row]:
    """The table, over seeds."""
    plan = PLANS[size(settings)]

    def over(read: Callable[[Lessons], float]) -> list[float]:
        return [read(f) for f in found]

    hard = Null("hard labels", mean(over(lambda f: f.hard)))
    return [
        Row(
            "errors of the teacher",
            mean(over(lambda f: f.teacher)),
            unit="%",
            published=(Published(0.67, HINTON),),
            note=f"2 layers of {plan.teacher} units, dropout, shifts; {plan.teaching:g} epochs",
        ),
        Row(
            "errors of the student of labels",
            mean(over(lambda f: f.hard)),
            unit="%",
            published=(Published(1.46, HINTON),),
        ),
        Row(
            "errors of the student of soft targets",
            mean(over(lambda f: f.soft)),
            unit="%",
            null=hard,
            published=(Published(0.74, HINTON),),
            note=f"T = {plan.temperature:g}, no label; 2 layers of {plan.student} units",
        ),
        Row(
            "errors with soft targets over errors with labels",
            mean(over(lambda f: f.soft / f.hard)),
            bar=bar(settings, "at most", 0.75),
            null=Null("no teacher", 1.0),
            published=(Published(74 / 146, HINTON),),
        ),
        Row(
            f"no {WITHOUT} shown: threes told right after the correction",
            mean(over(lambda f: f.threes)),
            unit="%",
            bar=bar(settings, "at least", 97.5),
            null=Null("before it", mean(over(lambda f: f.threes_before))),
            published=(Published(98.6, HINTON, "its offset was chosen on the test pictures"),),
            note="the offset comes from training pictures without labels",
        ),
        Row(
            f"no {WITHOUT} shown: errors after the correction",
            mean(over(lambda f: f.corrected)),
            unit="%",
            null=Null("before it", mean(over(lambda f: f.without))),
            published=(Published(1.09, HINTON, "its offset was chosen on the test pictures"),),
        ),
        Row(
            f"only {ONLY[0]} and {ONLY[1]} shown: errors after the correction",
            mean(over(lambda f: f.only_corrected)),
            unit="%",
            bar=bar(settings, "at most", 20.0),
            null=Null("before it", mean(over(lambda f: f.only))),
            published=(Published(13.2, HINTON, "its offset was chosen on the test pictures"),),
        ),
        Row(
            f"{100 * plan.share:.0f} % of the pictures: points that soft targets save",
            mean(over(lambda f: f.few_hard - f.few_soft)),
            unit="points",
            bar=bar(settings, "at least", 1.0),
            null=Null("no teacher", 0.0),
            published=(Published(12.5, HINTON, "frames of speech, 3 % of them"),),
            note=f"errors {mean(over(lambda f: f.few_hard)).value:.2f} % with labels, "
            f"{mean(over(lambda f: f.few_soft)).value:.2f} % with soft targets",
        ),
        Row(
            "errors of a student half of whose labels were wrong",
            mean(over(lambda f: f.mistaken)),
            unit="%",
            null=Null("its teacher", 50.0),
        ),
        Row(
            f"asked {plan.queries[-1]:,} questions: errors of the student of soft targets",
            mean(over(lambda f: f.asked[SOFT][-1])),
            unit="%",
            null=Null(CLASSES, mean(over(lambda f: f.asked[CLASSES][-1]))),
            note=f"{found[0].bits[SOFT][-1]:,.0f} and {found[0].bits[CLASSES][-1]:,.0f} bits; "
            f"of {plan.queries[0]} questions {mean(over(lambda f: f.asked[SOFT][0])).value:.1f} "
            f"and {mean(over(lambda f: f.asked[CLASSES][0])).value:.1f} %",
        ),
        Row(
            "CPU minutes of teaching, most of all seeds",
            mean([max(over(lambda f: f.minutes))]),
        ),
    ]
