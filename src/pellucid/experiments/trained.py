"""Agents trained for an experiment: one job is one training and its measure, and is done once.

A job's folder keeps the training, so that a killed experiment goes on, and `measured.json`, so that
a finished job is not done again.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from pellucid.agent.agent import Agent
from pellucid.agent.configurator import Mode, PlanningConfig
from pellucid.agent.distillation import DistillationConfig, distill
from pellucid.agent.evaluation import Evaluation, evaluate, random_floor, simulator_ceiling
from pellucid.agent.job import JobConfig, gather, tasks_for
from pellucid.agent.recipes import Recipe, RecordConfig
from pellucid.agent.tasks import ArenaTasks, Tasks
from pellucid.agent.training import TrainingConfig, train_with_result
from pellucid.data.experience import Experience
from pellucid.errors import CollapseError, DataError
from pellucid.experiments.fan_out import fan_out
from pellucid.experiments.once import once
from pellucid.experiments.rows import Null, Row, Settings
from pellucid.experiments.statistics import Measured, mean, share
from pellucid.learning.progress import Progress
from pellucid.learning.runs import RunFolder
from pellucid.worlds.criteria import CriteriaConfig
from pellucid.worlds.environments.manifests import load_manifest

EXPERIENCE = Path("experience")
"""Where experience is kept: one recording serves all experiments."""


@dataclass(frozen=True)
class TrainJob:
    """One training, and the tasks on which it is measured."""

    name: str
    experience: str
    training: TrainingConfig
    tasks: str
    output: Path
    limit: int | None = None
    """Only so many tasks, for quick runs."""
    distill: bool = False
    """Teach and measure Mode-1 too."""
    problems: int = 1024
    """Plans that are distilled in each round."""


@dataclass(frozen=True)
class Measure:
    """What a job found."""

    name: str
    seed: int
    solved: int
    tasks: int
    minutes: float
    """Wall-clock minutes of training, over all sittings."""
    frames_per_second: float
    prediction_ratio: float
    probe_r2: float
    effective_rank: float
    inverse_r2: float
    seconds_per_plan: float
    """One decision of one task when planning: the whole plan."""
    reacting_solved: int | None = None
    seconds_per_reaction: float | None = None
    collapsed: bool = False

    @property
    def success(self) -> float:
        """The share of tasks solved by planning."""
        return self.solved / self.tasks


@dataclass(frozen=True)
class Ground:
    """What all jobs of an experiment stand on: a recipe, its experience, the size of the run."""

    recipe: Recipe
    experience: str
    output: Path
    quick: bool

    @classmethod
    def prepare(cls, recipe: Recipe, settings: Settings, *, progress: Progress) -> Ground:
        """Gather the experience; of a quick run a small one, in the run's own folder."""
        place = recipe.place(EXPERIENCE)
        if settings.quick:
            place = settings.output / "experience"
            recipe = replace(
                recipe, record=small_record(recipe.record), training=quick(recipe.training)
            )
        gather(recipe.record, place, progress=progress)
        return cls(recipe, str(place), settings.output, settings.quick)

    def job(
        self,
        name: str,
        *,
        seed: int,
        steps: int | None = None,
        criteria: CriteriaConfig | None = None,
        grace: int | None = None,
        distill: bool = False,
    ) -> TrainJob:
        """The training of one seed on one core beside others; `steps` alone end it: it repeats."""
        training = self.recipe.training
        count = 4 if self.quick else steps or training.schedule.steps
        training = replace(
            training,
            schedule=replace(training.schedule, steps=count, minutes=None),
            criteria=criteria or training.criteria,
            grace=training.grace if grace is None else grace,
            seed=seed,
            threads=1,
        )
        return TrainJob(
            name=name,
            experience=self.experience,
            training=training,
            tasks=self.recipe.tasks,
            output=self.output,
            limit=4 if self.quick else None,
            distill=distill,
            problems=8 if self.quick else 1024,
        )

    def floor_and_ceiling(self) -> tuple[Null, list[Row]]:
        """Random actions, and the same planner with the true physics (not in quick runs)."""
        tasks = ArenaTasks(load_manifest(self.recipe.tasks))
        floor = random_floor(tasks)
        null = Null("random actions", share(floor.solved, len(tasks)))
        if self.quick:
            return null, []
        acting = self.recipe.training.configuration
        ceiling = simulator_ceiling(tasks, acting.planning, cost=acting.cost)
        return null, [Row("ceiling: same planner, true physics", share(ceiling.solved, len(tasks)))]


