"""`pellucid demo`: the main job, from nothing to an agent that plans, in ten minutes."""

from __future__ import annotations

import sys
import time
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Options:
    """Record two rooms, learn them from pixels, plan through the door, write the report.

    The same command continues a demo that was killed. Exits with 1 when the agent falls short.
    """

    recipe: str = "demo"
    """demo, two-room or random-walls"""
    output: Path = Path("runs")
    """the folder of all runs"""
    experience: Path = Path("experience")
    """the folder of all experience"""
    fresh: bool = False
    """start anew, even if a run of the same settings is unfinished"""
    bar: float = 0.9
    """the success that is promised"""
    floor_bar: float = 0.05
    """the success of random actions that makes the tasks too easy"""


def main(options: Options) -> int:
    """The whole job."""
    from pellucid.agent.distillation import distill
    from pellucid.agent.evaluation import save_evaluations
    from pellucid.agent.job import JobConfig, gather, measure, tasks_for
    from pellucid.agent.recipes import recipe
    from pellucid.agent.training import train_with_result
    from pellucid.cli.show import print_evaluations
    from pellucid.learning.progress import choose_progress
    from pellucid.learning.runs import RunFolder
    from pellucid.studio import collect, write_report

    began, show, chosen = time.monotonic(), choose_progress(), recipe(options.recipe)
    place = chosen.place(options.experience)
    show.say("1/4 record: an exploring policy moves about; only pixels and actions are kept")
    experience = gather(chosen.record, place, progress=show)
    config = JobConfig(str(place), chosen.training)
    with RunFolder.begin(options.output, chosen.name, config, fresh=options.fresh) as run:
        show.say("2/4 train: the world model learns to predict, without reward or label")
        validation = tasks_for(experience, name=chosen.validation)
        agent, result = train_with_result(
            experience, chosen.training, folder=run, validation=validation, progress=show
        )
        show.say("3/4 distil: what planning finds is taught to a policy that reacts (Mode-1)")
        with show.task("distilling") as report:
            distill(agent, experience, progress=lambda share: report(share, {}))
        agent.save(run.path)
        show.say("4/4 evaluate: a fixed manifest of starts and goals, all through the door")
        tasks = tasks_for(experience, name=chosen.tasks)
        evaluations = measure(agent, tasks, progress=show)
        save_evaluations(evaluations, run.path / "evaluation.json")
        page = write_report(run, collect(agent, experience, tasks, evaluations, run))
        run.finish()
    print_evaluations(evaluations)
    planned = evaluations[0].success
    floor = next(e.success for e in evaluations if e.actor == "random")
    holds = planned >= options.bar and floor <= options.floor_bar
    sys.stdout.write(
        f"training {result.elapsed / 60:.1f} min at {result.frames_per_second:.0f} frames/s, "
        f"the whole demo {(time.monotonic() - began) / 60:.1f} min\nagent: {run.path}\n"
        f"report: {page}\n"
        f"{'HOLDS' if holds else 'FALLS SHORT'}: success {planned:.0%} (at least "
        f"{options.bar:.0%}), random {floor:.0%} (at most {options.floor_bar:.0%})\n"
    )
    return 0 if holds else 1
