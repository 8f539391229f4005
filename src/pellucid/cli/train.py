"""`pellucid train EXPERIENCE`: what happens next?"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated

import tyro

from pellucid.agent.training import TrainingConfig


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
    """Train, and say what to do next."""
    from pellucid.agent.distillation import distill
    from pellucid.agent.job import JobConfig, tasks_for
    from pellucid.agent.training import train_with_result
    from pellucid.data.experience import Experience
    from pellucid.learning.progress import choose_progress
    from pellucid.learning.runs import RunFolder

    experience = Experience.open(options.experience)
    config = JobConfig(str(options.experience), options.training)
    show = choose_progress()
    with RunFolder.begin(options.output, options.name, config, fresh=options.fresh) as run:
        validation = tasks_for(experience, validation=True)
        agent, result = train_with_result(
            experience, options.training, folder=run, validation=validation, progress=show
        )
        if options.distill:
            with show.task("distilling") as report:
                distill(agent, experience, progress=lambda share: report(share, {}))
            agent.save(run.path)
        run.finish()
    sys.stdout.write(
        f"{run.path}: {result.steps} steps in {result.elapsed / 60:.1f} minutes, "
        f"{result.frames_per_second:.0f} frames/s, success while training "
        f"{result.last.get('success', float('nan')):.0%}. Next: pellucid evaluate {run.path}\n"
    )
    return 0