def over_seeds(measures: Sequence[Measure]) -> Measured:
    """The mean success over seeds, within 0 and 1.

    The interval is the wider one of two: over seeds (Student's t, which is empty where all seeds
    agree) and over all tasks together (Wilson).
    """
    tasks = share(sum(m.solved for m in measures), sum(m.tasks for m in measures))
    if len(measures) == 1:
        return tasks
    seeds = mean([m.success for m in measures])
    low, high = min(seeds.low, tasks.low), max(seeds.high, tasks.high)
    return Measured(seeds.value, max(low, 0.0), min(high, 1.0), seeds.n)


def train_all(jobs: Sequence[TrainJob], *, progress: Progress | None = None) -> list[Measure]:
    """Every job, side by side on the cores of this machine."""
    return fan_out(train_one, jobs, progress=progress)


def train_one(job: TrainJob) -> Measure:
    """Train, plan, react; or read what was measured before.

    A representation that collapses is a result too: it solves what random actions would not, zero.
    """
    return once(job.output / job.name, Measure, lambda: _measure(job))


def _measure(job: TrainJob) -> Measure:
    experience = Experience.open(job.experience)
    tasks = tasks_for(experience, name=job.tasks)
    if job.limit is not None and isinstance(tasks, ArenaTasks):
        tasks = ArenaTasks(tasks.manifest.first(job.limit))
    config = JobConfig(job.experience, job.training)
    with RunFolder.begin(job.output, job.name, config) as run:
        try:
            agent, result = train_with_result(experience, job.training, folder=run)
        except CollapseError:
            return _nothing(job, len(tasks))
        planned = evaluate(agent, tasks, mode="plan")
        reacted = _distilled(job, agent, experience, tasks, run.path) if job.distill else None
        measure = Measure(
            name=job.name,
            seed=job.training.seed,
            solved=planned.solved,
            tasks=len(tasks),
            minutes=result.elapsed / 60,
            frames_per_second=result.frames_per_second,
            prediction_ratio=result.last["prediction_ratio"],
            probe_r2=result.last.get("probe_r2", float("nan")),
            effective_rank=result.last["effective_rank"],
            inverse_r2=result.last["inverse_r2"],
            seconds_per_plan=seconds_per_decision(agent, tasks, mode="plan"),
            reacting_solved=None if reacted is None else reacted.solved,
            seconds_per_reaction=(
                None if reacted is None else seconds_per_decision(agent, tasks, mode="react")
            ),
        )
        # Last: a run that is finished would be begun anew.
        run.finish()
    return measure


def _distilled(
    job: TrainJob, agent: Agent, experience: Experience, tasks: Tasks, folder: Path
) -> Evaluation | None:
    """Mode-1 on the tasks; None where planning comes no nearer to any goal: it teaches nothing."""
    settings = DistillationConfig(problems=job.problems)
    try:
        distill(agent, experience, settings, seed=job.training.seed)
    except DataError:
        return None
    agent.save(folder)
    return evaluate(agent, tasks, mode="react")


def _nothing(job: TrainJob, tasks: int) -> Measure:
    return Measure(
        name=job.name,
        seed=job.training.seed,
        solved=0,
        tasks=tasks,
        minutes=0.0,
        frames_per_second=0.0,
        prediction_ratio=1.0,
        probe_r2=0.0,
        effective_rank=0.0,
        inverse_r2=0.0,
        seconds_per_plan=0.0,
        collapsed=True,
    )


def seconds_per_decision(agent: Agent, tasks: Tasks, *, mode: Mode, repeats: int = 20) -> float:
    """Median wall-clock seconds from a picture to an action, for one agent in one world.

    A decision of Mode-2 is a plan made anew; the actions that it yields besides the first are not
    counted in its favour, nor is the warm start of the first against it.
    """
    observation = tasks.reset()[0]
    goal, seconds = tasks.goals[0], []
    for _ in range(repeats):
        agent.begin(goal, mode=mode)
        began = time.perf_counter()
        agent.act(observation)
        seconds.append(time.perf_counter() - began)
    return sorted(seconds)[len(seconds) // 2]


def quick(training: TrainingConfig) -> TrainingConfig:
    """The same training with plans and a refinement at the size of a test."""
    planning = PlanningConfig(horizon=8, samples=16, iterations=1)
    steps = min(training.refinement.steps, 4)
    return replace(
        training,
        configuration=replace(training.configuration, planning=planning),
        refinement=replace(training.refinement, steps=steps, batch=8),
    )


def small_record(record: RecordConfig) -> RecordConfig:
    """The same experience at the size of a test."""
    return RecordConfig(record.environment, dict(record.environment_kwargs), episodes=30, steps=30)
