"""`pellucid evaluate RUN`: how good is it, beside the floor and the ceiling?"""

from __future__ import annotations

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
    output: Path = Path("runs")
    """the folder of all runs"""
    seed: int = 0
    """of the planner's noise and of the random floor"""
    report: bool = True
    """write report.html"""


def main(options: Options) -> int:
    """Evaluate."""
    from pellucid.agent.agent import Agent
    from pellucid.agent.job import JobConfig, measure, tasks_for
    from pellucid.cli.show import print_evaluations
    from pellucid.data.experience import Experience
    from pellucid.learning.progress import choose_progress
    from pellucid.learning.runs import RunFolder
    from pellucid.studio import collect, write_report
    from pellucid.worlds.environments import IDS  # noqa: F401  (makes them known)

    run = RunFolder.find(options.run, root=options.output)
    experience = Experience.open(run.config(JobConfig).experience)
    agent = Agent.load(run.path)
    tasks = tasks_for(experience, name=options.tasks, count=options.count)
    evaluations = measure(agent, tasks, seed=options.seed, progress=choose_progress())
    print_evaluations(evaluations)
    if options.report:
        page = write_report(run, collect(agent, experience, tasks, evaluations, run))
        from rich.console import Console

        Console().print(f"report: {page}", markup=False, soft_wrap=True)
    return 0
