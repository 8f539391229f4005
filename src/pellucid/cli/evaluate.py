"""`pellucid evaluate RUN`: how good is it, beside the floor and the ceiling?"""

from __future__ import annotations

import sys
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import tyro


@dataclass(frozen=True)
class Options:
    """Measure a trained agent on fixed tasks and write the report."""

    run: Annotated[str, tyro.conf.Positional, tyro.conf.arg(metavar="RUN")] = "train"
    """a run's folder, or the name of runs, whose latest is taken"""
    tasks: str | None = None
    """a manifest; by default the one of the environment, or replayed episodes"""
    count: int = 20
    """how many episodes to replay, where there is no manifest"""
    experience: Path | None = None
    """where the experience is that it learned from, if it was moved"""
    output: Path = Path("runs")
    """the folder of all runs"""
    seed: int = 0
    """of the planner's noise and of the random floor"""
    report: bool = True
    """write report.html"""


def main(options: Options) -> int:
    """Evaluate."""
    from pellucid.agent.agent import Agent
    from pellucid.agent.evaluation import save_evaluations
    from pellucid.agent.job import experience_of, measure, tasks_for
    from pellucid.cli.show import print_evaluations
    from pellucid.learning.progress import choose_progress
    from pellucid.learning.runs import RunFolder
    from pellucid.studio import collect, write_report
    from pellucid.worlds.environments import IDS  # noqa: F401  (makes them known)

    run = RunFolder.find(options.run, root=options.output)
    experience = experience_of(run, options.experience)
    agent = Agent.load(run.path)
    with closing(tasks_for(experience, name=options.tasks, count=options.count)) as tasks:
        evaluations = measure(agent, tasks, seed=options.seed, progress=choose_progress())
        print_evaluations(evaluations)
        save_evaluations(evaluations, run.path / "evaluation.json")
        if options.report:
            page = write_report(run, collect(agent, experience, tasks, evaluations, run))
            sys.stdout.write(f"report: {page}\n")
    return 0
