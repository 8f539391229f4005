"""The jobs of the experiment `encoders`: how long a step takes, and one training and its measures.

As in `pellucid.experiments.trained` a job is done once: what it found stands in its folder.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from pathlib import Path
from statistics import median

from pellucid.agent.agent import Agent
from pellucid.agent.evaluation import evaluate
from pellucid.agent.job import JobConfig
from pellucid.agent.tasks import ArenaTasks
from pellucid.agent.training import TrainingConfig, train_with_result
from pellucid.data.experience import Experience
from pellucid.errors import CollapseError
from pellucid.experiments.fan_out import fan_out
from pellucid.experiments.once import recall, record
from pellucid.experiments.statistics import Measured, mean, share
from pellucid.experiments.trained import Ground
from pellucid.learning.metrics import Metrics
from pellucid.learning.progress import Progress
from pellucid.learning.runs import RunFolder
from pellucid.networks.encoders import EncoderConfig
from pellucid.worlds.environments.manifests import load_manifest

QUICK_TASKS, QUICK_BUDGET = 2, 10
"""Tasks and steps of a quick run."""


@dataclass(frozen=True)
class Calibration:
    """A few training steps, to learn how long one takes."""

    name: str
    experience: str
    training: TrainingConfig
    output: Path
    every: int
    """Steps between two looks at the clock."""

    @classmethod
    def of(cls, ground: Ground, kind: str) -> Calibration:
        """The first steps of the training with this encoder."""
        every, times = (1, 3) if ground.quick else (8, 6)
        training = _training(ground, kind, seed=0, steps=every * times)
        return cls(f"calibration-{kind}", ground.experience, training, ground.output, every)


@dataclass(frozen=True)
class EncoderJob:
    """One training with one encoder, and the tasks on which it is measured."""

    name: str
    kind: str
    experience: str
    training: TrainingConfig
    validation: str
    tasks: str
    output: Path
    quick: bool = False

    @classmethod
    def of(
        cls, ground: Ground, kind: str, *, seed: int, seconds: float, a_step: float
    ) -> EncoderJob:
        """As many steps as `seconds` hold, where one takes `a_step` of them."""
        steps = 2 if ground.quick else max(1, round(seconds / a_step))
        return cls(
            f"{kind}-{seed}",
            kind,
            ground.experience,
            _training(ground, kind, seed=seed, steps=steps),
            ground.recipe.validation,
            ground.recipe.tasks,
            ground.output,
            ground.quick,
        )


@dataclass(frozen=True)
class EncoderMeasure:
    """What a job found."""

    name: str
    kind: str
    seed: int
    steps: int
    cpu_minutes: float
    """Processor minutes of training, over all sittings."""
    parameters: int
    """Numbers that the encoder learns."""
    validation_solved: int
    validation_tasks: int
    solved: int
    tasks: int
    collapsed: bool = False

    @property
    def validation_success(self) -> float:
        """The share of validation tasks solved."""
        return self.validation_solved / self.validation_tasks

    @property
    def success(self) -> float:
        """The share of test tasks solved."""
        return self.solved / self.tasks


def _training(ground: Ground, kind: str, *, seed: int, steps: int) -> TrainingConfig:
    """The recipe's training with another encoder; one that collapses is a result too."""
    usual = ground.job(kind, seed=seed, grace=10**9).training
    width = 1 if ground.quick else usual.world.encoder.width
    training = replace(
        usual,
        world=replace(usual.world, encoder=EncoderConfig(kind=kind, width=width)),
        schedule=replace(usual.schedule, steps=steps),
    )
    return replace(training, batch=2, unroll=2) if ground.quick else training


def calibrate_all(jobs: Sequence[Calibration], *, progress: Progress | None = None) -> list[float]:
    """CPU seconds of a training step, job by job; side by side, as the trainings will run."""
    return fan_out(calibrate, jobs, progress=progress)


def encode_all(
    jobs: Sequence[EncoderJob], *, progress: Progress | None = None
) -> list[EncoderMeasure]:
    """Every job, side by side on the cores of this machine."""
    return fan_out(encode_one, jobs, progress=progress)


