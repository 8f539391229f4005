"""Training: from recorded experience to an agent that can act.

    agent = train("experience/two-room", TrainingConfig(), folder="runs")

The world model learns from windows of experience; success on validation tasks is measured while it
learns, because neither prediction error nor probes foretell it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn

from pellucid.agent.agent import Agent
from pellucid.agent.configurator import Configuration, Configurator
from pellucid.agent.evaluation import evaluate
from pellucid.agent.refinement import RefinementConfig, refine
from pellucid.agent.tasks import Tasks
from pellucid.config import check, check_counts
from pellucid.data.experience import Experience
from pellucid.data.windows import WindowBatch, Windows
from pellucid.errors import DataError
from pellucid.learning.device import choose_device, set_threads
from pellucid.learning.distributed import is_main, parallel, process_group, rank, world_size
from pellucid.learning.loop import StepResult, TrainResult, step_seed, train_loop
from pellucid.learning.progress import Progress
from pellucid.learning.runs import RunFolder, begin_together
from pellucid.learning.schedule import Schedule
from pellucid.worlds.collapse import CollapseReport, collapse_report, refuse_collapse
from pellucid.worlds.criteria import Criteria, CriteriaConfig
from pellucid.worlds.jepa import JEPA, JEPAConfig


@dataclass(frozen=True)
class TrainingConfig:
    """Everything that decides what is learned from an experience."""

    world: JEPAConfig = field(default_factory=JEPAConfig)
    """the networks"""
    criteria: CriteriaConfig = field(default_factory=CriteriaConfig)
    """the terms of the loss"""
    schedule: Schedule = field(
        default_factory=lambda: Schedule(steps=2000, learning_rate=1e-3, clip=5.0)
    )
    """how long and how fast"""
    refinement: RefinementConfig = field(default_factory=RefinementConfig)
    """how the predictor learns on afterwards, from encoded states; the schedule's minutes do not
    count it"""
    configuration: Configuration = field(default_factory=Configuration)
    """how the trained agent acts"""
    batch: int = 32
    """windows in a training step, over all ranks"""
    unroll: int = 8
    """steps that the predictor is unrolled (T)"""
    held_out: float = 0.05
    """share of the episodes kept for the collapse report"""
    seed: int = 0
    """of weights, batches and noise"""
    report_every: int = 200
    """steps between two collapse reports"""
    success_every: int = 1000
    """steps between two measures of success while training"""
    grace: int = 600
    """steps after which a collapsed representation stops the training; before, small batches may
    still be leaving the collapsed start"""
    checkpoint_every: int = 200
    """steps between two checkpoints"""
    device: str = "auto"
    """auto, cpu, cuda or mps"""
    threads: int = 2
    """CPU threads"""

    def __post_init__(self) -> None:
        check_counts(self, "batch", "unroll", "threads")
        check_counts(self, "report_every", "success_every", "checkpoint_every")
        check(0 < self.held_out < 1, f"held_out={self.held_out} must be between 0 and 1")
        check(self.grace >= 0, f"grace={self.grace} must not be negative")


@dataclass(frozen=True)
class JobConfig:
    """What a training run was made from; its `config.json`."""

    experience: str
    """folder of the experience, as it was given: relative to where the command ran"""
    training: TrainingConfig = field(default_factory=TrainingConfig)
    """how it learns"""


class _Learner(nn.Module):
    """World model and loss as one module, so that gradients are reduced over ranks by one hook."""

    def __init__(self, world: JEPA, criteria: Criteria) -> None:
        super().__init__()
        self.world, self.criteria = world, criteria
        # Ranks wait for the gradient of every parameter: one without a term must not be among them.
        world.inverse_model.requires_grad_(criteria.config.inverse > 0)

    def forward(self, batch: WindowBatch, seed: int) -> dict[str, Any]:
        generator = torch.Generator(device=batch.actions.device).manual_seed(seed)
        return self.criteria.terms(
            self.world, batch.observations, batch.actions, generator=generator
        )


@dataclass(frozen=True)
class _Report:
    """The collapse report as a callback of the loop; refuses to go on once the grace is over."""

    world: JEPA
    windows: Windows
    every: int
    refuse_after: int

    def __call__(self, step: int) -> dict[str, float]:
        report = collapse_report(self.world, self.windows)
        if step >= self.refuse_after:
            refuse_collapse(report, step=step)
        return report.metrics()


@dataclass(frozen=True)
class _Success:
    """Success on validation tasks as a callback of the loop."""

    agent: Agent
    tasks: Tasks
    every: int

    def __call__(self, step: int) -> dict[str, float]:
        self.agent.world.eval()
        return {"success": evaluate(self.agent, self.tasks, mode="plan").success}


def train(
    experience: Experience | str | Path,
    config: TrainingConfig | None = None,
    *,
    folder: RunFolder | str | Path = "runs",
    validation: Tasks | None = None,
    progress: Progress | None = None,
    callbacks: Sequence[Any] = (),
) -> Agent:
    """Train an agent's world model; the agent is saved in the run's folder and returned.

    `folder` is a run that was begun, or the root under which one named `train` is begun and
    finished. A run that was killed goes on where it was, and ends with the same weights to the bit
    (on one machine with one number of threads). `validation` tasks are played every `success_every`
    steps; further `callbacks` are those of `pellucid.learning.loop`.

    Raises DataError where the episodes are too short, CollapseError where the states collapse or
    the loss is not a number.
    """
    return train_with_result(
        experience,
        config,
        folder=folder,
        validation=validation,
        progress=progress,
        callbacks=callbacks,
    )[0]


def train_with_result(
    experience: Experience | str | Path,
    config: TrainingConfig | None = None,
    *,
    folder: RunFolder | str | Path = "runs",
    validation: Tasks | None = None,
    progress: Progress | None = None,
    callbacks: Sequence[Any] = (),
) -> tuple[Agent, TrainResult]:
    """`train`, with the numbers of how it went."""
    config = config or TrainingConfig()
    if not isinstance(experience, Experience):
        experience = Experience.open(experience)
    set_threads(config.threads)
    device = choose_device(config.device)
    with process_group(device):
        if isinstance(folder, RunFolder):
            return _train(experience, config, folder, validation, progress, callbacks, device)
        # The experience is a part of what is asked for: another one is another run.
        job = JobConfig(str(experience.path), config)
        with begin_together(folder, "train", job, device=device) as run:
            trained = _train(experience, config, run, validation, progress, callbacks, device)
            if is_main():
                run.finish()
        return trained


def _train(
    experience: Experience,
    config: TrainingConfig,
    folder: RunFolder,
    validation: Tasks | None,
    progress: Progress | None,
    callbacks: Sequence[Any],
    device: torch.device,
) -> tuple[Agent, TrainResult]:
    seen, held_out = experience.split(config.held_out)
    skip = config.world.frames - 1
    windows = seen.windows(config.unroll + skip)
    longest = int(held_out.lengths.max())
    if longest <= skip:
        raise DataError(
            f"{experience.path}: the episodes that are held out have at most {longest} actions, "
            f"too few for states of {config.world.frames} frames: record longer ones, or hold out "
            "more"
        )
    checked = held_out.windows(min(config.unroll + skip, longest))
    agent = new_agent(experience, config, device=device)
    learner = _Learner(agent.world, Criteria(config.criteria))
    model = parallel(learner)

    def loss(step: int) -> StepResult:
        rows = windows.indices(config.batch, step=step, seed=config.seed)[rank() :: world_size()]
        batch = windows.batch(rows).to(device)
        terms = model(batch, step_seed(config.seed, step))
        total = sum(terms.values(), start=torch.zeros((), device=device))
        frames = batch.observations.shape[0] * batch.observations.shape[1]
        return StepResult(total, {k: v.detach() for k, v in terms.items()}, frames)

    looks: list[Any] = [_Report(agent.world, checked, config.report_every, config.grace)]
    if validation is not None:
        looks.append(_Success(agent, validation, config.success_every))
    result = train_loop(
        model,
        loss,
        config.schedule,
        folder=folder,
        seed=config.seed,
        checkpoint_every=config.checkpoint_every,
        callbacks=[*looks, *callbacks],
        progress=progress,
    )
    if config.refinement.steps:
        refined = refine(
            agent.world,
            seen,
            config.refinement,
            unroll=config.unroll,
            folder=folder,
            seed=config.seed,
            progress=progress,
        )
        result = _together(result, refined, collapse_report(agent.world, checked))
    agent.world.eval()
    if is_main():
        agent.save(folder.path)
    return agent, result


def _together(trained: TrainResult, refined: TrainResult, report: CollapseReport) -> TrainResult:
    """How a training and its refinement ended: the time of both, the report on what came out."""
    last = {**trained.last, **report.metrics()}
    return replace(
        trained,
        elapsed=trained.elapsed + refined.elapsed,
        cpu_seconds=trained.cpu_seconds + refined.cpu_seconds,
        last=last,
    )


def new_agent(experience: Experience, config: TrainingConfig, *, device: torch.device) -> Agent:
    """An untrained agent for the observations and actions of an experience."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(config.seed)
        world = JEPA(
            config.world,
            observation_shape=experience.spec.observation_shape,
            action_space=experience.spec.action_space,
        )
        world.fit_input(_some_observations(experience))
        agent = Agent(
            world.to(device),
            configurator=Configurator(config.configuration),
            default_goal=torch.from_numpy(experience[-1].observations[-1].copy()),
        )
    return agent


def _some_observations(experience: Experience, *, count: int = 1000) -> torch.Tensor:
    """Observations (N, *O), evenly spread over the experience."""
    frames = experience.columns.observations
    rows = np.unique(np.linspace(0, experience.frames - 1, count).astype(int))
    return torch.from_numpy(frames[rows])
