"""`pellucid train EXPERIENCE`: what happens next?"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import tyro

from pellucid.agent.training import TrainingConfig

if TYPE_CHECKING:
    from pellucid.agent.agent import Agent
    from pellucid.agent.tasks import Tasks
    from pellucid.data.experience import Experience
    from pellucid.learning.progress import Progress


@dataclass(frozen=True)
class Options:
    """Train an agent's world model on recorded experience.

    The same command continues a training that was killed.
    """

    experience: Annotated[Path, tyro.conf.Positional, tyro.conf.arg(metavar="EXPERIENCE")]
    """the folder that `pellucid record` wrote"""
    name: str = "train"
    """what the run is called"""
    recipe: str = "two-room"
    """whose settings to begin with: demo, two-room or random-walls"""
    output: Path = Path("runs")
    """the folder of all runs"""
    fresh: bool = False
    """start anew, even if a run of the same settings is unfinished"""
    distill: bool = False
    """teach Mode-1 from Mode-2 afterwards"""
    training: TrainingConfig = field(default_factory=TrainingConfig)
    """every setting of the recipe can be changed"""


def default(words: Sequence[str]) -> dict[str, object]:
    """The recipe that the command line names sets the defaults of all other options."""
    from pellucid.agent.recipes import recipe

    name = "two-room"
    for i, word in enumerate(words):
        if word == "--recipe" and i + 1 < len(words):
            name = words[i + 1]
        elif word.startswith("--recipe="):
            name = word.removeprefix("--recipe=")
    return {"training": recipe(name).training}


def main(options: Options) -> int:
    """Train, and say what to do next; under `torchrun` rank 0 does all but the training."""
    from pellucid.agent.job import JobConfig
    from pellucid.agent.training import train_with_result
    from pellucid.data.experience import Experience
    from pellucid.learning.device import choose_device
    from pellucid.learning.distributed import is_main, process_group
    from pellucid.learning.progress import choose_progress
    from pellucid.learning.runs import begin_together

    experience = Experience.open(options.experience)
    config = JobConfig(str(options.experience), options.training)
    show, device = choose_progress(), choose_device(options.training.device)
    with process_group(device):
        validation = _validation(experience, show) if is_main() else None
        run = begin_together(
            options.output, options.name, config, device=device, fresh=options.fresh
        )
        with run:
            agent, result = train_with_result(
                experience, options.training, folder=run, validation=validation, progress=show
            )
            if not is_main():
                return 0
            if options.distill:
                _distill(agent, experience, show)
                agent.save(run.path)
            run.finish()
    success = result.last.get("success")
    sys.stdout.write(
        f"{run.path}: {result.steps} steps in {result.elapsed / 60:.1f} minutes, "
        f"{result.frames_per_second:.0f} frames/s"
        + ("" if success is None else f", success while training {success:.0%}")
        + f". Next: pellucid evaluate {run.path}\n"
    )
    return 0


def _validation(experience: Experience, show: Progress) -> Tasks | None:
    """Tasks to watch the training by; None where the experience allows none (a user's arrays)."""
    from pellucid.agent.job import tasks_for
    from pellucid.errors import PellucidError

    try:
        return tasks_for(experience, validation=True)
    except PellucidError as error:
        show.say(f"success is not measured while training: {error}")
        return None


def _distill(agent: Agent, experience: Experience, show: Progress) -> None:
    from pellucid.agent.distillation import distill

    with show.task("distilling") as report:
        distill(agent, experience, progress=lambda share: report(share, {}))