def calibrate(job: Calibration) -> float:
    """CPU seconds of a training step, the median; or what was measured before."""
    folder = job.output / job.name
    known = recall(folder, Step)
    if known is not None:
        return known.seconds
    clock = Clock(job.every)
    with RunFolder.begin(job.output, job.name, job, fresh=True) as run:
        train_with_result(job.experience, job.training, folder=run, callbacks=[clock])
        record(folder, Step(clock.seconds()))
        run.finish()
    return clock.seconds()


@dataclass(frozen=True)
class Step:
    """What a training step costs."""

    seconds: float
    """CPU seconds, the median."""


@dataclass
class Clock:
    """A callback that reads the processor's clock."""

    every: int
    readings: list[float] = field(default_factory=list)

    def __call__(self, step: int) -> Mapping[str, float]:
        """Read it."""
        self.readings.append(time.process_time())
        return {}

    def seconds(self) -> float:
        """Of one step, the median over the spans between readings.

        The span before the first one and the last one are left out: they hold the start and the
        closing report.
        """
        spans = [later - earlier for earlier, later in pairwise(self.readings[:-1])]
        # The clock ticks: a span of nothing would ask for endless steps.
        return max(median(spans) / self.every, 1e-6)


def encode_one(job: EncoderJob) -> EncoderMeasure:
    """Train and plan; or read what was measured before."""
    folder = job.output / job.name
    known = recall(folder, EncoderMeasure)
    if known is not None:
        return known
    config = JobConfig(job.experience, job.training)
    with RunFolder.begin(job.output, job.name, config) as run:
        meter = CpuMeter(job.training.checkpoint_every, run.metrics)
        agent: Agent | None = None
        # Where the loss is not a number nothing is learned, and nothing will be solved.
        with contextlib.suppress(CollapseError):
            agent = train_with_result(
                Experience.open(job.experience), job.training, folder=run, callbacks=[meter]
            )[0]
        measure = _measure(job, agent, meter.minutes())
        record(folder, measure)
        # Last: a run that is finished would be begun anew.
        run.finish()
    return measure


class CpuMeter:
    """A callback that writes the CPU minutes spent into the curves, over all sittings."""

    def __init__(self, every: int, metrics: Path) -> None:
        self.every = every
        earlier = [row["cpu_minutes"] for row in Metrics(metrics).rows() if "cpu_minutes" in row]
        self._earlier, self._began = max(earlier, default=0.0), time.process_time()

    def minutes(self) -> float:
        """Spent until now."""
        return self._earlier + (time.process_time() - self._began) / 60

    def __call__(self, step: int) -> Mapping[str, float]:
        """The minutes, for the curves."""
        return {"cpu_minutes": self.minutes()}


def _measure(job: EncoderJob, agent: Agent | None, minutes: float) -> EncoderMeasure:
    validation, tasks = _tasks(job.validation, job.quick), _tasks(job.tasks, job.quick)
    learned = [] if agent is None else list(agent.world.encoder.parameters())
    return EncoderMeasure(
        name=job.name,
        kind=job.kind,
        seed=job.training.seed,
        steps=job.training.schedule.steps,
        cpu_minutes=minutes,
        parameters=sum(p.numel() for p in learned),
        validation_solved=0 if agent is None else evaluate(agent, validation, mode="plan").solved,
        validation_tasks=len(validation),
        solved=0 if agent is None else evaluate(agent, tasks, mode="plan").solved,
        tasks=len(tasks),
        collapsed=agent is None,
    )


def _tasks(name: str, quick: bool) -> ArenaTasks:
    manifest = load_manifest(name)
    return (
        ArenaTasks(manifest.first(QUICK_TASKS), budget=QUICK_BUDGET)
        if quick
        else ArenaTasks(manifest)
    )


def mean_success(found: Sequence[EncoderMeasure]) -> Measured:
    """Test success over seeds, with the wider of the intervals over seeds and over tasks."""
    tasks = share(sum(m.solved for m in found), sum(m.tasks for m in found))
    if len(found) == 1:
        return tasks
    seeds = mean([m.success for m in found])
    low, high = min(seeds.low, tasks.low), max(seeds.high, tasks.high)
    return Measured(seeds.value, max(low, 0.0), min(high, 1.0), seeds.n)
